import Glibc
import Logging
import ZzzConfig
import ZzzControl
import ZzzHost
import ZzzIO
import ZzzRouter
import ZzzServer
import ZzzTLS

/// The commands of zzzctl, on the threads of its connections.
extension Daemon: ControlService {
    func status() throws(ControlError) -> StatusReport {
        StatusReport(self)
    }

    func apps() throws(ControlError) -> AppsReport {
        AppsReport(apps: appReports)
    }

    func routes(app: String?) throws(ControlError) -> RoutesReport {
        if let app, !deployer.statuses.contains(where: { $0.name == app }) { throw unknown(app) }
        let sites = deployer.sites.filter { app == nil || $0.name == app }
        return RoutesReport(routes: sites.flatMap { RoutesReport.routes(of: $0) })
    }

    func metrics(app: String?) throws(ControlError) -> MetricsReport {
        if let app, !deployer.statuses.contains(where: { $0.name == app }) { throw unknown(app) }
        return MetricsReport(self, app: app)
    }

    func crashes(app: String?) throws(ControlError) -> CrashesReport {
        let report = CrashesReport(deployer.crashes.crashes, app: app)
        // What an app that is gone has done is still told.
        if let app, report.crashes.isEmpty, !deployer.statuses.contains(where: { $0.name == app }) {
            throw unknown(app)
        }
        return report
    }

    func reload(app: String?) throws(ControlError) -> ReloadReport {
        try refuseWhenStopping()
        if let app {
            let change = try wait(for: app) { self.deployer.reload(app, $0) }
            notify?.status(statusLine())
            return ReloadReport(configurationApplied: false, apps: [change])
        }
        return try reloadConfiguration()
    }

    func rollback(app: String) throws(ControlError) -> AppChange {
        try refuseWhenStopping()
        return try wait(for: app) { self.deployer.rollback(app, $0) }
    }

    func unload(app: String) throws(ControlError) -> AppChange {
        try refuseWhenStopping()
        return try wait(for: app) { self.deployer.unload(app, $0) }
    }

    func check() throws(ControlError) -> CheckReport {
        do throws(ConfigFailure) {
            let settings = try reader.read()
            return CheckReport(valid: true, files: settings.files, errors: [])
        } catch {
            return CheckReport(valid: false, files: [], errors: error.errors.map { .init($0) })
        }
    }

    func stop() throws(ControlError) -> StopReport {
        let limit = state.withLock { $0.settings.server.drainTimeout }
        loop.remote.post { [self] in stop(because: "zzzctl stop") }
        return StopReport(pid: link?.supervisorPID ?? Int(getpid()), drainMilliseconds: limit.milliseconds)
    }

    // MARK: Apps

    func unknown(_ app: String) -> ControlError {
        ControlError(.appNotFound, "there is no app \(app)", remedy: "`zzzctl apps` lists them")
    }

    /// Waits for a change of one app.
    private func wait(
        for app: String, _ change: (@escaping Deployer.Completion<DeployOutcome>) -> Void
    ) throws(ControlError) -> AppChange {
        let outcome = Outcome<Result<DeployOutcome, AppError>>()
        change { outcome.set($0) }
        switch outcome.wait() {
        case .success(let done): return AppChange(done)
        case .failure(let error): throw ControlError(error)
        }
    }

    // MARK: The configuration

    /// Reads the whole configuration, and puts it in force as a whole or not at all.
    private func reloadConfiguration() throws(ControlError) -> ReloadReport {
        do throws(ControlError) {
            let report = try administration.withLock { _ throws(ControlError) in try replaceConfiguration() }
            state.withLock { $0.configurationError = nil }
            logger.notice("the configuration was reloaded", metadata: [
                "listen": "\(listeners.descriptions.joined(separator: ", "))",
            ])
            return report
        } catch {
            state.withLock { $0.configurationError = error.message }
            logger.error("the configuration was not reloaded, nothing has changed: \(error)")
            throw error
        }
    }

    private func replaceConfiguration() throws(ControlError) -> ReloadReport {
        notify?.reloading(status: "reading the configuration")
        defer { notify?.ready(status: statusLine()) }
        let old = state.withLock { $0.settings }
        let new: Settings
        let plan: ListenerSet.Plan
        do { new = try reader.read() } catch {
            throw ControlError(.configurationInvalid, "\(error)", remedy: "correct the file")
        }
        let tls: ListenerSet.TLSByAddress
        let certificates = CertificateWatch.Snapshot(new.listen)
        state.withLock { $0.certificates.noteRead(certificates) }
        do throws(TLSContextError) {
            tls = try listeners.prepareTLS(new.listen, refusingExpired: true)
        } catch {
            throw ControlError(
                .configurationInvalid, "listen.tls: \(error.subject): \(error.reason)", remedy: error.remedy)
        }
        do { plan = try listeners.plan(new.listen, tls: tls) } catch {
            throw ControlError(.configurationInvalid, "\(error)", remedy: "free the address, or listen elsewhere")
        }
        let outcome = Outcome<Result<[DeployOutcome], AppError>>()
        deployer.apply(new) { outcome.set($0) }
        var changes: [DeployOutcome]
        switch outcome.wait() {
        case .success(let applied): changes = applied
        case .failure(let error): throw ControlError(error)
        }
        do { try listeners.commit(plan) } catch {
            // The new sockets are bound: only want of memory or descriptors can be the reason.
            throw ControlError(.internalError, "\(error)", remedy: "raise the limits of the process, and reload again")
        }
        apply(new)
        let files = Outcome<[DeployOutcome]>()
        deployer.rescan { files.set($0) }
        for change in files.wait() where change.action != .unchanged {
            changes.removeAll { $0.app == change.app }
            changes.append(change)
        }
        return ReloadReport(
            configurationApplied: true, needsRestart: Self.needsRestart(old, new),
            apps: changes.sorted { $0.app < $1.app }.map { AppChange($0) })
    }

    /// What can change in a running daemon, apart from apps and listeners.
    private func apply(_ new: Settings) {
        server.apply(limits: ServerLimits(new), logsAccess: new.log.access)
        LoopMonitor.shared.configure(LoopMonitor.Configuration(new))
        for ring in events.accessRings { ring.isEnabled = new.log.access }
        logWriter.level = Logger.Level(new.log.level)
        logWriter.format = .init(new.log.format)
        logWriter.parameterFilter = .init(new.log.filterParameters)
        state.withLock { state in
            state.settings = new
            state.configurationLoadedAt = .now
        }
        loop.remote.post { [self] in
            if new.apps.watch { watchApps() } else { unwatchApps() }
            feedWatchdog()
        }
    }

    /// Settings that differ and are only read at the start.
    private static func needsRestart(_ old: Settings, _ new: Settings) -> [String] {
        let pairs: [(String, Bool)] = [
            ("server.io", old.server.io != new.server.io), ("server.loops", old.server.loops != new.server.loops),
            ("server.stall_limit", old.server.stallLimit != new.server.stallLimit),
            ("server.app_threads", old.server.appThreads != new.server.appThreads),
            ("server.frozen_threads", old.server.frozenThreads != new.server.frozenThreads),
            ("control", old.control != new.control), ("admin", old.admin != new.admin),
            ("paths", old.paths != new.paths),
            ("apps.directory", old.apps.directory != new.apps.directory),
            ("listen", new.listen.contains { wanted in
                old.listen.contains { $0.address == wanted.address && $0.needsRestart(for: wanted) }
            }),
            ("limits.header_count", old.limits.headerCount != new.limits.headerCount),
        ]
        return pairs.filter(\.1).map(\.0)
    }
}

extension ListenSettings {
    /// Whether a listener's socket would have to be made anew. TLS is applied as it is.
    fileprivate func needsRestart(for wanted: ListenSettings) -> Bool {
        var other = wanted
        other.tls = tls
        return other != self
    }
}

/// A value that one thread waits for and another one sets, once.
final class Outcome<Value: Sendable>: @unchecked Sendable {
    // @unchecked: `value` is written before the signal and read after the wait.
    private var value: Value?
    private let done = Completion()

    func set(_ value: Value) {
        self.value = value
        done.signal()
    }

    func wait() -> Value {
        done.wait()
        guard let value else { preconditionFailure("an outcome was signalled without a value") }
        return value
    }
}
