import Synchronization

/// What threads without the loop have given of a response and the client has not got: they are told to wait, and
/// refused in the end, like writers on the loop. What was taken from them is never dropped later.
struct RemoteWrites: ~Copyable {
    /// The serial of the handle in the upper half, bytes in the lower: a count is never added to the next request.
    private let word = Atomic<UInt64>(0)
    /// What `Exchange.highWaterBytes` is: kept here since only the loop may look at the site.
    private let highWater = Atomic<Int>(0)
    /// Of these bytes, those that the loop has put into the connection's queue. Only the loop uses it.
    private let queued = Atomic<Int>(0)

    /// [loop] Counts anew, for the handle with `serial`.
    @inline(__always)
    func reset(serial: UInt32, highWater: Int) {
        self.highWater.store(highWater, ordering: .relaxed)
        word.store(UInt64(serial) << 32, ordering: .relaxed)
        queued.store(0, ordering: .relaxed)
    }

    /// [any] Counts `count` bytes more, unless too many wait already.
    /// - Returns: whether more than the high-water mark is waiting now; nil when there are too many, or the request has
    ///   ended.
    func add(_ count: Int, serial: UInt32) -> Bool? {
        let mark = highWater.load(ordering: .relaxed)
        var current = word.load(ordering: .relaxed)
        while true {
            let waiting = Int(UInt32(truncatingIfNeeded: current))
            guard current >> 32 == UInt64(serial), waiting <= mark * Exchange.refusedAtHighWaterMarks,
                waiting + count <= Int(UInt32.max)
            else { return nil }
            let (isDone, seen) = word.weakCompareExchange(
                expected: current, desired: current + UInt64(count), ordering: .relaxed)
            if isDone { return waiting + count > mark }
            current = seen
        }
    }

    /// [any] Takes back what was added and is not written.
    func remove(_ count: Int, serial: UInt32) {
        var current = word.load(ordering: .relaxed)
        while current >> 32 == UInt64(serial) {
            let (isDone, seen) = word.weakCompareExchange(
                expected: current, desired: current - UInt64(count), ordering: .relaxed)
            if isDone { return }
            current = seen
        }
    }

    /// [loop] `count` bytes wait in the connection's queue now.
    func noteQueued(_ count: Int) { queued.add(count, ordering: .relaxed) }

    /// [loop] The connection's queue is empty.
    @inline(__always)
    func noteDrained() {
        let count = queued.load(ordering: .relaxed)
        guard count > 0 else { return }
        queued.store(0, ordering: .relaxed)
        word.subtract(UInt64(count), ordering: .relaxed)
    }
}
