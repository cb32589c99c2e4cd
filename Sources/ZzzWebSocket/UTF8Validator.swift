/// Checks UTF-8 as it comes, cut anywhere (RFC 3629 section 4): overlong forms, surrogates and what is beyond U+10FFFF
/// are refused with the first byte that makes them so.
@frozen public struct UTF8Validator: Sendable {
    /// Continuation bytes that are still to come.
    @usableFromInline var needed: UInt8 = 0
    /// What the next one may be.
    @usableFromInline var lowest: UInt8 = 0x80
    @usableFromInline var highest: UInt8 = 0xBF

    @inlinable public init() {}

    /// Whether no character is cut off.
    @inlinable public var isComplete: Bool { needed == 0 }

    /// False when `bytes`, behind what came before, are no UTF-8.
    @inlinable public mutating func accepts(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var offset = 0
        let count = bytes.count
        while offset < count {
            if needed == 0 {
                while count &- offset >= 8,
                    bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
                { offset = offset &+ 8 }
                guard offset < count else { return true }
            }
            guard accepts(bytes[offset]) else { return false }
            offset = offset &+ 1
        }
        return true
    }

    @usableFromInline mutating func accepts(_ byte: UInt8) -> Bool {
        if needed > 0 {
            guard byte >= lowest, byte <= highest else { return false }
            needed -= 1
            lowest = 0x80
            highest = 0xBF
            return true
        }
        switch byte {
        case 0x00...0x7F: return true
        case 0xC2...0xDF: needed = 1
        case 0xE0: (needed, lowest) = (2, 0xA0)
        case 0xED: (needed, highest) = (2, 0x9F)
        case 0xE1...0xEF: needed = 2
        case 0xF0: (needed, lowest) = (3, 0x90)
        case 0xF4: (needed, highest) = (3, 0x8F)
        case 0xF1...0xF3: needed = 3
        default: return false
        }
        return true
    }
}
