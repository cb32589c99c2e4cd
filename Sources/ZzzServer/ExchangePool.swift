/// The exchanges of one worker: made when needed, reused, never freed while the worker lives, so that a handle can be
/// looked up from any thread without a lock.
struct ExchangePool {
    private static let chunkSize = 64
    /// What a handle has room for, and what `capacity` may be at most.
    static let maximumCapacity = 262_144

    /// Pointers to chunks; an entry is written once, before any handle into its chunk exists.
    private let chunks: UnsafeMutablePointer<UnsafeMutablePointer<Unmanaged<Exchange>>?>
    private var made = 0
    private var firstFree: Unmanaged<Exchange>?
    /// Exchanges that are taken.
    private(set) var inUse = 0

    /// How many requests can be in flight on one loop.
    let capacity: Int

    init(capacity: Int) {
        let chunkCount = (min(max(capacity, 1), Self.maximumCapacity) + Self.chunkSize - 1) / Self.chunkSize
        self.capacity = chunkCount * Self.chunkSize
        chunks = .allocate(capacity: chunkCount)
        chunks.initialize(repeating: nil, count: chunkCount)
    }

    /// The end of every exchange, when the worker goes.
    func free() {
        for slot in 0..<made {
            chunks[slot / Self.chunkSize]![slot % Self.chunkSize].release()
        }
        for chunk in 0..<capacity / Self.chunkSize { chunks[chunk]?.deallocate() }
        chunks.deallocate()
    }

    /// [any thread] The exchange in that slot, or nil when there has never been one.
    func exchange(slot: Int) -> Unmanaged<Exchange>? {
        guard slot < capacity, let chunk = chunks[slot / Self.chunkSize] else { return nil }
        let exchange = chunk[slot % Self.chunkSize]
        return exchange
    }

    /// An exchange that nobody uses, or nil when `capacity` are in use.
    @inline(__always)
    mutating func take(worker: Worker) -> Unmanaged<Exchange>? {
        if let exchange = firstFree {
            firstFree = exchange._withUnsafeGuaranteedRef { $0.nextFree }
            inUse &+= 1
            return exchange
        }
        return grow(worker: worker)
    }

    @inline(__always)
    mutating func put(_ exchange: Unmanaged<Exchange>) {
        link(exchange)
        inUse &-= 1
    }

    /// An exchange that goes to no pool again: it counts neither as taken nor as free.
    mutating func giveUp() { inUse &-= 1 }

    @inline(__always)
    private mutating func link(_ exchange: Unmanaged<Exchange>) {
        exchange._withUnsafeGuaranteedRef { $0.nextFree = firstFree }
        firstFree = exchange
    }

    /// Makes a whole chunk, so that every entry of a published chunk is valid.
    @inline(never)
    private mutating func grow(worker: Worker) -> Unmanaged<Exchange>? {
        guard made < capacity else { return nil }
        let chunk = UnsafeMutablePointer<Unmanaged<Exchange>>.allocate(capacity: Self.chunkSize)
        for index in 0..<Self.chunkSize {
            let exchange = Unmanaged.passRetained(Exchange(worker: worker, slot: made + index))
            (chunk + index).initialize(to: exchange)
        }
        chunks[made / Self.chunkSize] = chunk
        made += Self.chunkSize
        for index in (0..<Self.chunkSize).reversed() { link(chunk[index]) }
        return take(worker: worker)
    }
}
