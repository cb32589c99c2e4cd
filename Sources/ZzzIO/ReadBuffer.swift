/// Bytes that arrived, in a buffer of the loop's. Whoever gets one owns it until `Loop.recycle`.
///
/// The first `count` of `capacity` bytes at `base` are filled. The memory belongs to the loop's pool (or to its ring)
/// and is neither moved nor read by the loop while it is out.
public struct ReadBuffer {
    /// The first byte.
    public let base: UnsafeMutableRawPointer
    /// Bytes that are filled.
    public let count: Int
    /// Bytes that fit.
    public let capacity: Int
    /// The loop's: the number of a provided buffer of io_uring, or -1.
    public let id: Int

    @inlinable
    init(base: UnsafeMutableRawPointer, count: Int, capacity: Int, id: Int) {
        self.base = base
        self.count = count
        self.capacity = capacity
        self.id = id
    }

    /// The same buffer with its first `count` bytes filled.
    @inlinable
    public func filled(_ count: Int) -> ReadBuffer { ReadBuffer(base: base, count: count, capacity: capacity, id: id) }

    /// The filled bytes. Valid until the buffer is recycled.
    @inlinable
    public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }
}
