import CLinux
import Glibc
import ZzzConfig
import ZzzControl
import ZzzHost
import ZzzRouter
import ZzzServer
import ZzzStore
import ZzzSupervisor
import ZzzTLS

/// From what the parts say of themselves to the reports of the control protocol.
extension StatusReport {
    init(_ daemon: Daemon) {
        let state = daemon.state.withLock { $0 }
        let snapshot = daemon.server.snapshot()
        let uptime = zzz_linux_monotonic_ns() - daemon.startedNanoseconds
        let apps = daemon.appReports
        self.init(
            version: ZzzVersion.text, pid: Int(getpid()), state: state.phase, startedAt: daemon.startedAt,
            uptimeSeconds: Int(uptime / 1_000_000_000),
            backend: BackendReport(name: daemon.server.backend.rawValue, reason: daemon.server.backendReason),
            loops: snapshot.loops.map { LoopReport($0, backend: daemon.server.backend.rawValue, uptime: uptime) },
            threads: ThreadsReport(LoopMonitor.shared.threads, limit: state.settings.server.appThreads),
            listeners: daemon.listeners.reports.map { report in
                ListenerReport(
                    address: report.address,
                    state: state.phase == .stopping ? .closed : snapshot.isAtConnectionLimit ? .paused : .accepting,
                    accepted: Int(clamping: report.accepted), isInherited: report.isInherited,
                    certificates: report.tls == nil ? nil : report.certificates.map { CertificateReport($0) })
            },
            connections: ConnectionsReport(snapshot, limit: state.settings.limits.connections, inFlight: apps),
            requests: RequestsReport(snapshot), sockets: SocketCountsReport(snapshot), apps: apps,
            config: ConfigReport(
                file: state.settings.files.first ?? daemon.configurationFile, files: state.settings.files,
                loadedAt: state.configurationLoadedAt, lastError: state.configurationError),
            supervisor: daemon.link.map { SupervisorReport($0) }, adminAddress: daemon.admin?.listeningAddress)
    }
}

extension CertificateReport {
    init(_ certificate: TLSCertificate) {
        self.init(
            name: certificate.name, hosts: certificate.names, file: certificate.files.certificate,
            expires: Timestamp(secondsSince1970: certificate.expires))
    }
}

extension SupervisorReport {
    init(_ link: SupervisorLink) {
        self.init(
            pid: link.supervisorPID, restarts: link.restarts, lastEnd: link.lastEnd,
            lastEndAt: link.lastEndTime.map { Timestamp(secondsSince1970: $0) })
    }
}

extension LoopReport {
    init(_ loop: Server.Snapshot.LoopSnapshot, backend: String, uptime: UInt64) {
        self.init(
            index: loop.index, backend: backend, connections: loop.connections,
            requests: Int(clamping: loop.statistics.requests), turns: Int(clamping: loop.turns),
            busyRatio: uptime == 0 ? 0 : min(1, Double(loop.busyNanoseconds) / Double(uptime)),
            busySeconds: Double(loop.busyNanoseconds / 1_000_000) / 1000,
            handOffs: Int(clamping: loop.statistics.handOffs),
            longestStallMilliseconds: milliseconds(loop.statistics.longestStallNanoseconds))
    }
}

extension ConnectionsReport {
    init(_ snapshot: Server.Snapshot, limit: Int, inFlight apps: [AppReport]) {
        let open = snapshot.loops.reduce(0) { $0 + $1.connections }
        let active = min(open, snapshot.loops.reduce(0) { $0 + $1.active })
        self.init(
            accepted: snapshot.loops.reduce(0) { $0 + Int(clamping: $1.statistics.accepted) }, active: active,
            idle: open - active, closed: snapshot.loops.reduce(0) { $0 + Int(clamping: $1.statistics.closed) },
            limit: limit, limitReached: Int(clamping: snapshot.limitReached))
    }
}

extension RequestsReport {
    init(_ snapshot: Server.Snapshot) {
        self.init()
        for loop in snapshot.loops {
            let responses = loop.statistics.responses
            total += Int(clamping: loop.statistics.requests)
            informational += Int(clamping: responses.0)
            successful += Int(clamping: responses.1)
            redirected += Int(clamping: responses.2)
            clientErrors += Int(clamping: responses.3)
            serverErrors += Int(clamping: responses.4)
        }
    }
}

/// Nanoseconds as milliseconds, to the microsecond.
private func milliseconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds / 1000) / 1000 }

extension Daemon {
    /// Every app, with what its routes have counted.
    var appReports: [AppReport] {
        var reports = deployer.statuses.map { AppReport($0) }
        let totals = ledger.series().reduce(into: [String: RouteTotals]()) {
            $0[$1.key.app, default: RouteTotals()] += $1.totals
        }
        for index in reports.indices {
            let name = reports[index].name
            if let totals = totals[name] {
                reports[index].handOffs = Int(clamping: totals.handOffs)
                reports[index].timeouts = Int(clamping: totals.timeouts)
            }
        }
        return reports
    }
}

extension MetricsReport {
    init(_ daemon: Daemon, app: String?) {
        let process = ProcessFigures()
        self.init(
            seconds: Double(zzz_linux_monotonic_ns() / 1000) / 1e6, residentBytes: process.residentBytes ?? 0,
            cpuSeconds: process.cpuSeconds,
            latencyBounds: LatencyHistogram.boundsNanoseconds.map { Double($0) / 1e9 },
            routes: daemon.ledger.series().filter { app == nil || $0.key.app == app }.map { Route($0.key, $0.totals) })
    }
}

extension MetricsReport.Route {
    init(_ key: RouteLedger.Key, _ totals: RouteTotals) {
        self.init(app: key.app, method: key.method, pattern: key.pattern)
        let responses = totals.responses.map { Int(clamping: $0) }
        cut = responses[0]
        requests = RequestsReport(
            total: Int(clamping: totals.requests), informational: responses[1], successful: responses[2],
            redirected: responses[3], clientErrors: responses[4], serverErrors: responses[5])
        bodyBytes = Int(clamping: totals.bodyBytes)
        latency = LatencyReport(
            counts: totals.latency.counts.map { Int(clamping: $0) },
            sumSeconds: Double(totals.latency.sumNanoseconds / 1000) / 1e6)
        traps = Int(clamping: totals.faults)
        handOffs = Int(clamping: totals.handOffs)
        longestStallMilliseconds = milliseconds(totals.longestStallNanoseconds)
        timeouts = Int(clamping: totals.timeouts)
    }
}

extension AppReport {
    init(_ status: AppStatus) {
        self.init(name: status.name, file: status.file, state: State(status.state), mount: status.mount)
        version = status.version
        runtime = status.runtime
        generation = Int(clamping: status.generation)
        hosts = status.hosts
        routes = status.routeCount
        requests = Int(clamping: status.totals.requests)
        errors = Int(clamping: status.totals.errors)
        inFlight = status.totals.inFlight
        if status.store != StoreStatistics() { store = Store(status.store) }
        loadedAt = status.loadedAt.map { Timestamp(secondsSince1970: $0) }
        lastError = status.lastError.map {
            Failure(reason: $0.error.reason, remedy: $0.error.remedy, at: Timestamp(secondsSince1970: $0.at))
        }
        traps = status.faults
        if let since = status.quarantinedAt, let seconds = status.retryAfterSeconds {
            quarantine = Quarantine(since: Timestamp(secondsSince1970: since), retryAfter: seconds)
        }
        previousGeneration = status.previousGeneration.map { Int(clamping: $0) }
        drainingGenerations = status.draining.map {
            Draining(
                generation: Int(clamping: $0.generation), version: $0.version, inFlight: $0.inFlight,
                since: Timestamp(secondsSince1970: $0.since))
        }
    }
}

extension AppReport.Store {
    init(_ statistics: StoreStatistics) {
        self.init(
            entries: statistics.entries, bytes: statistics.bytes, hits: Int(clamping: statistics.hits),
            misses: Int(clamping: statistics.misses), evictions: Int(clamping: statistics.evictions))
    }
}

extension AppReport.State {
    init(_ state: AppStatus.State) {
        self =
            switch state {
            case .loading: .loading
            case .running: .running
            case .quarantined: .quarantined
            case .draining: .draining
            case .failed: .failed
            case .unloaded: .unloaded
            }
    }
}

extension AppChange {
    init(_ outcome: DeployOutcome) {
        self.init(app: outcome.app, action: Action(outcome.action))
        generation = outcome.generation.map { Int(clamping: $0) }
        replaced = outcome.replaced.map { Int(clamping: $0) }
        version = outcome.version
        milliseconds = Double(outcome.duration.nanoseconds / 1000) / 1000
        error = outcome.error.map { ControlError($0) }
    }
}

extension AppChange.Action {
    init(_ action: DeployOutcome.Action) {
        self =
            switch action {
            case .loaded: .loaded
            case .reloaded: .reloaded
            case .unchanged: .unchanged
            case .rolledBack: .rolledBack
            case .unloaded: .unloaded
            case .failed: .failed
            }
    }
}

extension ControlError {
    init(_ error: AppError) {
        let code: Code =
            switch error.kind {
            case .notFound: .appNotFound
            case .noPreviousGeneration: .noPreviousGeneration
            case .stopping: .stopping
            case .environment: .internalError
            case .refused: .loadFailed
            }
        let place = error.app.isEmpty ? error.file : error.file.isEmpty ? error.app : "\(error.app) (\(error.file))"
        self.init(code, place.isEmpty ? error.reason : "\(place): \(error.reason)", remedy: error.remedy)
    }
}

extension RoutesReport {
    /// Every method of every route of one site, under the site's mount.
    static func routes(of site: Site) -> [Route] {
        site.routes.flatMap { route in
            let hosts = route.host.map { [$0.text] } ?? site.hosts.map(\.text)
            let pattern = site.fullPattern(of: route)
            let methods = route.methods == .all ? ["*"] : route.methods.names
            return methods.map {
                Route(
                    app: site.name, hosts: hosts, method: $0, pattern: pattern,
                    name: route.name.isEmpty ? nil : route.name)
            }
        }
    }
}

extension CheckReport.Problem {
    init(_ error: ConfigError) {
        self.init(
            file: error.location?.file, line: error.location?.line, column: error.location?.column,
            message: error.message)
    }
}
