/// Finds the inputs and text areas of a page, and what they hold. No parser of HTML: it reads tags, and that is enough
/// for what an app writes.
struct HTMLInputs {
    /// By name; of several with the same name, the last. Boxes that are not checked are left out.
    private(set) var values: [String: String] = [:]

    init(_ html: String) {
        var rest = html[...]
        while let open = rest.firstIndex(of: "<") {
            rest = rest[rest.index(after: open)...]
            let name = rest.prefix { $0.isLetter || $0.isNumber }
            rest = rest[name.endIndex...]
            guard !name.isEmpty else { continue }
            let attributes = Self.attributes(&rest)
            switch name.lowercased() {
            case "input": add(attributes)
            case "textarea":
                let content = rest.prefix { $0 != "<" }
                rest = rest[content.endIndex...]
                // The line end behind the tag is not part of it.
                let text = content.first?.isNewline == true ? content.dropFirst() : content
                if let field = attributes["name"] { values[field] = Self.unescaped(text) }
            default: break
            }
        }
    }

    private mutating func add(_ attributes: [String: String]) {
        guard let field = attributes["name"] else { return }
        switch attributes["type"]?.lowercased() {
        case "checkbox"?, "radio"?:
            if attributes["checked"] != nil { values[field] = attributes["value"] ?? "on" }
        case "submit"?, "button"?, "file"?, "image"?, "reset"?: break
        default: values[field] = attributes["value"] ?? ""
        }
    }

    /// The attributes of a tag, up to its ">".
    private static func attributes(_ rest: inout Substring) -> [String: String] {
        var attributes: [String: String] = [:]
        while let first = rest.first {
            if first == ">" {
                rest.removeFirst()
                break
            }
            guard !first.isWhitespace, first != "/", first != "=" else {
                rest.removeFirst()
                continue
            }
            let name = rest.prefix { !$0.isWhitespace && !"=>/".contains($0) }
            rest = rest[name.endIndex...].drop { $0.isWhitespace }
            var value = ""
            if rest.first == "=" {
                rest = rest.dropFirst().drop { $0.isWhitespace }
                value = unescaped(Self.value(&rest))
            }
            attributes[name.lowercased()] = value
        }
        return attributes
    }

    private static func value(_ rest: inout Substring) -> Substring {
        if let quote = rest.first, quote == "\"" || quote == "'" {
            rest.removeFirst()
            let value = rest.prefix { $0 != quote }
            rest = rest[value.endIndex...].dropFirst()
            return value
        }
        let value = rest.prefix { !$0.isWhitespace && $0 != ">" }
        rest = rest[value.endIndex...]
        return value
    }

    private static let names: [Substring: String] = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'"]

    private static func unescaped(_ text: Substring) -> String {
        var result = ""
        var rest = text
        while let mark = rest.firstIndex(of: "&") {
            result += rest[..<mark]
            rest = rest[rest.index(after: mark)...]
            guard let end = rest.prefix(10).firstIndex(of: ";"), let character = character(rest[..<end]) else {
                result += "&"
                continue
            }
            result += character
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    private static func character(_ reference: Substring) -> String? {
        guard reference.hasPrefix("#") else { return names[reference] }
        let digits = reference.dropFirst()
        let number = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        return number.flatMap { Unicode.Scalar($0) }.map { String(Character($0)) }
    }
}
