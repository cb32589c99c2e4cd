/// One element of Sec-WebSocket-Extensions (RFC 6455 section 9.1).
struct ExtensionOffer {
    var name: String
    var parameters: [(name: String, value: String?)] = []

    /// Bytes of a field that are looked at; a longer one offers nothing.
    static var maximumFieldBytes: Int { 4096 }

    /// The elements of a field's value, or none when one of them is malformed.
    static func list(_ field: String) -> [ExtensionOffer] {
        guard field.utf8.count <= maximumFieldBytes else { return [] }
        var offers: [ExtensionOffer] = []
        for element in FieldList.elements(field) {
            var parts = FieldList.split(element, at: ";")
            var offer = ExtensionOffer(name: parts.removeFirst())
            guard FieldList.isToken(offer.name) else { return [] }
            for part in parts {
                guard let parameter = parameter(part) else { return [] }
                offer.parameters.append(parameter)
            }
            offers.append(offer)
        }
        return offers
    }

    private static func parameter(_ text: String) -> (name: String, value: String?)? {
        let sides = FieldList.split(text, at: "=")
        guard FieldList.isToken(sides[0]) else { return nil }
        guard sides.count > 1 else { return (sides[0], nil) }
        // No token has a "=" in it.
        guard sides.count == 2, let value = unquoted(sides[1]), FieldList.isToken(value) else { return nil }
        return (sides[0], value)
    }

    /// What stands in quotes, or without them; nil when they are not closed at the end (RFC 9110 section 5.6.4).
    private static func unquoted(_ text: String) -> String? {
        var rest = Array(text.utf8)[...]
        guard rest.first == UInt8(ascii: "\"") else { return text }
        rest.removeFirst()
        var result: [UInt8] = []
        while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
            guard let plain = byte == UInt8(ascii: "\\") ? rest.popFirst() : byte else { return nil }
            result.append(plain)
            if rest.isEmpty { return nil }
        }
        return rest.isEmpty ? String(decoding: result, as: UTF8.self) : nil
    }
}
