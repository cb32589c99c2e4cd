@usableFromInline
enum Hexadecimal {
    /// The value of a byte that is HEXDIG.
    @inlinable @inline(__always)
    static func value(_ byte: UInt8) -> UInt8 { byte < 0x3A ? byte &- 0x30 : (byte | 0x20) &- 0x57 }
}
