import Glibc

/// The header of a piece of memory that passes through a loop: a read buffer, or a link of a stream's output. One type
/// for all, so that a block that was read into can be written from next, still warm.
///
/// A block belongs to exactly one of: the pool's free list, a chain, io_uring's ring, or (as `ReadBuffer`) its
/// receiver.
struct Block {
    enum Kind: UInt8 {
        /// `capacity` bytes follow the header; goes back to the pool.
        case pooled
        /// The same, with `smallBytes`.
        case small
        /// The same, of a size of its own; freed after use.
        case heap
        /// A pooled one with bytes that are sent as they are, behind which nothing is written.
        case sealed
        /// Foreign memory at `data`; `release(context)` gives it back.
        case external
        /// The bytes `start..<end` of the file `fd`, which `context != nil` has closed afterwards.
        case file
    }

    typealias Pointer = UnsafeMutablePointer<Block>

    var next: Pointer?
    var data: UnsafeMutableRawPointer
    /// The bytes that wait to be written: `start..<end` from `data`.
    var start: Int
    var end: Int
    var capacity: Int
    var kind: Kind
    var fd: Int32
    var release: (@convention(c) (UnsafeMutableRawPointer?) -> Void)?
    var context: UnsafeMutableRawPointer?

    /// The header's size; the bytes behind it stay aligned to a cache line.
    static var headerBytes: Int { 64 }
    /// What a small block holds: with its header a quarter of a page.
    static var smallBytes: Int { 1024 - headerBytes }

    @inline(never)
    static func allocate(kind: Kind, bytes: Int) -> Pointer {
        make(at: .allocate(byteCount: headerBytes + bytes, alignment: 64), kind: kind, bytes: bytes)
    }

    /// A block in pages of its own, for `unmap`; nil when memory is short.
    static func map(bytes: Int) -> Pointer? {
        let memory = mmap(nil, headerBytes + bytes, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, -1, 0)
        guard let memory, memory != MAP_FAILED else { return nil }
        return make(at: memory, kind: .pooled, bytes: bytes)
    }

    static func unmap(_ block: Pointer) {
        let bytes = headerBytes + block.pointee.capacity
        munmap(block, bytes)
    }

    private static func make(at raw: UnsafeMutableRawPointer, kind: Kind, bytes: Int) -> Pointer {
        let block = raw.bindMemory(to: Block.self, capacity: 1)
        block.initialize(
            to: Block(
                next: nil, data: raw + headerBytes, start: 0, end: 0, capacity: bytes, kind: kind, fd: -1,
                release: nil, context: nil))
        return block
    }

    @inline(__always)
    static func of(dataAt base: UnsafeMutableRawPointer) -> Pointer {
        (base - headerBytes).assumingMemoryBound(to: Block.self)
    }
}

/// A loop's free blocks: last in, first out. They are listed in an array rather than chained through themselves, so
/// that a read does not touch its block's header.
struct BlockPool {
    private let free: UnsafeMutablePointer<Block.Pointer>
    private(set) var freeCount = 0
    private let maxFree: Int
    private let freeSmall: UnsafeMutablePointer<Block.Pointer>
    private(set) var freeSmallCount = 0
    private let maxFreeSmall: Int
    let dataBytes: Int

    init(dataBytes: Int, maxFree: Int, maxFreeSmall: Int) {
        precondition(MemoryLayout<Block>.size <= Block.headerBytes)
        self.dataBytes = dataBytes
        self.maxFree = maxFree
        free = .allocate(capacity: max(maxFree, 1))
        self.maxFreeSmall = maxFreeSmall
        freeSmall = .allocate(capacity: max(maxFreeSmall, 1))
    }

    /// A pooled block, with nothing in it.
    @inline(__always)
    mutating func take() -> Block.Pointer {
        if _slowPath(freeCount == 0) { return Block.allocate(kind: .pooled, bytes: dataBytes) }
        freeCount &-= 1
        return free[freeCount]
    }

    /// A small block, with nothing in it.
    @inline(__always)
    mutating func takeSmall() -> Block.Pointer {
        if _slowPath(freeSmallCount == 0) { return Block.allocate(kind: .small, bytes: Block.smallBytes) }
        freeSmallCount &-= 1
        let block = freeSmall[freeSmallCount]
        block.pointee.start = 0
        block.pointee.end = 0
        return block
    }

    /// A block for at least `bytes`.
    @inline(__always)
    mutating func take(atLeast bytes: Int) -> Block.Pointer {
        _fastPath(bytes <= dataBytes) ? take() : Block.allocate(kind: .heap, bytes: bytes)
    }

    /// Takes back any block.
    @inline(__always)
    mutating func give(_ block: Block.Pointer) {
        switch block.pointee.kind {
        case .pooled: givePooled(block)
        case .small: giveSmall(block)
        case .sealed, .heap, .external, .file: giveRarely(block)
        }
    }

    @inline(never)
    private mutating func giveRarely(_ block: Block.Pointer) {
        guard block.pointee.kind == .sealed else { return BlockPool.dispose(block) }
        block.pointee.kind = .pooled
        block.pointee.capacity = dataBytes
        givePooled(block)
    }

    /// Takes back a block of the kind `pooled`.
    @inline(__always)
    mutating func givePooled(_ block: Block.Pointer) {
        if _slowPath(freeCount >= maxFree) { return BlockPool.dispose(block) }
        free[freeCount] = block
        freeCount &+= 1
    }

    @inline(__always)
    private mutating func giveSmall(_ block: Block.Pointer) {
        if _slowPath(freeSmallCount >= maxFreeSmall) { return BlockPool.dispose(block) }
        freeSmall[freeSmallCount] = block
        freeSmallCount &+= 1
    }

    @inline(never)
    private static func dispose(_ block: Block.Pointer) {
        switch block.pointee.kind {
        case .pooled, .small, .sealed, .heap: break
        case .external: block.pointee.release?(block.pointee.context)
        case .file: if block.pointee.context != nil { close(block.pointee.fd) }
        }
        UnsafeMutableRawPointer(block).deallocate()
    }

    /// Frees the free blocks, and the list of them. The pool is of no use afterwards.
    mutating func tearDown() {
        while freeCount > 0 { BlockPool.dispose(take()) }
        free.deallocate()
        while freeSmallCount > 0 { BlockPool.dispose(takeSmall()) }
        freeSmall.deallocate()
    }
}

/// Blocks in the order in which they are to be written.
struct BlockChain {
    var head: Block.Pointer?
    var tail: Block.Pointer?
    /// Bytes that wait, files included.
    var count = 0

    @inline(__always)
    var isEmpty: Bool { head == nil }

    /// Room for at least `minimum` bytes at the end.
    @inline(__always)
    mutating func reserve(_ minimum: Int, _ pool: UnsafeMutablePointer<BlockPool>) -> UnsafeMutableRawPointer {
        if let tail, tail.pointee.capacity - tail.pointee.end >= minimum {
            return tail.pointee.data + tail.pointee.end
        }
        let block = pool.pointee.take(atLeast: minimum)
        block.pointee.start = 0
        block.pointee.end = 0
        append(block)
        return block.pointee.data
    }

    /// The bytes at the end of what `reserve` gave that are free.
    @inline(__always)
    var tailRoom: Int {
        guard let tail else { return 0 }
        return tail.pointee.capacity - tail.pointee.end
    }

    @inline(__always)
    mutating func commit(_ bytes: Int) {
        tail.unsafelyUnwrapped.pointee.end += bytes
        count += bytes
    }

    @inline(__always)
    mutating func append(_ block: Block.Pointer) {
        block.pointee.next = nil
        if let tail { tail.pointee.next = block } else { head = block }
        tail = block
    }

    /// Takes the first block off and gives it back.
    @inline(__always)
    mutating func dropHead(_ pool: UnsafeMutablePointer<BlockPool>) {
        let block = head.unsafelyUnwrapped
        head = block.pointee.next
        if head == nil { tail = nil }
        pool.pointee.give(block)
    }

    /// Marks the first `bytes` as written.
    @inline(__always)
    mutating func consume(_ bytes: Int, _ pool: UnsafeMutablePointer<BlockPool>) {
        var left = bytes
        count -= bytes
        while let block = head {
            let size = block.pointee.end - block.pointee.start
            if size > left {
                block.pointee.start += left
                return
            }
            left -= size
            dropHead(pool)
            if left == 0 { return }
        }
    }

    mutating func removeAll(_ pool: UnsafeMutablePointer<BlockPool>) {
        while head != nil { dropHead(pool) }
        count = 0
    }
}
