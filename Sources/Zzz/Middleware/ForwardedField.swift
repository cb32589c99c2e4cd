/// The elements of Forwarded (RFC 7239 section 4), in order: one for each proxy, the last one nearest.
struct ForwardedField {
    struct Element: Equatable {
        var address: String?
        var proto: String?
        var host: String?
    }

    private(set) var elements: [Element] = []

    /// Nil when it is malformed: then nothing in it can be relied on.
    init?(_ text: String) {
        var rest = text[...]
        var element = Element()
        while true {
            rest = rest.trimmingBlanks()
            if let equals = rest.firstIndex(where: { "=,;\"".contains($0) }), rest[equals] == "=" {
                let name = rest[..<equals].lowercased()
                rest = rest[rest.index(after: equals)...]
                guard name.isToken, let value = Self.takeValue(&rest) else { return nil }
                switch name {
                case "for": element.address = value
                case "proto": element.proto = value
                case "host": element.host = value
                default: break
                }
            }
            rest = rest.trimmingBlanks()
            guard let separator = rest.popFirst() else { break }
            guard separator == ";" || separator == "," else { return nil }
            if separator == "," {
                elements.append(element)
                element = Element()
            }
        }
        elements.append(element)
    }

    private static func takeValue(_ rest: inout Substring) -> String? {
        guard rest.first == "\"" else {
            let value = rest.prefix { !" \t,;\"".contains($0) }
            rest = rest.dropFirst(value.count)
            return value.isEmpty ? nil : String(value)
        }
        rest = rest.dropFirst()
        var value = ""
        while let character = rest.popFirst() {
            if character == "\"" { return value }
            if character == "\\" {
                guard let escaped = rest.popFirst() else { return nil }
                value.append(escaped)
            } else {
                value.append(character)
            }
        }
        return nil
    }
}
