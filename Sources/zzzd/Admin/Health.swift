import CLinux
import ZzzControl
import ZzzHost
import ZzzIO

/// What /livez and /readyz answer.
extension Daemon {
    /// How long a loop may go without a turn before the daemon does not count as alive, in nanoseconds.
    private static let stuckNanoseconds: UInt64 = 5_000_000_000

    /// Alive: the main loop and every loop go around. Whoever restarts a daemon for this loses its connections, so
    /// nothing that an app does wrong counts, unless it holds a loop.
    func liveness() -> AdminPage.Answer {
        var stuck: [String] = []
        // Until the apps are loaded the main loop has not begun.
        let hasStarted = state.withLock { $0.phase } != .starting
        if hasStarted, let silence = silence(of: loop.remote) { stuck.append("main loop: no turn for \(silence) s") }
        for index in 0..<server.loopCount {
            guard let silence = silence(of: server.remote(index)) else { continue }
            stuck.append("loop \(index): no turn for \(silence) s")
        }
        return stuck.isEmpty ? .init("ok\n") : .init(503, stuck.map { $0 + "\n" }.joined())
    }

    /// The whole seconds since a loop's last turn, when it neither waits for events nor has had one lately.
    private func silence(of remote: LoopRemote) -> UInt64? {
        let (now, last) = (zzz_linux_monotonic_ns(), remote.lastTick)
        guard !remote.isPolling, last > 0, now > last + Self.stuckNanoseconds else { return nil }
        return (now - last) / 1_000_000_000
    }

    /// Ready: started, and not draining. An app that does not run is named, and takes no daemon with other apps out of
    /// rotation: who balances requests for one app asks with `?app=NAME`.
    func readiness(query: String) -> AdminPage.Answer {
        if let reason = unreadiness { return .init(503, reason + "\n") }
        let reports = appReports
        if let name = query.split(separator: "&").first(where: { $0.hasPrefix("app=") })?.dropFirst(4) {
            guard let app = reports.first(where: { $0.name == name }) else { return .init(404, "no such app\n") }
            return .init(app.state == .running ? 200 : 503, Self.line(app))
        }
        let broken = reports.filter { $0.state != .running && $0.state != .unloaded }
        return .init("ready\n" + broken.map(Self.line).joined())
    }

    /// Why the daemon takes no requests; nil when it does.
    var unreadiness: String? {
        switch state.withLock({ $0.phase }) {
        case .starting: "starting"
        case .stopping: "draining"
        case .running, .reloading: nil
        }
    }

    private static func line(_ app: AppReport) -> String {
        "app \(app.name): \(app.state.rawValue)\n"
    }
}
