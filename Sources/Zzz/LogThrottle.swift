import Synchronization

/// Lets a record through once a minute, so that clients cannot fill the log.
final class LogThrottle: Sendable {
    private let lastSecond = Atomic<Int64>(.min)
    private let heldBack = Atomic<Int>(0)

    /// How many records were held back since the last one, if this one may be written; nil if it may not.
    func pass(nowSeconds: Int64) -> Int? {
        let last = lastSecond.load(ordering: .relaxed)
        // Of several threads at the same time, one wins.
        guard last == .min || nowSeconds < last || nowSeconds - last >= 60,
            lastSecond.compareExchange(expected: last, desired: nowSeconds, ordering: .relaxed).exchanged
        else {
            heldBack.add(1, ordering: .relaxed)
            return nil
        }
        return heldBack.exchange(0, ordering: .relaxed)
    }
}
