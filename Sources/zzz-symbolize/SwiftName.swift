/// Makes a demangled Swift name as short as one would say it: `show(_:)` for
/// `blog.(show in _C0FFEE)(Zzz.Context) throws -> Swift.String`.
///
/// It goes by the text, and what it does not know it leaves as it is.
enum SwiftName {
    static func shortened(_ name: String) -> String {
        var rest = Substring(name)
        for end in [" with unmangled suffix", " in conformance "] {
            if let range = rest.firstRange(of: end) { rest = rest[..<range.lowerBound] }
        }
        while let inner = withoutWrapper(rest) { rest = inner }
        if rest.hasPrefix("reabstraction thunk") { return "reabstraction thunk" }
        return split(rest, at: " in ").map(shortenedPart).joined(separator: " in ")
    }

    // MARK: What is around a function

    /// Functions that the compiler made out of one that somebody wrote.
    private static let wrappers = [
        "merged ", "partial apply forwarder for ", "protocol witness for ", "dispatch thunk of ", "@objc ",
        "async function pointer to ",
    ]

    private static func withoutWrapper(_ name: Substring) -> Substring? {
        for wrapper in wrappers where name.hasPrefix(wrapper) { return name.dropFirst(wrapper.count) }
        // "(1) suspend resume partial function for f": the piece of an async function after its first await.
        if name.hasPrefix("("), let end = name.firstRange(of: " resume partial function for ") {
            return name[end.upperBound...]
        }
        // "generic specialization <Swift.Int> of f"
        if let list = name.firstRange(of: "specialization <"), split(name[..<list.lowerBound], at: "(").count == 1,
            let end = closing(name, from: name.index(before: list.upperBound)),
            let of = name[end...].firstRange(of: " of ")
        {
            return name[of.upperBound...]
        }
        return nil
    }

    // MARK: A function

    private static func shortenedPart(_ part: Substring) -> String {
        var rest = part
        // "static (extension in Swift):Swift.Task.sleep"
        if let note = rest.firstRange(of: "(extension in "), let end = closing(rest, from: note.lowerBound) {
            rest = rest[..<note.lowerBound] + rest[end...].dropFirst(2)
        }
        // "closure #1 @Sendable (Zzz.Context) throws -> Swift.String"
        if let number = rest.firstIndex(of: "#") {
            return String(rest[...number] + rest[number...].dropFirst().prefix { $0.isNumber })
        }
        return withoutModule(withoutTypes(rest))
    }

    /// Only the labels of the arguments, and nothing of what comes after them.
    private static func withoutTypes(_ part: Substring) -> String {
        var result = ""
        var index = part.startIndex
        while index < part.endIndex {
            let character = part[index]
            let isAfterName = result.last.map { $0.isLetter || $0.isNumber || $0 == "_" } ?? false
            if character == "<", isAfterName, let end = closing(part, from: index) {
                index = part.index(after: end)
            } else if character == "(", let end = closing(part, from: index) {
                let inner = part[part.index(after: index)..<end]
                // "(show in _C0FFEE)" is what is private to a file.
                if let discriminator = inner.firstRange(of: " in _") {
                    result += inner[..<discriminator.lowerBound]
                    index = part.index(after: end)
                } else {
                    return result + labels(inner)
                }
            } else if part[index...].hasPrefix(" : ") || part[index...].hasPrefix(" -> ") {
                return result
            } else {
                result.append(character)
                index = part.index(after: index)
            }
        }
        return result
    }

    private static func labels(_ arguments: Substring) -> String {
        guard !arguments.isEmpty else { return "()" }
        let labels = split(arguments, at: ", ").map { argument in
            let label = argument.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
            return !label.isEmpty && argument[label.endIndex...].hasPrefix(": ") ? label + ":" : "_:"
        }
        return "(" + labels.joined() + ")"
    }

    /// "static blog.Posts.show(_:)" without "blog."
    private static func withoutModule(_ name: String) -> String {
        let arguments = name.firstIndex(of: "(") ?? name.endIndex
        guard let dot = name[..<arguments].firstIndex(of: ".") else { return name }
        let start = name[..<dot].lastIndex(of: " ").map { name.index(after: $0) } ?? name.startIndex
        return String(name[..<start] + name[dot...].dropFirst())
    }

    // MARK: Brackets

    /// The index of the bracket that closes the one at `start`.
    private static func closing(_ text: Substring, from start: Substring.Index) -> Substring.Index? {
        var depth = 0
        var previous: Character = " "
        for index in text[start...].indices {
            switch text[index] {
            case "(", "<", "[": depth += 1
            case ">" where previous == "-": break
            case ")", ">", "]":
                depth -= 1
                if depth == 0 { return index }
            default: break
            }
            previous = text[index]
        }
        return nil
    }

    /// The parts between separators that are in no brackets.
    private static func split(_ text: Substring, at separator: String) -> [Substring] {
        var parts: [Substring] = []
        var start = text.startIndex
        var index = start
        while index < text.endIndex {
            if text[index...].hasPrefix(separator) {
                parts.append(text[start..<index])
                index = text.index(index, offsetBy: separator.count)
                start = index
            } else if "(<[".contains(text[index]), let end = closing(text, from: index) {
                index = text.index(after: end)
            } else {
                index = text.index(after: index)
            }
        }
        return parts + [text[start...]]
    }
}
