/// A page with its values: what the function that a template becomes returns, and what is written when it is rendered.
///
/// ```swift
/// let page = Templates.users.index(users: users)
/// print(try page.rendered())
/// ```
/// Your own types may be templates too; what they write is taken as HTML.
public protocol Template {
    /// Writes the page.
    func render(into output: inout HTMLOutput)
    /// Whether the page has something for `{{yield "name"}}` of its layout.
    func hasSection(_ name: String) -> Bool
    /// Writes what the page has for `{{yield "name"}}` of its layout.
    func renderSection(_ name: String, into output: inout HTMLOutput)
}

extension Template {
    public func hasSection(_ name: String) -> Bool { false }
    public func renderSection(_ name: String, into output: inout HTMLOutput) {}

    /// The page in a layout, as text.
    public func rendered(
        layout: Layout? = nil, environment: any RenderEnvironment = StandaloneEnvironment(),
        limitBytes: Int = 64 << 20
    ) throws(TemplateError) -> String {
        var output = HTMLOutput(limitBytes: limitBytes, environment: environment)
        output.render(self, layout: layout)
        if let failure = output.failure { throw failure }
        return output.withBytes { String(decoding: $0, as: UTF8.self) }
    }
}

extension HTMLOutput {
    /// Writes a page, in a layout if there is one.
    public mutating func render(_ page: some Template, layout: Layout? = nil) {
        if let layout {
            layout.render(page, into: &self)
        } else {
            page.render(into: &self)
        }
    }
}
