/// Base64 (RFC 4648 sections 4 and 5), of a few bytes.
enum Base64Text {
    private static let standard = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let urlSafe = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// Padded, but when it is safe for URLs.
    static func encode(_ bytes: UnsafeRawBufferPointer, isURLSafe: Bool = false) -> String {
        let alphabet = isURLSafe ? urlSafe : standard
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let count = min(3, bytes.count - start)
            var word: UInt32 = 0
            for index in 0..<3 { word = word << 8 | (index < count ? UInt32(bytes[start + index]) : 0) }
            for index in 0..<4 where index <= count { text.append(alphabet[Int(word >> UInt32(18 - 6 * index)) & 63]) }
            if !isURLSafe { for _ in count..<3 { text.append(UInt8(ascii: "=")) } }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// - Returns: nil for anything else.
    static func decode(_ text: UnsafeRawBufferPointer, isURLSafe: Bool = false) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3 + 3)
        var word: UInt32 = 0
        var bits = 0
        var end = text.count
        if !isURLSafe { for _ in 0..<2 where end > 0 && text[end - 1] == UInt8(ascii: "=") { end -= 1 } }
        guard end % 4 != 1, isURLSafe || text.count % 4 == 0 else { return nil }
        for byte in text[..<end] {
            guard let value = value(byte, isURLSafe) else { return nil }
            word = word << 6 | value
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: word >> UInt32(bits)))
            }
        }
        return word & ((1 << UInt32(bits)) - 1) == 0 ? bytes : nil
    }

    private static func value(_ byte: UInt8, _ isURLSafe: Bool) -> UInt32? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+") where !isURLSafe, UInt8(ascii: "-") where isURLSafe: 62
        case UInt8(ascii: "/") where !isURLSafe, UInt8(ascii: "_") where isURLSafe: 63
        default: nil
        }
    }
}
