import Synchronization

/// Whether a route's handler is expected to block, from what it did lately.
///
/// The first call that holds its loop is noticed when the stall limit is over. For the next ones nobody waits that
/// long: another thread goes on with the loop at once. A handler that no longer blocks is believed after some calls.
struct BlockingForecast: ~Copyable {
    /// So many calls in a row without blocking, and the route's handler is called on the loop again.
    static let patience: UInt32 = 16
    /// What is worth a change of threads: a futex wake and a switch.
    static let blockingNanoseconds: UInt64 = 5_000_000

    private let left = Atomic<UInt32>(0)
    private let lastComputed = Atomic<Bool>(false)

    /// [any] Read for each request.
    @inline(__always)
    var isBlocking: Bool { left.load(ordering: .relaxed) != 0 }

    /// [any] The handler has held its loop for as long as the stall limit.
    func hasStalled() { left.store(Self.patience, ordering: .relaxed) }

    /// [any] What was seen of the same route in an earlier generation.
    func inherit(_ other: borrowing BlockingForecast) {
        left.store(other.left.load(ordering: .relaxed), ordering: .relaxed)
        lastComputed.store(other.isComputing, ordering: .relaxed)
    }

    /// [any] Whether the last of those calls has used the processor all the time: then the next one does not keep it
    /// from the loops.
    var isComputing: Bool { lastComputed.load(ordering: .relaxed) }

    /// [any] A call has computed until its time was over.
    func hasComputed() { lastComputed.store(true, ordering: .relaxed) }

    /// [any] The handler was called as one that blocks, and has returned.
    func hasReturned(afterNanoseconds time: UInt64, hasComputed: Bool = false) {
        lastComputed.store(hasComputed, ordering: .relaxed)
        // Two threads may do this at once: it is a forecast.
        let now = left.load(ordering: .relaxed)
        left.store(time >= Self.blockingNanoseconds ? Self.patience : now &- min(now, 1), ordering: .relaxed)
    }
}
