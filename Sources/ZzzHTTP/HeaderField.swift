/// One field line (RFC 9110 section 5): where its name and value are, in bytes from the start of the head.
///
/// It holds offsets, not pointers, so it stays valid when the buffer moves. The value comes without the
/// whitespace around it.
@frozen public struct HeaderField: Sendable, Equatable {
    /// Bytes from the start of the head to the name.
    public var nameOffset: UInt32
    /// Bytes from the start of the head to the value.
    public var valueOffset: UInt32
    /// Bytes of the value; 0 when it is empty.
    public var valueLength: UInt32
    /// Bytes of the name, at least 1.
    public var nameLength: UInt16
    /// Which field it is, when the parser knows its name.
    public var known: KnownHeader

    @inlinable
    public init(
        nameOffset: UInt32 = 0, nameLength: UInt16 = 0, valueOffset: UInt32 = 0, valueLength: UInt32 = 0,
        known: KnownHeader = .other
    ) {
        self.nameOffset = nameOffset
        self.valueOffset = valueOffset
        self.valueLength = valueLength
        self.nameLength = nameLength
        self.known = known
    }

    /// The name's bytes, as received, in the head that starts at `head`.
    @inlinable @inline(__always)
    public func name(in head: UnsafeRawPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: head + Int(nameOffset), count: Int(nameLength))
    }

    /// The value's bytes in the head that starts at `head`.
    @inlinable @inline(__always)
    public func value(in head: UnsafeRawPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: head + Int(valueOffset), count: Int(valueLength))
    }
}
