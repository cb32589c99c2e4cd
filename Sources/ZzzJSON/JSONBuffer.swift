/// A growing block of bytes that JSON is written to. What goes wrong half way is taken back with `truncate`.
struct JSONBuffer: ~Copyable {
    /// How many bytes beyond the announced ones may be scribbled on, so that words can be stored whole.
    static let slack = 48
    /// What `removeAll` keeps at most.
    private static let keptCapacity = 16384

    // Owned.
    private var memory: UnsafeMutableRawPointer
    private var capacity: Int
    /// How many bytes were written.
    private(set) var count = 0

    init() {
        capacity = 1024
        memory = .allocate(byteCount: capacity, alignment: 1)
    }

    deinit {
        memory.deallocate()
    }

    /// What was written. Valid until the next change of this buffer.
    var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: memory, count: count)
    }

    /// Forgets what was written and keeps the memory, if it is not much.
    mutating func removeAll() {
        if capacity > Self.keptCapacity { self = JSONBuffer() }
        count = 0
    }

    /// Forgets what was written beyond the first `newCount` bytes.
    mutating func truncate(to newCount: Int) {
        precondition(newCount <= count)
        count = newCount
    }

    /// Where the next byte goes, with room for `byteCount` of them and the slack. `commit` says how many were written.
    @inline(__always)
    mutating func reserve(_ byteCount: Int) -> UnsafeMutableRawPointer {
        if capacity &- count < byteCount &+ Self.slack { grow(by: byteCount &+ Self.slack) }
        return memory + count
    }

    @inline(__always)
    mutating func commit(_ byteCount: Int) {
        count &+= byteCount
    }

    /// The same, for a pointer that went on from what `reserve` returned.
    @inline(__always)
    mutating func commit(to end: UnsafeMutableRawPointer) {
        count = end - memory
    }

    @inline(__always)
    mutating func append(byte: UInt8) {
        reserve(1).storeBytes(of: byte, as: UInt8.self)
        commit(1)
    }

    /// Appends at most eight bytes, the first one in the lowest bits of `word`.
    @inline(__always)
    mutating func append(word: UInt64, count: Int) {
        reserve(8).storeBytes(of: word, as: UInt64.self)
        commit(count)
    }

    @inline(__always)
    mutating func append(_ name: JSONNameCache.Name) {
        let target = reserve(MemoryLayout.size(ofValue: name.words))
        target.storeBytes(of: name.words.0, as: UInt64.self)
        target.storeBytes(of: name.words.1, toByteOffset: 8, as: UInt64.self)
        target.storeBytes(of: name.words.2, toByteOffset: 16, as: UInt64.self)
        commit(name.count)
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        reserve(bytes.count).copyMemory(from: start, byteCount: bytes.count)
        commit(bytes.count)
    }

    /// Puts the given ranges, in their order, in place of everything from `start` on.
    mutating func rearrange(from start: Int, _ ranges: [Range<Int>], separatedBy separator: [UInt8]) {
        let old = Array(UnsafeRawBufferPointer(rebasing: bytes[start...]))
        count = start
        for (position, range) in ranges.enumerated() {
            if position > 0 { separator.withUnsafeBytes { append($0) } }
            let moved = range.lowerBound - start..<range.upperBound - start
            old.withUnsafeBytes { append(UnsafeRawBufferPointer(rebasing: $0[moved])) }
        }
    }

    @inline(never)
    private mutating func grow(by additionalCount: Int) {
        capacity = max(capacity * 2, count + additionalCount)
        let newMemory = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 1)
        newMemory.copyMemory(from: memory, byteCount: count)
        memory.deallocate()
        memory = newMemory
    }
}
