/// How long a server process has been silent that should say all the time that it is alive. Times are nanoseconds of a
/// monotonic clock.
///
/// Silence counts only as far as this process was there to hear it: what is longer than one look apart is time in which
/// it was not scheduled itself, or the machine slept, and the server process most likely had the same fate.
struct Pulse: Equatable {
    /// A configuration that is being reloaded may hold up everything for this long.
    static let reloadNanoseconds: UInt64 = 300_000_000_000
    /// From SIGABRT to SIGKILL.
    static let abortNanoseconds: UInt64 = 2_000_000_000
    private static let longestStepNanoseconds: UInt64 = 5_000_000_000

    enum Finding: Equatable {
        case nothing
        case hung
        /// It has been aborted, and has not ended.
        case isStillThere
    }

    /// How long it may be silent.
    let intervalNanoseconds: UInt64
    /// What it last said was wrong with it; nil since it has been alive again.
    private(set) var complaint: String?
    private(set) var isReloading = false
    private(set) var isAborted = false
    private var silence: UInt64 = 0
    private var lookedAt: UInt64
    /// When an aborted process is killed.
    private var killAt = UInt64.max

    init(intervalNanoseconds: UInt64, now: UInt64) {
        self.intervalNanoseconds = intervalNanoseconds
        lookedAt = now
    }

    private var limit: UInt64 {
        isReloading ? max(intervalNanoseconds, Self.reloadNanoseconds) : intervalNanoseconds
    }

    private var step: UInt64 { min(max(intervalNanoseconds / 4, 1), Self.longestStepNanoseconds) }

    /// When `look` has something to do.
    var nextLook: UInt64 {
        isAborted ? killAt : lookedAt + min(step, limit - min(silence, limit))
    }

    // MARK: What it says

    /// It is ready: from here on it is expected to speak.
    mutating func begin(now: UInt64) {
        isReloading = false
        beat(now: now)
    }

    mutating func beat(now: UInt64) {
        silence = 0
        lookedAt = now
        complaint = nil
    }

    /// It speaks, but something in it does not go on.
    mutating func complain(_ what: String) { complaint = what }

    mutating func beginReload() { isReloading = true }

    // MARK: Looking

    mutating func look(now: UInt64) -> Finding {
        if isAborted {
            guard now >= killAt else { return .nothing }
            killAt = .max
            return .isStillThere
        }
        guard now >= nextLook else { return .nothing }
        silence += min(now - lookedAt, step)
        lookedAt = now
        guard silence >= limit else { return .nothing }
        isAborted = true
        killAt = now + Self.abortNanoseconds
        return .hung
    }
}
