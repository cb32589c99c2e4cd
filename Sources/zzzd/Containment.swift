import ZzzControl

/// What taking loops over from apps and containing their faults has come to: for the status, the metrics and health.
struct Containment: Sendable {
    struct Loop: Sendable {
        var handOffs: UInt64 = 0
        var longestStallNanoseconds: UInt64 = 0
    }

    /// By the loop's index.
    var loops: [Int: Loop] = [:]
    var threads = ThreadsReport()
    /// Faults that belong to no route (jobs, timers, loading), by app; those of routes are in `RouteActivity`.
    var otherTraps: [String: UInt64] = [:]
    /// The apps that are out of service.
    var quarantines: [String: AppReport.Quarantine] = [:]
}

extension Daemon {
    /// The figures now. Nothing takes loops over or contains faults yet, so nothing has been.
    var containment: Containment {
        var figures = Containment()
        figures.threads.running = server.loopCount
        figures.threads.limit = state.withLock { $0.settings.server.appThreads }
        return figures
    }
}

/// Where the reports of faults are kept.
protocol CrashLog: Sendable {
    /// The latest ones, newest last, at most `CrashesReport.limit`; of one app, or of all.
    func latest(app: String?) -> [CrashReport]
}

/// A log of faults that nobody writes.
struct EmptyCrashLog: CrashLog {
    func latest(app: String?) -> [CrashReport] { [] }
}
