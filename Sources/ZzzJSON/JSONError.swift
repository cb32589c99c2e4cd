/// Why JSON text was refused, or why a value cannot be written as JSON.
public struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Reason: Equatable, Sendable {
        /// The text ends inside a value, or holds none.
        case unexpectedEnd
        /// Something else than the grammar allows here (RFC 8259 2); the value says what was expected.
        case unexpectedByte(UInt8, expected: String)
        /// More text after the value.
        case trailingText
        /// A byte order mark, which RFC 8259 8.1 forbids senders to add.
        case byteOrderMark
        /// A number that breaks RFC 8259 6: a leading zero or plus, or no digit after ".", "e" or "-".
        case invalidNumber
        /// A number beyond the range of a double.
        case numberOutOfRange
        /// A control character inside a string (RFC 8259 7).
        case controlCharacter(UInt8)
        /// A "\" before something that is no escape (RFC 8259 7).
        case invalidEscape
        /// Half of a surrogate pair, which stands for no character (RFC 8259 8.2).
        case loneSurrogate
        /// A string that is not well-formed UTF-8 (RFC 8259 8.1).
        case invalidUTF8
        /// A name that its object has already (RFC 8259 4). Names that are canonically equivalent count as the same.
        case duplicateKey(String)
        /// More arrays and objects inside each other than `JSONLimits.maximumDepth`.
        case tooDeep(limit: Int)
        /// More bytes than `JSONLimits.maximumByteCount`.
        case tooLong(limit: Int)
        /// NaN or an infinity, which JSON cannot express (RFC 8259 6). The position is that of the output, if any.
        case notFinite
    }

    public let reason: Reason
    /// Where in the text, in bytes from 0.
    public let offset: Int
    /// Counted from 1; "\n" ends a line. 0 when no text is involved.
    public let line: Int
    /// Counted from 1 in Unicode scalars. 0 when no text is involved.
    public let column: Int

    public var description: String {
        line == 0 ? explanation : "line \(line), column \(column): \(explanation)"
    }

    private var explanation: String {
        switch reason {
        case .unexpectedEnd: "the text ends where a value goes on"
        case .unexpectedByte(let byte, let expected): "expected \(expected), found \(Self.name(byte))"
        case .trailingText: "text after the end of the value"
        case .byteOrderMark: "JSON text starts with no byte order mark"
        case .invalidNumber: "not a number as JSON writes them"
        case .numberOutOfRange: "the number is out of the range of a double"
        case .controlCharacter(let byte): "\(Self.name(byte)) has to be escaped in a string"
        case .invalidEscape: "not an escape that JSON knows"
        case .loneSurrogate: "half of a surrogate pair is no character"
        case .invalidUTF8: "the string is not UTF-8"
        case .duplicateKey(let key): "the name \"\(key.prefix(100))\" occurs twice in one object"
        case .tooDeep(let limit): "more than \(limit) arrays and objects inside each other"
        case .tooLong(let limit): "longer than \(limit) bytes"
        case .notFinite: "NaN and infinities cannot be written as JSON"
        }
    }

    private static func name(_ byte: UInt8) -> String {
        if byte > 0x20, byte < 0x7F { return "\"\(Character(UnicodeScalar(byte)))\"" }
        let digits = String(byte, radix: 16, uppercase: true)
        return byte == 0x20 ? "a space" : "byte 0x\(digits.count == 1 ? "0" : "")\(digits)"
    }

    init(_ reason: Reason) {
        self.reason = reason
        (offset, line, column) = (0, 0, 0)
    }

    /// An error at `offset`, whose line and column are counted now.
    init(_ reason: Reason, at offset: Int, in text: UnsafeRawBufferPointer) {
        var line = 1
        var column = 1
        for byte in text.prefix(offset) {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        self.reason = reason
        self.offset = offset
        self.line = line
        self.column = column
    }
}

/// How much JSON text may ask of its reader.
public struct JSONLimits: Equatable, Sendable {
    /// How many arrays and objects may be inside each other. Building a `JSONValue` or decoding a type takes stack in
    /// proportion.
    public var maximumDepth: Int
    /// How many bytes the text may have, at most `largestByteCount`.
    public var maximumByteCount: Int

    /// 1 GiB less one byte.
    public static let largestByteCount = 1 << 30 - 1

    public init(maximumDepth: Int = 512, maximumByteCount: Int = 64 << 20) {
        self.maximumDepth = maximumDepth
        self.maximumByteCount = min(maximumByteCount, Self.largestByteCount)
    }
}
