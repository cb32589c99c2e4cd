/// Names of templates and their parts as Swift writes them.
enum SwiftName {
    /// `render_users_signIn` for `users/sign-in`.
    static func function(_ name: String) -> String {
        "render_" + name.split(separator: "/").map { identifier(String($0)) }.joined(separator: "_")
    }

    /// `Templates.users.signIn` for `users/sign-in`.
    static func type(_ name: String) -> String {
        (["Templates"] + name.split(separator: "/").map { quoted(identifier(String($0))) }).joined(separator: ".")
    }

    /// Without dashes: `signIn` for `sign-in`.
    static func identifier(_ name: String) -> String {
        let words = name.split(separator: "-")
        return words.prefix(1).joined()
            + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    /// In backticks when Swift would read it as something else.
    static func quoted(_ name: String) -> String {
        keywords.contains(name) ? "`\(name)`" : name
    }

    /// Whether it is made of letters, digits and _, and dashes between them, and begins with a letter or _.
    static func isValid(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return false
        }
        return name.split(separator: "-", omittingEmptySubsequences: false).allSatisfy { word in
            !word.isEmpty && word.utf8.allSatisfy(TagScanner.isNameByte)
        }
    }

    /// Refuses names that the generated code needs itself.
    static func check(_ name: String, at offset: Int) throws(Problem) {
        if reserved.contains(name) { throw Problem(offset, "'\(name)' is a name that templates need themselves") }
        guard isValid(name) else {
            throw Problem(offset, "'\(name)' is no name: letters, digits, - and _, beginning with a letter")
        }
    }

    private static let reserved: Set = [
        "output", "this", "self", "Self", "_", "true", "false", "nil", "null", "else", "as",
    ]

    private static let keywords: Set = [
        "associatedtype", "class", "deinit", "enum", "extension", "fileprivate", "func", "import", "init", "inout",
        "internal", "let", "open", "operator", "private", "precedencegroup", "protocol", "public", "rethrows",
        "static",
        "struct", "subscript", "typealias", "var", "break", "case", "catch", "continue", "default", "defer", "do",
        "else",
        "fallthrough", "for", "guard", "if", "in", "repeat", "return", "throw", "switch", "where", "while", "Any",
        "as",
        "await", "false", "is", "nil", "self", "Self", "super", "throws", "true", "try", "Type", "Protocol",
    ]
}
