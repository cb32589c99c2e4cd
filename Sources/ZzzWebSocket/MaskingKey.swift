/// The key with which a client masks the payload of one frame (RFC 6455 section 5.3).
@frozen public struct MaskingKey: Sendable, Equatable {
    /// The four bytes as they lie in memory.
    @usableFromInline let word: UInt32

    /// A key of random bits, which only a client needs.
    @inlinable public init(word: UInt32) { self.word = word }

    @inlinable init(_ bytes: UnsafeRawBufferPointer) {
        word = bytes.loadUnaligned(as: UInt32.self)
    }

    /// Masks `bytes` in place, or unmasks them, which is the same.
    /// - Parameter offset: where in the frame's payload they are.
    @inlinable public func apply(to bytes: UnsafeMutableRawBufferPointer, offset: Int) {
        // In memory order, so that the first byte of the rotated key belongs to the first byte of `bytes`.
        let shift = UInt32(offset & 3) &* 8
        let rotated = UInt64(shift == 0 ? word : (word &>> shift) | (word &<< (32 &- shift)))
        let wide = rotated | rotated &<< 32
        guard var cursor = bytes.baseAddress else { return }
        let end = cursor + bytes.count
        while end - cursor >= 8 {
            cursor.storeBytes(of: cursor.loadUnaligned(as: UInt64.self) ^ wide, as: UInt64.self)
            cursor += 8
        }
        var rest = wide
        while cursor < end {
            cursor.storeBytes(of: cursor.load(as: UInt8.self) ^ UInt8(truncatingIfNeeded: rest), as: UInt8.self)
            rest &>>= 8
            cursor += 1
        }
    }
}
