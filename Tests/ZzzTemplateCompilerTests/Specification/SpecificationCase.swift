/// A template with the page it makes. Its values are the defaults of what it declares.
struct SpecificationCase: Sendable, CustomStringConvertible {
    let name: String
    let template: String
    let page: String
    /// Other templates that it calls, by name.
    let partials: [String: String]

    init(_ name: String, _ template: String, _ page: String, _ partials: [String: String] = [:]) {
        self.name = name
        self.template = template
        self.page = page
        self.partials = partials
    }

    var description: String { name }
}
