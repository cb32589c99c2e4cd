/// One "name=value" of a query, still encoded: `PercentDecoding` with `plusIsSpace` makes it text.
@frozen public struct QueryPair {
    /// The bytes before the first "=".
    public let name: UnsafeRawBufferPointer
    /// The bytes behind the first "="; empty when there is none.
    public let value: UnsafeRawBufferPointer
    /// Whether there is a "=".
    public let hasValue: Bool

    @inlinable
    init(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, hasValue: Bool) {
        self.name = name
        self.value = value
        self.hasValue = hasValue
    }
}

/// The pairs of a query or form body, "a=1&b=2" (WHATWG URL section 5.1), as slices of its bytes. Empty pieces, as in
/// "a=1&&b=2", are passed over.
@frozen public struct QueryPairs: IteratorProtocol, Sequence {
    @usableFromInline let bytes: UnsafeRawBufferPointer
    @usableFromInline var offset = 0

    /// Reads `bytes`, which the caller keeps in place while it uses the pairs.
    @inlinable public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    @inlinable public mutating func next() -> QueryPair? {
        while offset < bytes.count {
            let start = offset
            var equals = -1
            while offset < bytes.count, bytes[offset] != 0x26 {
                if equals < 0, bytes[offset] == 0x3D { equals = offset }
                offset = offset &+ 1
            }
            let end = offset
            offset = offset &+ 1
            if start == end { continue }
            return QueryPair(
                name: slice(start, equals < 0 ? end : equals), value: slice(equals < 0 ? end : equals &+ 1, end),
                hasValue: equals >= 0)
        }
        return nil
    }

    @inlinable @inline(__always)
    func slice(_ start: Int, _ end: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[start..<end])
    }
}
