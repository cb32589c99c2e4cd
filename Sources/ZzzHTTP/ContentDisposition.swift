/// A Content-Disposition field: of a response (RFC 6266), or of a part of a form (RFC 7578 section 4.2).
public struct ContentDisposition: Sendable, Equatable {
    /// "form-data", "attachment", in lower case.
    public let type: String
    /// By name, in lower case, as they came; a value without its quotes.
    private var parameters: [(name: String, value: [UInt8])] = []

    /// The parameter, when there is one and it is UTF-8.
    public subscript(name: String) -> String? {
        bytes(of: name).flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// The parameter as it came.
    public func bytes(of name: String) -> [UInt8]? { parameters.first { $0.name == name }?.value }

    /// The file name that the sender gives: `filename*`, when that is well-formed, before `filename` (RFC 6266 section
    /// 4.3). It is any text at all, a path perhaps.
    public var fileName: String? {
        bytes(of: "filename*").flatMap(Self.decodeExtended) ?? self["filename"]
    }

    /// Whether there is a file name, well-formed or not.
    public var hasFileName: Bool { bytes(of: "filename") != nil || bytes(of: "filename*") != nil }

    /// Reads a field's value; nil when it is malformed, or has a parameter twice.
    public init?(parsing value: some Collection<UInt8>) {
        var scanner = Scanner(rest: Array(value)[...])
        guard let type = scanner.token() else { return nil }
        self.type = type
        while scanner.skip(";") {
            // A semicolon at the end says nothing.
            guard !scanner.isAtEnd else { break }
            guard let name = scanner.token(), scanner.skip("="), let value = scanner.value(), bytes(of: name) == nil
            else { return nil }
            parameters.append((name, value))
        }
        guard scanner.isAtEnd else { return nil }
    }

    public static func == (left: ContentDisposition, right: ContentDisposition) -> Bool {
        left.type == right.type && left.parameters.elementsEqual(right.parameters) { $0 == $1 }
    }

    /// "UTF-8''na%C3%AFve.txt" (RFC 8187 section 3.2.1); nil for other character sets and for what is malformed.
    private static func decodeExtended(_ value: [UInt8]) -> String? {
        let parts = value.split(separator: UInt8(ascii: "'"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, String(decoding: parts[0], as: UTF8.self).lowercased() == "utf-8" else { return nil }
        var text = Array(parts[2])
        let count = text.withUnsafeMutableBytes { bytes in
            bytes.baseAddress.map { PercentDecoding.decode(UnsafeRawBufferPointer(bytes), into: $0) } ?? 0
        }
        guard let count else { return nil }
        return String(validating: text[..<count], as: UTF8.self)
    }

    /// Reads tokens and quoted texts, with blanks around them.
    private struct Scanner {
        var rest: ArraySlice<UInt8>

        var isAtEnd: Bool { rest.allSatisfy { $0 == 0x20 || $0 == 0x09 } }

        private mutating func skipBlanks() { rest = rest.drop { $0 == 0x20 || $0 == 0x09 } }

        mutating func skip(_ character: Unicode.Scalar) -> Bool {
            skipBlanks()
            guard rest.first == UInt8(ascii: character) else { return false }
            rest.removeFirst()
            skipBlanks()
            return true
        }

        /// In lower case.
        mutating func token() -> String? {
            let token = rest.prefix { ByteClass.isMember($0, of: ByteClass.token) }
            guard !token.isEmpty else { return nil }
            rest = rest[token.endIndex...]
            return String(decoding: token, as: UTF8.self).lowercased()
        }

        mutating func value() -> [UInt8]? {
            guard rest.first == UInt8(ascii: "\"") else {
                // More than a token: curl and others leave the quotes away around UTF-8.
                let value = rest.prefix { ByteClass.isMember($0, of: ByteClass.token) || $0 >= 0x80 }
                rest = rest[value.endIndex...]
                return value.isEmpty ? nil : Array(value)
            }
            rest.removeFirst()
            return quoted()
        }

        /// Up to the closing quote. A backslash stands before a quote or a backslash (RFC 9110 section 5.6.4), and for
        /// itself elsewhere, as old browsers write "C:\file.txt"; current ones write %22, %0D and %0A (HTML standard,
        /// section 4.10.21.8).
        private mutating func quoted() -> [UInt8]? {
            var value: [UInt8] = []
            while let byte = rest.popFirst() {
                switch byte {
                case UInt8(ascii: "\""): return value
                case UInt8(ascii: "\\") where rest.first == byte || rest.first == UInt8(ascii: "\""):
                    value.append(rest.removeFirst())
                case UInt8(ascii: "%"): value.append(escaped() ?? byte)
                default: value.append(byte)
                }
            }
            return nil
        }

        private mutating func escaped() -> UInt8? {
            let escape = String(decoding: rest.prefix(2), as: UTF8.self).uppercased()
            guard let byte: UInt8 = ["22": 0x22, "0D": 0x0D, "0A": 0x0A][escape] else { return nil }
            rest.removeFirst(2)
            return byte
        }
    }
}
