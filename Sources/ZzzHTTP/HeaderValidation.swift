/// What may go into a field line (RFC 9110 sections 5.1 and 5.5).
public enum HeaderValidation {
    /// Whether `name` is a token: at least one tchar and nothing else.
    @inlinable
    public static func isValidName(_ name: UnsafeRawBufferPointer) -> Bool {
        guard let start = name.baseAddress, name.count > 0 else { return false }
        for offset in 0..<name.count where !ByteClass.isMember(start.byte(offset), of: ByteClass.token) { return false }
        return true
    }

    /// Whether `value` has no CR, LF, NUL or other control character but HTAB. Empty is valid, and so are the
    /// bytes from 0x80 up (obs-text).
    @inlinable
    public static func isValidValue(_ value: UnsafeRawBufferPointer) -> Bool {
        guard let start = value.baseAddress else { return true }
        var offset = 0
        while true {
            offset = Words.firstControl(start, from: offset, to: value.count)
            if offset == value.count { return true }
            if start.byte(offset) != 0x09 { return false }
            offset = offset &+ 1
        }
    }
}
