/// Attributes that a component passes on to an element of its own: what it was given beyond its parameters.
///
///     {{@ label: String, rest: Attributes = [] }}
///     <button {{rest}}>{{label}}</button>
public struct Attributes: Sendable, ExpressibleByArrayLiteral {
    /// One of them. Its name is in the program; the compiler of templates passes on none that needs more than text.
    public struct Attribute: Sendable {
        let name: StaticString
        /// nil: no value.
        let value: String?
        let isPresent: Bool

        public init(_ name: StaticString, _ value: some TemplateValue) {
            self.name = name
            var output = HTMLOutput(capacity: 64)
            value.write(to: &output)
            self.value = output.withBytes { String(decoding: $0, as: UTF8.self) }
            isPresent = true
        }

        public init(_ name: StaticString, if isPresent: Bool) {
            self.name = name
            self.isPresent = isPresent
            value = nil
        }
    }

    let list: [Attribute]

    public init(arrayLiteral elements: Attribute...) {
        list = elements
    }
}

extension HTMLOutput {
    /// Writes attributes inside a start tag, each with a space before it.
    public mutating func attributes(_ attributes: Attributes) {
        for attribute in attributes.list where attribute.isPresent {
            append(" " as StaticString)
            append(attribute.name)
            guard let value = attribute.value else { continue }
            append("=\"" as StaticString)
            text(value)
            append("\"" as StaticString)
        }
    }
}
