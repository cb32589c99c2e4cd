import Glibc

/// A moment until which is waited.
struct Deadline: Sendable {
    private let end: ContinuousClock.Instant

    init(_ duration: Duration) { end = .now + duration }

    var isOver: Bool { ContinuousClock.now >= end }

    /// What is left, for poll(2): in milliseconds, rounded up.
    var milliseconds: Int32 {
        let left = ContinuousClock.now.duration(to: end)
        guard left > .zero else { return 0 }
        let (seconds, attoseconds) = left.components
        return Int32(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1)
    }
}
