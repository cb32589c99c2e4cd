/// The lists in fields (RFC 9110 section 5.6, RFC 6455 section 9.1) once more, byte by byte.
enum ReferenceList {
    struct Extension {
        var name: String
        var parameters: [(name: String, value: String?)]
    }

    /// Without the empty ones.
    static func elements(_ field: String) -> [[UInt8]] {
        field.utf8.split(separator: UInt8(ascii: ",")).map(trimmed).filter { !$0.isEmpty }
    }

    /// None when one of them is malformed, or the field has more than 4096 bytes.
    static func extensions(_ field: String) -> [Extension] {
        guard field.utf8.count <= 4096 else { return [] }
        var extensions: [Extension] = []
        for element in elements(field) {
            let parts = element.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
            guard let name = token(trimmed(parts[0])) else { return [] }
            var parameters: [(String, String?)] = []
            for part in parts.dropFirst() {
                let sides = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
                guard let name = token(trimmed(sides[0])) else { return [] }
                guard sides.count == 2 else {
                    parameters.append((name, nil))
                    continue
                }
                guard let value = token(unquoted(trimmed(sides[1]))) else { return [] }
                parameters.append((name, value))
            }
            extensions.append(Extension(name: name, parameters: parameters))
        }
        return extensions
    }

    private static func trimmed(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var rest = Array(bytes)[...]
        while let first = rest.first, first == 0x20 || first == 0x09 { rest.removeFirst() }
        while let last = rest.last, last == 0x20 || last == 0x09 { rest.removeLast() }
        return Array(rest)
    }

    /// What is in quotes; nothing when they are not closed at the end.
    private static func unquoted(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.first == UInt8(ascii: "\"") else { return bytes }
        var result: [UInt8] = []
        var index = 1
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
            if bytes[index] == UInt8(ascii: "\\") { index += 1 }
            if index < bytes.count { result.append(bytes[index]) }
            index += 1
        }
        return index == bytes.count - 1 ? result : []
    }

    private static func token(_ bytes: [UInt8]) -> String? {
        let isToken = bytes.allSatisfy { byte in
            (0x21...0x7E).contains(byte) && !"\"(),/:;<=>?@[\\]{}".utf8.contains(byte)
        }
        return isToken && !bytes.isEmpty ? String(decoding: bytes, as: UTF8.self) : nil
    }
}
