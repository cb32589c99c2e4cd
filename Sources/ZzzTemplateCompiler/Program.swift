/// A template as Swift will be written from it.
struct Program {
    /// A function: a template, or a part of one that can be rendered alone.
    struct Function {
        let name: String
        let parameters: [Parameter]
        let steps: [Step]
    }

    struct Part {
        /// As the template names it.
        let name: String
        let function: Function
    }

    let source: TemplateSource
    let imports: [Name]
    let signature: Signature
    let main: Function
    let sections: [Part]
    let fragments: [Part]
}
