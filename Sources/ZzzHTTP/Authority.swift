/// uri-host [ ":" port ] (RFC 9110 section 4.2, RFC 3986 section 3.2), as in Host and in absolute targets.
@usableFromInline
enum Authority {
    /// Whether `bytes` name a host that is not empty, with an optional port of at most 65535 (or an empty one).
    /// There is no userinfo, and no IPvFuture, which nobody has ever defined.
    static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let start = bytes.baseAddress, bytes.count > 0 else { return false }
        var offset = 0
        if start.byte(0) == 0x5B {
            while offset < bytes.count, start.byte(offset) != 0x5D { offset += 1 }
            guard offset < bytes.count else { return false }
            guard IPv6Literal.isValid(UnsafeRawBufferPointer(rebasing: bytes[1..<offset])) else { return false }
            offset += 1
        } else {
            offset = registeredNameLength(start, count: bytes.count)
            guard offset > 0 else { return false }
        }
        if offset == bytes.count { return true }
        guard start.byte(offset) == 0x3A else { return false }
        return isValidPort(start + (offset + 1), count: bytes.count - offset - 1)
    }

    /// Bytes of reg-name or IPv4 address at `start`; 0 when "%" is not followed by two hexadecimal digits.
    @inline(__always)
    private static func registeredNameLength(_ start: UnsafeRawPointer, count: Int) -> Int {
        var offset = 0
        while true {
            while offset < count, ByteClass.isMember(start.byte(offset), of: ByteClass.registeredName) {
                offset = offset &+ 1
            }
            guard offset < count, start.byte(offset) == 0x25 else { return offset }
            guard offset &+ 2 < count,
                ByteClass.isMember(start.byte(offset &+ 1), of: ByteClass.hexDigit),
                ByteClass.isMember(start.byte(offset &+ 2), of: ByteClass.hexDigit)
            else { return 0 }
            offset = offset &+ 3
        }
    }

    private static func isValidPort(_ start: UnsafeRawPointer, count: Int) -> Bool {
        guard count <= 5 else { return false }
        var port = 0
        for offset in 0..<count {
            let digit = start.byte(offset) &- 0x30
            guard digit < 10 else { return false }
            port = port &* 10 &+ Int(digit)
        }
        return port <= 65535
    }
}
