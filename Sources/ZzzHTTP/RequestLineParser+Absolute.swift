/// absolute-form: "http://" authority path-abempty [ "?" query ] (RFC 9112 section 3.2.2).
extension RequestLineParser {
    mutating func scheme(_ start: UnsafeRawPointer, _ end: Int, _ head: inout RequestHead) -> Step {
        let offset = Int(cursor)
        let plain: StaticString = "http://"
        let secure: StaticString = "https://"
        let isSecure = offset + 4 < end && start.byte(offset + 4) | 0x20 == 0x73
        let expected = isSecure ? secure : plain
        let length = expected.utf8CodeUnitCount
        for index in 0..<min(end - offset, length) {
            let byte = start.byte(offset + index)
            let lowered = byte &- 0x41 < 26 ? byte | 0x20 : byte
            guard lowered == expected.utf8Start[index] else {
                return .failure(Self.unexpected(byte, else: .unsupportedScheme))
            }
        }
        guard end - offset >= length else { return .incomplete }
        cursor += UInt32(length)
        head.authorityOffset = cursor
        phase = .authority
        return .next
    }

    mutating func authority(_ start: UnsafeRawPointer, _ end: Int, _ head: inout RequestHead) -> Step {
        var offset = Int(cursor)
        while offset < end, Self.isAuthorityByte(start.byte(offset)) { offset += 1 }
        cursor = UInt32(offset)
        guard offset < end else { return .incomplete }
        let byte = start.byte(offset)
        guard byte != 0x40 else { return .failure(.userinfoInAuthority) }
        guard byte == 0x2F || byte == 0x3F || byte == 0x20 else {
            return .failure(Self.unexpected(byte, else: .invalidAuthority))
        }
        head.authorityLength = cursor - head.authorityOffset
        guard Authority.isValid(head.authority(in: start)) else { return .failure(.invalidAuthority) }
        if byte == 0x2F {
            head.pathOffset = cursor
            phase = .path
            return .next
        }
        // An empty path means "/" (RFC 9110 section 4.2.3); the slash before the authority is one.
        head.pathOffset = head.authorityOffset - 1
        head.pathLength = 1
        if byte == 0x20 { return endTarget(offset, &head) }
        beginQuery(offset, &head)
        return .next
    }

    private static func isAuthorityByte(_ byte: UInt8) -> Bool {
        if ByteClass.isMember(byte, of: ByteClass.registeredName) { return true }
        return byte == 0x25 || byte == 0x3A || byte == 0x5B || byte == 0x5D
    }
}
