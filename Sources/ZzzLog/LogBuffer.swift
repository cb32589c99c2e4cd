/// Bytes of formatted records, with the appending that all formats share. It keeps its memory between batches.
struct LogBuffer {
    private(set) var bytes: [UInt8] = []

    /// Bytes of memory that are kept from one batch to the next.
    private static let keptCapacity = 64 << 10

    var isEmpty: Bool { bytes.isEmpty }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: bytes.capacity <= Self.keptCapacity)
    }

    /// Appends text that is known to have nothing to escape.
    mutating func append(_ text: StaticString) {
        append(copying: UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Copies the bytes in one piece. (Array takes a typed buffer with memcpy, a raw one byte by byte.)
    private mutating func append(copying text: UnsafeRawBufferPointer) {
        text.withMemoryRebound(to: UInt8.self) { bytes.append(contentsOf: $0) }
    }

    mutating func append(byte: UInt8) {
        bytes.append(byte)
    }

    /// Appends text as it is: the caller has made sure that it has nothing to escape.
    mutating func append(raw text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    mutating func append(_ number: some BinaryInteger) {
        append(decimal: Int(number))
    }

    /// Without a String in between: an access record has half a dozen numbers.
    private mutating func append(decimal number: Int) {
        var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)
        withUnsafeMutableBytes(of: &digits) { digits in
            var rest = number.magnitude
            var start = digits.count
            repeat {
                start -= 1
                digits[start] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            } while rest > 0
            if number < 0 {
                start -= 1
                digits[start] = UInt8(ascii: "-")
            }
            append(copying: UnsafeRawBufferPointer(rebasing: digits[start...]))
        }
    }

    /// Appends what another buffer holds.
    mutating func append(_ other: LogBuffer) {
        bytes.append(contentsOf: other.bytes)
    }

    /// Appends a number with zeros before it.
    mutating func append(_ number: Int, width: Int) {
        var divisor = 1
        for _ in 1..<width { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
            divisor /= 10
        }
    }

    /// Appends text from anywhere so that it stays on its line and moves no terminal's cursor: control characters
    /// (C0, DEL, C1, line and paragraph separators) become escapes, and so do `\` and, with `quotes`, `"`.
    mutating func append(escaping text: String, quotes: Bool) {
        var text = text
        text.withUTF8 { append(escapingUTF8: $0, quotes: quotes) }
    }

    private mutating func append(escapingUTF8 text: UnsafeBufferPointer<UInt8>, quotes: Bool) {
        var index = 0
        while index < text.count {
            let byte = text[index]
            switch byte {
            case UInt8(ascii: "\n"): append("\\n")
            case UInt8(ascii: "\r"): append("\\r")
            case UInt8(ascii: "\t"): append("\\t")
            case UInt8(ascii: "\\"): append("\\\\")
            case UInt8(ascii: "\"") where quotes: append("\\\"")
            case 0..<0x20, 0x7F: appendUnicodeEscape(UInt16(byte))
            case 0xC2 where index + 1 < text.count && text[index + 1] < 0xA0:
                // U+0080 to U+009F; U+009B begins a terminal's control sequence.
                appendUnicodeEscape(UInt16(text[index + 1]))
                index += 1
            case 0xE2 where Self.isSeparator(text[index...]):
                appendUnicodeEscape(0x2000 | UInt16(text[index + 2] - 0x80))
                index += 2
            default: bytes.append(byte)
            }
            index += 1
        }
    }

    /// Whether U+2028 or U+2029 begins here.
    private static func isSeparator(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        text.starts(with: [0xE2, 0x80, 0xA8]) || text.starts(with: [0xE2, 0x80, 0xA9])
    }

    /// Appends bytes from a peer, which may be no UTF-8, so that the result is printable ASCII: what is not becomes
    /// `\xHH`, and `"` and `\` get a backslash, as nginx and Apache write them.
    mutating func append(escapingPeer text: UnsafeRawBufferPointer) {
        var start = 0
        for (index, byte) in text.enumerated() where !Self.isPlain(byte) {
            append(copying: UnsafeRawBufferPointer(rebasing: text[start..<index]))
            start = index + 1
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            } else {
                append("\\x")
                appendHexDigit(byte >> 4)
                appendHexDigit(byte & 0xF)
            }
        }
        append(copying: UnsafeRawBufferPointer(rebasing: text[start...]))
    }

    /// Printable ASCII but for `"` and `\`.
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    /// Appends a JSON string with its quotes. Bytes that are no UTF-8 become U+FFFD.
    mutating func append(jsonString text: String) {
        bytes.append(UInt8(ascii: "\""))
        append(escapingJSON: text)
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func append(escapingJSON text: String) {
        // RFC 8259 7, and beyond it what could act on a terminal; `append(escaping:)` writes only escapes JSON knows.
        append(escaping: text, quotes: true)
    }

    private mutating func appendUnicodeEscape(_ value: UInt16) {
        append("\\u")
        for shift in [12, 8, 4, 0] as [UInt16] { appendHexDigit(UInt8(value >> shift & 0xF)) }
    }

    private mutating func appendHexDigit(_ digit: UInt8) {
        bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
    }
}
