import Synchronization
import ZzzControl

/// A daemon without a daemon: it knows the app `blog`, and remembers what it was asked.
final class FakeService: ControlService, Sendable {
    private let calls = Mutex<[String]>([])

    /// The commands it was asked for, with their arguments.
    var asked: [String] { calls.withLock { $0 } }

    private func note(_ call: String) {
        calls.withLock { $0.append(call) }
    }

    static let report: StatusReport = {
        var blog = AppReport(name: "blog", file: "/var/lib/zzz/apps/blog.so", state: .running, mount: "/")
        blog.version = "1.2"
        blog.runtime = "swift 6.3"
        blog.generation = 3
        blog.hosts = ["blog.example"]
        blog.routes = 4
        blog.requests = 120
        blog.errors = 2
        blog.inFlight = 1
        blog.loadedAt = Timestamp(secondsSince1970: 1_795_300_000)
        blog.previousGeneration = 2
        blog.drainingGenerations = [
            AppReport.Draining(
                generation: 2, version: "1.1", inFlight: 1, since: Timestamp(secondsSince1970: 1_795_300_000))
        ]
        var bad = AppReport(name: "bad", file: "/var/lib/zzz/apps/bad.so", state: .failed, mount: "/bad")
        bad.lastError = AppReport.Failure(reason: "bad.so is not an ELF file", remedy: "build it again\u{1B}[2J")
        return StatusReport(
            version: "0.1.0", pid: 4711, state: .running, startedAt: Timestamp(secondsSince1970: 1_795_200_000),
            uptimeSeconds: 93_784, backend: BackendReport(name: "epoll", reason: "io_uring is refused here"),
            loops: [LoopReport(index: 0, backend: "epoll", connections: 3, requests: 124, turns: 99, busyRatio: 0.126)],
            listeners: [
                ListenerReport(address: "127.0.0.1:8080", state: .paused, accepted: 12, isInherited: true)
            ],
            connections: ConnectionsReport(accepted: 12, active: 1, idle: 2, closed: 9, limit: 3, limitReached: 1),
            requests: RequestsReport(
                total: 124, informational: 0, successful: 100, redirected: 10, clientErrors: 12, serverErrors: 2),
            apps: [bad, blog],
            config: ConfigReport(
                file: "/etc/zzz/zzz.toml", files: ["/etc/zzz/zzz.toml"],
                loadedAt: Timestamp(secondsSince1970: 1_795_200_000), lastError: nil))
    }()

    func status() throws(ControlError) -> StatusReport {
        note("status")
        return Self.report
    }

    func apps() throws(ControlError) -> AppsReport {
        note("apps")
        return AppsReport(apps: Self.report.apps)
    }

    func routes(app: String?) throws(ControlError) -> RoutesReport {
        note("routes \(app ?? "-")")
        try check(app)
        return RoutesReport(routes: [
            RoutesReport.Route(
                app: "blog", hosts: ["blog.example"], method: "GET", pattern: "/posts/:id", name: "post"),
            RoutesReport.Route(app: "blog", hosts: [], method: "*", pattern: "/files/*path"),
        ])
    }

    func metrics(app: String?) throws(ControlError) -> MetricsReport {
        note("metrics \(app ?? "-")")
        try check(app)
        return MetricsReport(seconds: 1, residentBytes: 0, cpuSeconds: 0, latencyBounds: [1], routes: [])
    }

    func crashes(app: String?) throws(ControlError) -> CrashesReport {
        note("crashes \(app ?? "-")")
        return CrashesReport(crashes: [])
    }

    func reload(app: String?) throws(ControlError) -> ReloadReport {
        note("reload \(app ?? "-")")
        try check(app)
        if app != nil { return ReloadReport(configurationApplied: false, apps: [change(.reloaded)]) }
        var failed = AppChange(app: "bad", action: .failed)
        failed.error = ControlError(.loadFailed, "bad.so is not an ELF file", remedy: "build it again")
        return ReloadReport(
            configurationApplied: true, needsRestart: ["server.loops"], apps: [failed, change(.reloaded)])
    }

    func rollback(app: String) throws(ControlError) -> AppChange {
        note("rollback \(app)")
        try check(app)
        throw ControlError(
            .noPreviousGeneration, "blog has no generation before 1", remedy: "deploy the old file again")
    }

    func unload(app: String) throws(ControlError) -> AppChange {
        note("unload \(app)")
        try check(app)
        return AppChange(app: app, action: .unloaded)
    }

    func check() throws(ControlError) -> CheckReport {
        note("check")
        return CheckReport(
            valid: false, files: [],
            errors: [
                CheckReport.Problem(
                    file: "/etc/zzz/zzz.toml", line: 2, column: 6, message: "server.io must be a string"),
                CheckReport.Problem(file: nil, line: nil, column: nil, message: "zzz-config is missing"),
            ])
    }

    func stop() throws(ControlError) -> StopReport {
        note("stop")
        return StopReport(pid: 4711, drainMilliseconds: 1500)
    }

    private func change(_ action: AppChange.Action) -> AppChange {
        var change = AppChange(app: "blog", action: action)
        change.generation = 4
        change.replaced = 3
        change.version = "1.3"
        change.milliseconds = 12.345
        return change
    }

    private func check(_ app: String?) throws(ControlError) {
        guard app == nil || app == "blog" else {
            throw ControlError(.appNotFound, "there is no app \(app ?? "")", remedy: "zzzctl apps lists them")
        }
    }
}
