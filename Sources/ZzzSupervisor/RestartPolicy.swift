/// When a server process that died is followed by the next one: at once, or later when one after the other dies without
/// having served; and when that is a crash loop. Times are nanoseconds of a monotonic clock.
///
/// Waiting is for what would otherwise start processes without end. A process that has served for half a second has
/// paid for its start, and to follow it later would only make the gap longer.
struct RestartPolicy: Equatable {
    static let second: UInt64 = 1_000_000_000
    /// A process that has served for this long is followed at once, however often it happens.
    static let serviceNanoseconds = second / 2
    /// So many in a row that have served for less are followed at once too.
    static let promptDeaths = 3
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

    /// Deaths in a row of processes that had served for less.
    private var earlyDeaths = 0
    /// Times of the last deaths, oldest first.
    private var deaths: [UInt64] = []
    private(set) var isCrashLoop = false

    /// - Parameter served: for how long it had been ready; nil when it never was.
    mutating func died(servedNanoseconds served: UInt64?, now: UInt64) -> Decision {
        earlyDeaths = (served ?? 0) < Self.serviceNanoseconds ? earlyDeaths + 1 : 0
        deaths.append(now)
        deaths.removeAll { now - $0 > Self.crashLoopWindowNanoseconds }
        if deaths.count > Self.crashLoopDeaths { deaths.removeFirst(deaths.count - Self.crashLoopDeaths) }
        let wasCrashLoop = isCrashLoop
        isCrashLoop = deaths.count >= Self.crashLoopDeaths
        return Decision(delayNanoseconds: delay, beginsCrashLoop: isCrashLoop && !wasCrashLoop)
    }

    /// None for the first three, then 100 ms, and twice as much each time.
    private var delay: UInt64 {
        guard earlyDeaths > Self.promptDeaths else { return 0 }
        let doublings = min(earlyDeaths - Self.promptDeaths - 1, 6)
        return min(Self.firstDelayNanoseconds << UInt64(doublings), Self.longestDelayNanoseconds)
    }
}
