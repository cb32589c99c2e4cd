import Glibc

/// Where middleware reads the time: a test's own, or the system's.
struct MonotonicClock: Sendable {
    /// Nanoseconds since whenever, never going back.
    let nanoseconds: @Sendable () -> UInt64

    /// clock_gettime(2): unlike the loop's time, it goes on within a turn.
    static let system = MonotonicClock {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// The time of the kernel's last tick, at most 10 ms ago, for a fraction of the price.
    static let coarse = MonotonicClock {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
