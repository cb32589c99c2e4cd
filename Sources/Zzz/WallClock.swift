import Glibc

/// Where the time of day is read, for what is dated or carries its own end: a test's own, or the system's.
struct WallClock: Sendable {
    /// Nanoseconds since 1970.
    let nanoseconds: @Sendable () -> Int64

    /// Seconds since 1970.
    var seconds: Int64 { nanoseconds() / 1_000_000_000 }

    /// The second that is so much later.
    func seconds(after duration: Duration) -> Int64 { seconds + duration.boundedSeconds }

    /// clock_gettime(2).
    static let system = WallClock {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
