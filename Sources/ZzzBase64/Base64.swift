/// Base64 in its two alphabets (RFC 4648 sections 4 and 5).
public enum Base64 {
    /// Which digits stand for 62 and 63, and whether `=` fills the end up.
    public enum Alphabet: Sendable {
        /// `+` and `/`, with padding.
        case standard
        /// `-` and `_`, without padding: for cookies, tokens and URLs.
        case url

        /// The digits for 62 and 63.
        fileprivate var last: (UInt8, UInt8) {
            switch self {
            case .standard: (UInt8(ascii: "+"), UInt8(ascii: "/"))
            case .url: (UInt8(ascii: "-"), UInt8(ascii: "_"))
            }
        }
    }

    /// The text for some bytes.
    public static func encode(_ bytes: [UInt8], _ alphabet: Alphabet = .url) -> String {
        bytes.withUnsafeBytes { encode($0, alphabet) }
    }

    /// The same for bytes that are somewhere already.
    public static func encode(_ bytes: UnsafeRawBufferPointer, _ alphabet: Alphabet = .url) -> String {
        let digits: StaticString =
            switch alphabet {
            case .standard: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
            case .url: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
            }
        let whole = bytes.count / 3 * 3
        let rest = bytes.count - whole
        let isPadded = alphabet == .standard
        let count = whole / 3 * 4 + (rest == 0 ? 0 : isPadded ? 4 : rest + 1)
        return String(unsafeUninitializedCapacity: count) { text in
            var position = 0
            func append(_ bits: UInt32, digitCount: Int) {
                for index in 0..<digitCount {
                    text[position] = digits.utf8Start[Int(bits >> UInt32(18 - 6 * index) & 63)]
                    position += 1
                }
            }
            for start in stride(from: 0, to: whole, by: 3) {
                let bits = UInt32(bytes[start]) << 16 | UInt32(bytes[start + 1]) << 8 | UInt32(bytes[start + 2])
                append(bits, digitCount: 4)
            }
            if rest > 0 {
                append(
                    UInt32(bytes[whole]) << 16 | (rest == 2 ? UInt32(bytes[whole + 1]) << 8 : 0), digitCount: rest + 1)
                while isPadded, position < count {
                    text[position] = UInt8(ascii: "=")
                    position += 1
                }
            }
            return position
        }
    }

    /// Decodes text; nil for anything else. Standard text may go without its padding, URL text must.
    @inlinable
    public static func decode(_ text: some StringProtocol, _ alphabet: Alphabet = .standard) -> [UInt8]? {
        var copy = String(text)
        return copy.withUTF8 { decode(UnsafeRawBufferPointer($0), alphabet) }
    }

    /// Decodes text that is somewhere already.
    public static func decode(_ text: UnsafeRawBufferPointer, _ alphabet: Alphabet = .standard) -> [UInt8]? {
        var digits = text[...]
        if alphabet == .standard {
            let padding = text.reversed().prefix { $0 == UInt8(ascii: "=") }.count
            guard padding <= 2, padding == 0 || text.count % 4 == 0 else { return nil }
            digits = digits.dropLast(padding)
        }
        guard digits.count % 4 != 1 else { return nil }
        let last = alphabet.last
        var isValid = true
        let bytes = [UInt8](unsafeUninitializedCapacity: digits.count * 3 / 4) { bytes, written in
            var bits: UInt32 = 0
            var bitCount: UInt32 = 0
            let whole = digits.count & ~3
            for start in stride(from: 0, to: whole, by: 4) {
                for digit in digits[start..<start + 4] {
                    guard let value = value(digit, last) else { return isValid = false }
                    bits = bits << 6 | UInt32(value)
                }
                bytes[written] = UInt8(truncatingIfNeeded: bits >> 16)
                bytes[written + 1] = UInt8(truncatingIfNeeded: bits >> 8)
                bytes[written + 2] = UInt8(truncatingIfNeeded: bits)
                written += 3
            }
            for digit in digits[whole...] {
                guard let value = value(digit, last) else { return isValid = false }
                bits = bits << 6 | UInt32(value)
                bitCount += 6
                guard bitCount >= 8 else { continue }
                bitCount -= 8
                bytes[written] = UInt8(truncatingIfNeeded: bits >> bitCount)
                written += 1
            }
            // What is left over must be zero, so that there is one text for each value.
            isValid = bits & (1 << bitCount - 1) == 0
        }
        return isValid ? bytes : nil
    }

    private static func value(_ digit: UInt8, _ last: (UInt8, UInt8)) -> UInt8? {
        switch digit {
        case 0x41...0x5A: digit - 0x41
        case 0x61...0x7A: digit - 0x61 + 26
        case 0x30...0x39: digit - 0x30 + 52
        case last.0: 62
        case last.1: 63
        default: nil
        }
    }
}
