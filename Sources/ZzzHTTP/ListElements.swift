/// The elements of a comma-separated list (RFC 9110 section 5.6.1) of tokens, without the whitespace around them.
///
/// Empty elements are handed out too; quoted strings are not looked for.
@frozen public struct ListElements: IteratorProtocol, Sequence {
    @usableFromInline let bytes: UnsafeRawBufferPointer
    /// Where the next element starts; -1 behind the last one.
    @usableFromInline var offset = 0

    /// Reads `bytes`, which the caller keeps in place while it iterates.
    @inlinable public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    @inlinable public mutating func next() -> UnsafeRawBufferPointer? {
        guard offset >= 0 else { return nil }
        var start = offset
        var end = start
        while end < bytes.count, bytes[end] != 0x2C { end = end &+ 1 }
        offset = end < bytes.count ? end &+ 1 : -1
        while start < end, bytes[start] == 0x20 || bytes[start] == 0x09 { start = start &+ 1 }
        while end > start, bytes[end &- 1] == 0x20 || bytes[end &- 1] == 0x09 { end = end &- 1 }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<end])
    }
}
