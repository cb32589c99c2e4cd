/// What strings look like in JSON text, for text that `JSONTapeParser` has accepted.
enum JSONText {
    static func string(_ bytes: UnsafeRawBufferPointer, hasEscapes: Bool) -> String {
        String(unsafeUninitializedCapacity: bytes.count) { target in
            guard !hasEscapes else { return unescape(bytes, into: target) }
            UnsafeMutableRawBufferPointer(target).copyMemory(from: bytes)
            return bytes.count
        }
    }

    /// No escape is shorter than what it stands for, so `target` needs no more room than `bytes` has.
    private static func unescape(_ bytes: UnsafeRawBufferPointer, into target: UnsafeMutableBufferPointer<UInt8>) -> Int
    {
        var count = 0
        var position = 0
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            guard byte == UInt8(ascii: "\\") else {
                target[count] = byte
                count += 1
                continue
            }
            let escape = bytes[position]
            position += 1
            guard escape == UInt8(ascii: "u") else {
                target[count] = simpleEscape(escape)
                count += 1
                continue
            }
            var scalar = UInt32(hexadecimalUnit(bytes, at: position))
            position += 4
            if scalar & 0xFC00 == 0xD800 {
                scalar = 0x10000 + (scalar & 0x3FF) << 10 + UInt32(hexadecimalUnit(bytes, at: position + 2)) & 0x3FF
                position += 6
            }
            for unit in UTF8.encode(Unicode.Scalar(scalar) ?? "\u{FFFD}") ?? UTF8.encodedReplacementCharacter {
                target[count] = unit
                count += 1
            }
        }
        return count
    }

    private static func simpleEscape(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: byte
        }
    }

    /// The value of four hexadecimal digits.
    static func hexadecimalUnit(_ text: UnsafeRawBufferPointer, at start: Int) -> UInt16 {
        text[start..<start + 4].reduce(0) { $0 << 4 | UInt16(hexadecimalValue($1) ?? 0) }
    }

    static func hexadecimalValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension String {
    /// Lends the string's UTF-8. Unlike `withUTF8` without a copy of the string, whose memory would be retained.
    @inline(__always)
    func withUTF8Bytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        if let result = utf8.withContiguousStorageIfAvailable({ body(UnsafeRawBufferPointer($0)) }) { return result }
        var copy = self
        return copy.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    }
}
