/// One part of a template, as it was written.
struct Node {
    indirect enum Kind {
        /// Bytes of the template.
        case text(Range<Int>)
        case print(Expression, isRaw: Bool)
        /// `{{#if}}` with its `{{else if}}`, and `{{#unless}}`.
        case condition([Branch], otherwise: [Node]?)
        case each(Expression, names: [Name], body: [Node], otherwise: [Node]?)
        case with(Expression, name: Name, body: [Node], otherwise: [Node]?)
        /// A partial or a component.
        case call(TemplateCall)
        /// Where a layout's page, or what is inside a component, goes.
        case yield(slot: Name?, arguments: [Expression], fallback: [Node]?)
        /// What a page has for a place of its layout.
        case section(Name, body: [Node])
        /// A part of a page that can be rendered alone.
        case fragment(Name, parameters: [Parameter], body: [Node])
        case form(Form)
        case flush
    }

    let kind: Kind
    let offset: Int
}

struct Branch {
    let condition: Expression
    let body: [Node]
}

/// A name with its place.
struct Name {
    let text: String
    let offset: Int
}

/// What a template takes: `title: String = "Users"`.
struct Parameter {
    let name: String
    /// As it was written, in Swift.
    let type: String
    /// As it was written, in Swift.
    let defaultValue: String?
    let offset: Int
}

/// `{{> name argument=value}}`, `{{#component "name" argument=value}}...{{/component}}`.
struct TemplateCall {
    enum Word: String {
        case partial
        case component
    }

    let word: Word
    let name: Name
    let arguments: [Argument]
    /// What is between the tags, without the slots; nil when there is only one tag.
    let content: [Node]?
    let slots: [Slot]
}

/// `{{#slot "name" as |value|}}...{{/slot}}` in a component.
struct Slot {
    let name: Name
    let values: [Name]
    let body: [Node]
}

/// `{{#form action="/users" method="delete" as |form|}}...{{/form}}`.
struct Form {
    let data: Expression?
    let arguments: [Argument]
    let name: Name?
    let body: [Node]
}

/// A template that was read.
struct ParsedTemplate {
    let source: TemplateSource
    var imports: [Name] = []
    var parameters: [Parameter] = []
    var nodes: [Node] = []
}
