/// A growing block of bytes that JSON is written to. Reuse one for many values: `removeAll` keeps the memory.
///
/// Belongs to one thread at a time.
public final class JSONBuffer {
    // Unchecked: no access to these is ever open while this class calls out, and the check costs a third of an
    // encoding.
    @exclusivity(unchecked) private var memory: UnsafeMutablePointer<UInt8>
    @exclusivity(unchecked) private var capacity: Int
    /// How many bytes were written.
    @exclusivity(unchecked) public private(set) var count = 0

    public init(capacity: Int = 256) {
        self.capacity = max(capacity, 64)
        memory = .allocate(capacity: self.capacity)
    }

    deinit {
        memory.deallocate()
    }

    /// What was written. Valid until the next change of this buffer.
    public var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: memory, count: count)
    }

    /// Forgets what was written and keeps the memory.
    public func removeAll() {
        count = 0
    }

    /// Forgets what was written beyond the first `newCount` bytes.
    func truncate(to newCount: Int) {
        precondition(newCount <= count)
        count = newCount
    }

    /// Writes at most `maximumCount` bytes in place; `body` returns how many it wrote.
    @inline(__always)
    func append(maximumCount: Int, _ body: (UnsafeMutablePointer<UInt8>) -> Int) {
        if capacity &- count < maximumCount { grow(by: maximumCount) }
        count &+= body(memory + count)
    }

    @inline(__always)
    func append(_ byte: UInt8) {
        append(maximumCount: 1) {
            $0.pointee = byte
            return 1
        }
    }

    @inline(__always)
    func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends raw bytes.
    public func append(_ bytes: UnsafeRawBufferPointer) {
        append(maximumCount: bytes.count) { target in
            UnsafeMutableRawBufferPointer(start: target, count: bytes.count).copyMemory(from: bytes)
            return bytes.count
        }
    }

    /// Puts the given ranges, in their order, in place of everything from `start` on.
    func rearrange(from start: Int, _ ranges: [Range<Int>], separatedBy separator: [UInt8]) {
        let old = Array(UnsafeRawBufferPointer(start: memory + start, count: count - start))
        count = start
        for (position, range) in ranges.enumerated() {
            if position > 0 { separator.withUnsafeBytes { append($0) } }
            let moved = range.lowerBound - start..<range.upperBound - start
            old.withUnsafeBytes { append(UnsafeRawBufferPointer(rebasing: $0[moved])) }
        }
    }

    @inline(never)
    private func grow(by additionalCount: Int) {
        let newCapacity = max(capacity * 2, count + additionalCount)
        let newMemory = UnsafeMutablePointer<UInt8>.allocate(capacity: newCapacity)
        newMemory.update(from: memory, count: count)
        memory.deallocate()
        memory = newMemory
        capacity = newCapacity
    }
}
