import Glibc

/// Where the SDK reads the time of day: the system's, or, for what carries its own end, a test's own.
struct WallClock: Sendable {
    /// Seconds since 1970-01-01.
    let seconds: @Sendable () -> Int64

    /// The second that is so much later.
    func seconds(after duration: Duration) -> Int64 { seconds() + duration.boundedSeconds }

    static let system = WallClock { nanoseconds / 1_000_000_000 }

    /// Nanoseconds since 1970-01-01 (clock_gettime(2)).
    static var nanoseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
