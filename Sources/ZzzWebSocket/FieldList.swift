/// Lists in the values of fields, byte by byte: to a `String` a comma with a combining mark behind it is no comma.
enum FieldList {
    /// The elements without the blanks around them, and without the empty ones (RFC 9110 section 5.6.1.2).
    static func elements(_ field: String) -> [String] {
        split(field, at: ",").filter { !$0.isEmpty }
    }

    /// All parts, without the blanks around them.
    static func split(_ text: String, at separator: Unicode.Scalar) -> [String] {
        text.utf8.split(separator: UInt8(ascii: separator), omittingEmptySubsequences: false).map { part in
            let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
            let trimmed = part.drop(while: isBlank).reversed().drop(while: isBlank).reversed()
            return String(decoding: Array(trimmed), as: UTF8.self)
        }
    }

    /// RFC 9110 section 5.6.2.
    static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }

    /// Whether `text` is `token`, which is in lower case, in any case of ASCII's letters.
    static func isEqual(_ text: String, toToken token: String) -> Bool {
        text.utf8.elementsEqual(token.utf8) { byte, lower in
            byte == lower || (0x41...0x5A).contains(byte) && byte | 0x20 == lower
        }
    }
}
