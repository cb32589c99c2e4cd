import Glibc

/// Where the SDK reads the time of day, for what carries its own end: a test's own, or the system's.
struct WallClock: Sendable {
    /// Seconds since 1970-01-01.
    let seconds: @Sendable () -> Int64

    /// The second that is so much later.
    func seconds(after duration: Duration) -> Int64 { seconds() + duration.boundedSeconds }

    static let system = WallClock {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec)
    }
}
