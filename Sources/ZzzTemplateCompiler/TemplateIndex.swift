/// The file `Templates.swift`: a namespace for each folder.
enum TemplateIndex {
    static func text(_ programs: [Program]) -> String {
        let names = Set(programs.map(\.source.name))
        let pages = Set(programs.filter(\.signature.isPage).map(\.source.name))
        var folders: Set<String> = []
        for name in names {
            let path = name.split(separator: "/").dropLast()
            for count in 0..<path.count { folders.insert(path.prefix(count + 1).joined(separator: "/")) }
        }
        var text = """
            // Made by zzz-template.
            import ZzzTemplate

            /// The pages of this target, by the folders and names of their templates.
            enum Templates {}

            """
        // A folder may have the name of a template beside it, whose struct is the namespace then.
        for folder in folders.subtracting(pages).sorted() {
            let path = folder.split(separator: "/").map(String.init)
            let parent = path.count == 1 ? "Templates" : SwiftName.type(path.dropLast().joined(separator: "/"))
            let name = SwiftName.quoted(SwiftName.identifier(path.last ?? ""))
            text += "\nextension \(parent) {\n    enum \(name) {}\n}\n"
        }
        return text
    }

    /// Checks a template's name, and that no other becomes the same function.
    static func check(_ source: TemplateSource, beside others: [String]) throws(Problem) {
        for part in source.name.split(separator: "/", omittingEmptySubsequences: false) {
            guard SwiftName.isValid(String(part)) else {
                throw Problem(
                    0,
                    "'\(part)' can't name a template or its folder: letters, digits, - and _, beginning with a letter"
                )
            }
        }
        let function = SwiftName.function(source.name)
        if let other = others.first(where: { SwiftName.function($0) == function }) {
            throw Problem(0, "\"\(source.name)\" and \"\(other)\" are the same name in Swift: rename one of them")
        }
    }
}
