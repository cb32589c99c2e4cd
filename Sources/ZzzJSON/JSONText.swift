/// What strings and numbers look like in JSON text, for text that `JSONTapeParser` has accepted.
enum JSONText {
    /// Whether any of eight bytes is a quote, a backslash, a control character or not ASCII.
    @inline(__always)
    static func hasSpecialByte(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
        let found = (quote &- ones) | (backslash &- ones) | (word &- ones &* 0x20) | word
        return found & (ones << 7) != 0
    }

    /// Whether any of eight bytes may need an escape in a string. Sometimes wrongly true beside a byte that is not
    /// ASCII, never wrongly false.
    @inline(__always)
    static func needsEscape(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
        let found = (quote &- ones) & ~quote | (backslash &- ones) & ~backslash | (word &- ones &* 0x20) & ~word
        return found & (ones << 7) != 0
    }

    /// How many bytes of a string stand before the first one that has to be escaped.
    @inline(__always)
    static func plainPrefixCount(_ text: UnsafeRawBufferPointer) -> Int {
        var position = 0
        while position < text.count {
            if position &+ 8 <= text.count,
                !needsEscape(text.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            {
                position &+= 8
                continue
            }
            let byte = text[position]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return position }
            position &+= 1
        }
        return position
    }

    static func string(_ bytes: UnsafeRawBufferPointer, hasEscapes: Bool) -> String {
        guard hasEscapes else { return String(decoding: bytes, as: UTF8.self) }
        return String(unsafeUninitializedCapacity: bytes.count) { target in unescape(bytes, into: target) }
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

    static func hexadecimalUnit(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt16 {
        (offset..<offset + 4).reduce(0) { $0 << 4 | UInt16(hexadecimalValue(bytes[$1]) ?? 0) }
    }

    static func hexadecimalValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// The value of an integer, nil when `T` does not hold it.
    static func integer<T: FixedWidthInteger>(_ bytes: UnsafeRawBufferPointer, as type: T.Type) -> T? {
        let isNegative = bytes.first == UInt8(ascii: "-")
        var magnitude: UInt64 = 0
        for byte in bytes.dropFirst(isNegative ? 1 : 0) {
            let (product, overflowed) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carried) = product.addingReportingOverflow(UInt64(byte &- UInt8(ascii: "0")))
            if overflowed || carried { return nil }
            magnitude = sum
        }
        guard isNegative else { return T(exactly: magnitude) }
        guard magnitude <= UInt64(1) << 63 else { return nil }
        return T(exactly: Int64(truncatingIfNeeded: 0 &- magnitude))
    }

    /// The nearest double, nil when the number is out of range.
    static func double(_ bytes: UnsafeRawBufferPointer) -> Double? {
        finite(Double(String(decoding: bytes, as: UTF8.self)))
    }

    /// The nearest float, nil when the number is out of range.
    static func float(_ bytes: UnsafeRawBufferPointer) -> Float? {
        finite(Float(String(decoding: bytes, as: UTF8.self)))
    }

    private static func finite<T: BinaryFloatingPoint>(_ value: T?) -> T? {
        value.flatMap { $0.isFinite ? $0 : nil }
    }
}
