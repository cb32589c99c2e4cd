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
            loops: [LoopReport(
                index: 0, backend: "epoll", connections: 3, requests: 124, turns: 99, busyRatio: 0.126,
                busySeconds: 12.5, handOffs: 2, longestStallMilliseconds: 41.5)],
            threads: ThreadsReport(running: 1, spare: 2, stalled: 3, frozen: 4, limit: 512),
            listeners: [
                ListenerReport(address: "127.0.0.1:8080", state: .paused, accepted: 12, isInherited: true)
            ],
            connections: ConnectionsReport(accepted: 12, active: 1, idle: 2, closed: 9, limit: 3, limitReached: 1),
            requests: RequestsReport(
                total: 124, informational: 0, successful: 100, redirected: 10, clientErrors: 12, serverErrors: 2),
            apps: [bad, blog],
            config: ConfigReport(
                file: "/etc/zzz/zzz.toml", files: ["/etc/zzz/zzz.toml"],
                loadedAt: Timestamp(secondsSince1970: 1_795_200_000), lastError: nil),
            supervisor: SupervisorReport(
                pid: 4710, restarts: 2, lastEnd: "SIGABRT", lastEndAt: Timestamp(secondsSince1970: 1_795_250_000)))
    }()

    static let crash: CrashReport = {
        var crash = CrashReport(
            at: Timestamp(secondsSince1970: 1_795_300_000), app: "blog", what: .request, signal: "SIGILL",
            meaning: "trap: precondition, fatalError, overflow or nil unwrap", outcome: .answered500)
        crash.generation = 3
        crash.version = "1.2"
        crash.route = "/posts/:id"
        crash.method = "GET"
        crash.requestID = "4711"
        crash.address = "0x7f0012345678"
        crash.frames = [
            .init(
                index: 0, function: "_assertionFailure(_:_:file:line:flags:)", module: "libswiftCore.so", offset: 216),
            .init(
                index: 1, function: "Posts.show(_:)", module: "blog.so", file: "Posts.swift", line: 12, offset: 96,
                isOwn: true),
            .init(index: 10, function: nil, module: "blog.so\u{1B}[2J", offset: 4096, isOwn: true),
        ]
        return crash
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
        var route = MetricsReport.Route(app: "blog", method: "GET", pattern: "/posts/:id")
        route.requests = RequestsReport(total: 100, successful: 90, clientErrors: 6, serverErrors: 4)
        route.latency = LatencyReport(counts: [50, 49, 1], sumSeconds: 1.5)
        route.handOffs = 2
        return MetricsReport(
            // Each look is a second after the one before.
            seconds: Double(asked.count), residentBytes: 12 << 20, cpuSeconds: 0.5, latencyBounds: [0.001, 0.01],
            routes: [route, MetricsReport.Route(app: "blog", method: "", pattern: "")])
    }

    func crashes(app: String?) throws(ControlError) -> CrashesReport {
        note("crashes \(app ?? "-")")
        try check(app)
        return CrashesReport(crashes: [Self.crash])
    }

    func sockets(app: String?, id: String?) throws(ControlError) -> SocketsReport {
        note("sockets \(app ?? "-") \(id ?? "-")")
        try check(app)
        return SocketsReport(
            count: 3,
            sockets: [
                SocketsReport.Socket(
                    app: "blog", id: "user:7\u{1B}[2J", peer: "127.0.0.1:4711", version: "2.0.0",
                    transport: "websocket", topics: ["room:lobby", "room:swift"], queuedBytes: 2048, loop: 1),
                SocketsReport.Socket(
                    app: "blog", id: nil, peer: nil, version: nil, transport: "longpoll", topics: [],
                    queuedBytes: 0, loop: 0),
            ])
    }

    func channels(app: String?) throws(ControlError) -> ChannelsReport {
        note("channels \(app ?? "-")")
        try check(app)
        return ChannelsReport(
            count: 2,
            topics: [
                ChannelsReport.Topic(app: "blog", topic: "room:lobby", channels: 12, subscriptions: 1, presences: 9),
                ChannelsReport.Topic(app: nil, topic: "news", channels: 0, subscriptions: 2, presences: 0),
            ])
    }

    func presence(topic: String, app: String?) throws(ControlError) -> PresenceReport {
        note("presence \(topic) \(app ?? "-")")
        try check(app)
        guard topic == "room:lobby" else { return PresenceReport(topic: topic, apps: []) }
        return PresenceReport(
            topic: topic,
            apps: [.init(app: "blog", state: ["ada": ["metas": [["phx_ref": "1"], ["phx_ref": "2", "away": true]]]])])
    }

    func disconnect(id: String, app: String?) throws(ControlError) -> DisconnectReport {
        note("disconnect \(id) \(app ?? "-")")
        try check(app)
        return DisconnectReport(disconnected: 2)
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

    func upgrade(binary: String?, readyWithinMilliseconds: Int?) throws(ControlError) -> UpgradeReport {
        note("upgrade \(binary ?? "-") \(readyWithinMilliseconds ?? 0)")
        guard binary != "/bin/true" else {
            throw ControlError(.upgradeFailed, "/bin/true is no zzzd", remedy: "name one")
        }
        return UpgradeReport(
            binary: binary ?? "/usr/sbin/zzzd", version: "0.2.0", oldVersion: "0.1.0", pid: 4800, oldPid: 4711,
            milliseconds: 61)
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
