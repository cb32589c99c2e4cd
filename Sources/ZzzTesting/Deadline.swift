import Glibc

/// A moment until which is waited.
struct Deadline: Sendable {
    private let end: ContinuousClock.Instant

    init(_ duration: Duration) { end = .now + duration }

    var isOver: Bool { ContinuousClock.now >= end }

    var left: Duration { max(.zero, ContinuousClock.now.duration(to: end)) }

    /// What is left, for poll(2): in milliseconds, rounded up.
    var milliseconds: Int32 {
        let left = ContinuousClock.now.duration(to: end)
        return left > .zero ? Int32(clamping: left.wholeMilliseconds + 1) : 0
    }
}

extension Duration {
    /// Rounded down; 0 for less than none.
    var wholeMilliseconds: UInt64 {
        let (seconds, attoseconds) = components
        return UInt64(clamping: seconds) * 1000 + UInt64(clamping: attoseconds / 1_000_000_000_000_000)
    }
}
