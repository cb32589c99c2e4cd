import CLinux
import ZzzConfig
import ZzzIO
import ZzzLog
import ZzzServer
import ZzzSupervisor

/// Says that this process is alive: to its supervisor, and through it to systemd, or to systemd alone.
///
/// It is said by the main thread, and only while the loops and their monitor go on as well. So a process whose main
/// thread is stuck is silent, and so is one in which the others wait for a lock that a frozen thread holds.
extension Daemon {
    struct Watchdog {
        var timer: TimerID?
        /// How long a loop may be held before it counts as stuck.
        var patienceNanoseconds: UInt64 = 0
        /// It has been said that something is stuck.
        var hasComplained = false
    }

    private static let longestPeriodNanoseconds: UInt64 = 2_000_000_000
    /// The monitor looks four times a second when there is nothing to do.
    private static let leastMonitorPatienceNanoseconds: UInt64 = 1_000_000_000

    /// Begins, or goes on by the configuration that is in force now. On the main loop, or before it runs.
    func feedWatchdog() {
        if let timer = watchdog.timer { _ = loop.cancelTimer(timer) }
        watchdog.timer = nil
        let own = state.withLock { $0.settings.server.watchdog }
        // A process that has begun to end must not ask for it again.
        if stopping == nil { link?.expectPulse(withinMicroseconds: Int64(own.milliseconds) * 1000) }
        var limits = notify?.watchdogInterval.map { [$0.nanoseconds] } ?? []
        if link != nil, own.milliseconds > 0 { limits.append(own.nanoseconds) }
        guard let shortest = limits.min() else { return }
        let period = min(shortest / 4, Self.longestPeriodNanoseconds)
        watchdog.patienceNanoseconds = 2 * period
        watchdog.timer = loop.addTimer(
            after: period, repeating: period, { _, context, _ in Daemon.from(context).tellWhetherAlive() }, context)
    }

    private func tellWhetherAlive() {
        let stuck = stuckParts
        guard stuck.isEmpty else { return complain(stuck.joined(separator: ", ")) }
        watchdog.hasComplained = false
        notify?.watchdog()
    }

    private func complain(_ what: String) {
        link?.reportStuck(what)
        guard !watchdog.hasComplained else { return }
        watchdog.hasComplained = true
        logger.warning("stuck: \(what)")
    }

    /// Each loop that neither waits in its poller nor has begun a turn lately, and the monitor when it does not look.
    private var stuckParts: [String] {
        let now = zzz_linux_monotonic_ns()
        let patience = watchdog.patienceNanoseconds
        var stuck: [String] = []
        for index in 0..<server.loopCount {
            let remote = server.remote(index)
            let last = remote.lastTick
            guard !remote.isPolling, now > last + patience else { continue }
            stuck.append(last == 0 ? "loop \(index) has not begun" : "loop \(index) \(Self.since(last, now))")
        }
        let look = LoopMonitor.shared.lastLook
        if look > 0, now > look + max(patience, Self.leastMonitorPatienceNanoseconds) {
            stuck.append("the loops' monitor \(Self.since(look, now))")
        }
        return stuck
    }

    private static func since(_ last: UInt64, _ now: UInt64) -> String {
        "has not gone on for \((now - last) / 1_000_000) ms"
    }
}
