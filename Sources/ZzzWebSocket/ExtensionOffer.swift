/// One element of Sec-WebSocket-Extensions (RFC 6455 section 9.1).
struct ExtensionOffer: Equatable {
    var name: String
    var parameters: [(name: String, value: String?)] = []

    /// Bytes of a field that are looked at; a longer one offers nothing.
    static var maximumFieldBytes: Int { 4096 }

    /// The elements of a field's value, or none when one of them is malformed.
    static func list(_ field: String) -> [ExtensionOffer] {
        guard field.utf8.count <= maximumFieldBytes else { return [] }
        var offers: [ExtensionOffer] = []
        for element in field.split(separator: ",") {
            var parts = element.split(separator: ";", omittingEmptySubsequences: false).map(trimmed)
            guard !parts.isEmpty, isToken(parts[0]) else { return [] }
            var offer = ExtensionOffer(name: parts.removeFirst())
            for part in parts {
                guard let parameter = parameter(part) else { return [] }
                offer.parameters.append(parameter)
            }
            offers.append(offer)
        }
        return offers
    }

    private static func parameter(_ text: String) -> (name: String, value: String?)? {
        guard let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) else { return isToken(text) ? (text, nil) : nil }
        let name = trimmed(text[..<equals])
        var value = trimmed(text[text.index(after: equals)...])
        // A quoted value must be a token inside its quotes.
        if value.utf8.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") {
            value = String(value.dropFirst().dropLast())
        }
        return isToken(name) && isToken(value) ? (name, value) : nil
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        let head = text.utf8.drop(while: isSpace)
        return String(decoding: Array(head.reversed().drop(while: isSpace).reversed()), as: UTF8.self)
    }

    /// RFC 9110 section 5.6.2.
    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }

    static func == (left: ExtensionOffer, right: ExtensionOffer) -> Bool {
        left.name == right.name && left.parameters.elementsEqual(right.parameters, by: ==)
    }
}
