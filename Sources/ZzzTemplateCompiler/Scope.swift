/// What names mean at one place of a template.
struct Scope {
    enum Meaning {
        /// A Swift name.
        case value(String)
        case slot(Signature.SlotDeclaration)
    }

    /// The names of one `{{#each}}`.
    struct Loop {
        let item: String
        let key: String?
        let number: Int

        var index: String { "index_\(number)" }
        var last: String { "last_\(number)" }
        var keyName: String { key ?? "key_\(number)" }
    }

    var names: [String: Meaning] = [:]
    /// Paths whose values a condition has found, by how they are written, with the names of those values.
    var found: [String: String] = [:]
    var loop: Loop?

    /// A name declared by a block hides what was found of an older one.
    mutating func declare(_ name: String, as swift: String) {
        names[name] = .value(swift)
        forget(name)
    }

    /// Forgets what was found of paths that begin with this name.
    mutating func forget(_ name: String) {
        found = found.filter { path, _ in path != name && !path.hasPrefix(name + ".") && !path.hasPrefix(name + "?") }
    }
}
