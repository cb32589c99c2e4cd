/// IPv6address (RFC 3986 section 3.2.2), without its brackets.
enum IPv6Literal {
    /// Whether `bytes` are eight groups of one to four hexadecimal digits, where one "::" may stand for at least one
    /// group and an IPv4 address for the last two.
    static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var groups = 0
        var hasGap = false
        var index = 0
        if bytes.count >= 2, bytes[0] == 0x3A {
            guard bytes[1] == 0x3A else { return false }
            hasGap = true
            index = 2
        }
        while index < bytes.count {
            let groupStart = index
            while index < bytes.count, ByteClass.isMember(bytes[index], of: ByteClass.hexDigit) { index += 1 }
            if index < bytes.count, bytes[index] == 0x2E {
                guard isIPv4(UnsafeRawBufferPointer(rebasing: bytes[groupStart...])) else { return false }
                groups += 2
                break
            }
            guard 1...4 ~= index - groupStart else { return false }
            groups += 1
            guard index < bytes.count else { break }
            guard bytes[index] == 0x3A, index + 1 < bytes.count else { return false }
            index += 1
            if bytes[index] == 0x3A {
                guard !hasGap else { return false }
                hasGap = true
                index += 1
            }
        }
        return hasGap ? groups <= 7 : groups == 8
    }

    /// Four numbers of at most 255, without leading zeros, between dots.
    private static func isIPv4(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        for part in 0..<4 {
            if part > 0 {
                guard index < bytes.count, bytes[index] == 0x2E else { return false }
                index += 1
            }
            let partStart = index
            var value = 0
            while index < bytes.count, bytes[index] &- 0x30 < 10, index - partStart < 3 {
                value = value * 10 + Int(bytes[index] &- 0x30)
                index += 1
            }
            let length = index - partStart
            guard length > 0, value <= 255, length == 1 || bytes[partStart] != 0x30 else { return false }
        }
        return index == bytes.count
    }
}
