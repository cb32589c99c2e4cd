import Synchronization

/// What all requests of one generation share.
final class SharedState: Sendable {
    private let count = Mutex(0)
    private let cancelled = Atomic(0)

    /// Waits for the lock: forever, once `lockAndTrap` has kept it.
    @inline(never)
    func lock() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }

    /// Why a generation that trapped is replaced: the thread that holds the lock never comes back.
    @inline(never)
    func lockAndTrap(_ number: Int) -> Int {
        count.withLock { $0 + trapIndex(number) }
    }

    /// How many handlers have been told that nobody waits for them any more.
    var cancellations: Int { cancelled.load(ordering: .relaxed) }

    func noteCancellation() { cancelled.add(1, ordering: .relaxed) }
}
