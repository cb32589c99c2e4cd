/// When a server process that died is followed by the next one: at once, or later when they die young; and when that is
/// a crash loop. Times are nanoseconds of a monotonic clock.
struct RestartPolicy: Equatable {
    static let second: UInt64 = 1_000_000_000
    /// A process that has lived this long has not died young.
    static let youthNanoseconds = 10 * second
    static let firstDelayNanoseconds = second / 10
    static let longestDelayNanoseconds = 5 * second
    /// So many deaths within the window are a crash loop.
    static let crashLoopDeaths = 5
    static let crashLoopWindowNanoseconds = 60 * second

    /// What to do about a death.
    struct Decision: Equatable {
        var delayNanoseconds: UInt64
        /// This death makes it a crash loop: to be said once.
        var beginsCrashLoop: Bool
    }

    /// Deaths of young processes in a row.
    private var youngDeaths = 0
    /// Times of the last deaths, oldest first.
    private var deaths: [UInt64] = []
    private(set) var isCrashLoop = false

    mutating func died(startedAt: UInt64, now: UInt64) -> Decision {
        youngDeaths = now - startedAt < Self.youthNanoseconds ? youngDeaths + 1 : 0
        deaths.append(now)
        deaths.removeAll { now - $0 > Self.crashLoopWindowNanoseconds }
        if deaths.count > Self.crashLoopDeaths { deaths.removeFirst(deaths.count - Self.crashLoopDeaths) }
        let wasCrashLoop = isCrashLoop
        isCrashLoop = deaths.count >= Self.crashLoopDeaths
        return Decision(delayNanoseconds: delay, beginsCrashLoop: isCrashLoop && !wasCrashLoop)
    }

    /// None for the first, then 100 ms, and twice as much each time.
    private var delay: UInt64 {
        guard youngDeaths > 1 else { return 0 }
        let doublings = min(youngDeaths - 2, 6)
        return min(Self.firstDelayNanoseconds << UInt64(doublings), Self.longestDelayNanoseconds)
    }
}
