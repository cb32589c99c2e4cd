import Glibc
import Logging
import ZzzConfig
import ZzzServer
import ZzzStore

/// The apps of the daemon and the changes to them. Everything here runs on the deploy thread.
final class AppSet: @unchecked Sendable {
    // @unchecked: confined to the deploy thread; `Deployer` only captures it for that thread's jobs.

    let appsDirectory: String
    let drainDeadline: Duration
    let loader: Loader
    let rollbacks: RollbackStore
    let publisher: any SitePublisher
    let board: StatusBoard
    let crashes: CrashLog
    let logger: Logger
    /// Runs something on the deploy thread, later.
    let post: @Sendable (@escaping @Sendable () -> Void) -> Void
    var settings: Settings
    /// While the apps of the process before this one are loaded.
    var trustsProbeRecords = false
    /// By name.
    var records: [String: AppRecord] = [:]
    /// Files whose name is no app's, by file name, for the status.
    var misnamed: [String: AppStatus.Failure] = [:]

    init(
        appsDirectory: String, drainDeadline: Duration, settings: Settings, loader: Loader, rollbacks: RollbackStore,
        publisher: any SitePublisher, board: StatusBoard, crashes: CrashLog, logger: Logger,
        post: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void
    ) {
        self.appsDirectory = appsDirectory
        self.drainDeadline = drainDeadline
        self.settings = settings
        self.loader = loader
        self.rollbacks = rollbacks
        self.publisher = publisher
        self.board = board
        self.crashes = crashes
        self.logger = logger
        self.post = post
    }

    func plan(_ name: String) -> SitePlan { SitePlan(app: name, settings: settings) }

    func makeRecord(_ name: String, file: String) -> AppRecord {
        AppRecord(name: name, file: file, store: StoreLimits(settings.settings(forApp: name).store))
    }

    /// Lets every thread see what is.
    func showStatus() {
        var entries = records.values.map { $0.entry(plan: plan($0.name)) }
        entries += misnamed.map { name, failure in
            var status = AppStatus(
                name: AppPath.stem(name), file: appsDirectory + "/" + name, state: .failed, mount: "")
            status.lastError = failure
            return StatusEntry(status: status, store: nil, site: nil, draining: [], pastTotals: AppStatus.Totals())
        }
        board.replace(entries.sorted { $0.status.name < $1.status.name })
    }
}

// MARK: - One change

extension AppSet {
    /// A generation that is ready to take its app's place.
    struct Candidate {
        let app: LoadedApp
        let action: DeployOutcome.Action
        /// The code is that which runs now; only the settings differ.
        let isSameCode: Bool
    }

    /// From the file to a generation that could run.
    ///
    /// - Parameter isKnownCode: `source` is a copy of what runs already, which needs no validation.
    func prepare(
        _ name: String, source: String, plan: SitePlan, isKnownCode: Bool = false
    ) throws(AppError) -> LoadedApp {
        guard var record = records[name] else { preconditionFailure("no record for app \(name)") }
        let number = record.nextNumber()
        record.isLoading = true
        records[name] = record
        showStatus()
        defer { records[name]?.isLoading = false }
        return try loader.prepare(
            Loader.Request(
                app: name, number: number, source: source, file: record.file, plan: plan, memory: record.store,
                validation: isKnownCode ? .never : trustsProbeRecords ? .unlessRecorded : .always))
    }

    /// Validates the table that the candidates make with all other apps.
    ///
    /// - Parameters:
    ///   - removed: apps that will not be in it.
    ///   - instead: sites that stand in for what runs.
    func makeTable(
        _ candidates: [Candidate], removed: Set<String> = [], instead: [String: Site] = [:]
    ) throws(SiteTableConflict) -> SiteTable {
        let replaced = Set(candidates.map(\.app.generation.app)).union(removed)
        let kept = records.values.filter { !replaced.contains($0.name) }.compactMap { instead[$0.name] ?? $0.site }
        // Those that run come first, so that a conflict names the newcomer second.
        return try SiteTable(sites: kept.sorted { $0.name < $1.name } + candidates.map(\.app.site))
    }

    /// Starts the candidates; when one refuses, those started before it are stopped again and all are of no more use.
    func start(_ candidates: [Candidate]) throws(AppError) {
        for (index, candidate) in candidates.enumerated() {
            do throws(AppError) {
                try loader.start(candidate.app)
            } catch {
                for started in candidates[..<index] where loader.quiesce(started.app) { loader.stop(started.app) }
                for candidate in candidates[index...] { candidate.app.generation.abandon() }
                for candidate in candidates { loader.forget(candidate.app.copy) }
                let app = candidate.app.generation.app
                throw error.about(app: app, file: records[app]?.file ?? "")
            }
        }
    }

    /// The point of no return: the candidates serve, and what they replace drains.
    func swap(_ candidates: [Candidate], removed: [String] = [], table: SiteTable) {
        var retired: [LoadedApp] = []
        for candidate in candidates {
            let name = candidate.app.generation.app
            let old = records[name]?.replaceCurrent(with: candidate.app, isSameCode: candidate.isSameCode)
            if let old { candidate.app.site.inheritForecasts(from: old.site) }
            records[name]?.quarantine = nil
            if let old { retired.append(old) }
        }
        for name in removed {
            if let old = records[name]?.replaceCurrent(with: nil, isSameCode: false) { retired.append(old) }
            records[name]?.quarantine = nil
        }
        publisher.publish(table)
        for app in retired { drain(app) }
        for name in candidates.map(\.app.generation.app) + removed { removeCopies(name) }
        showStatus()
    }

    /// What runs of these apps drains, and `table` says what answers instead.
    func retire(_ names: [String], table: SiteTable) {
        let retired = names.compactMap { records[$0]?.replaceCurrent(with: nil, isSameCode: false) }
        publisher.publish(table)
        for app in retired { drain(app) }
        showStatus()
    }

    private func drain(_ app: LoadedApp) {
        let isStuck = !loader.quiesce(app)
        records[app.generation.app]?.draining.append(
            AppRecord.Draining(app: app, since: Clock.seconds, isStuck: isStuck))
        awaitDrained(app, isStuck: isStuck)
    }

    private func awaitDrained(_ app: LoadedApp, isStuck: Bool) {
        publisher.whenDrained(app.site, deadline: drainDeadline) { [post] isDrained in
            post { self.drained(app, isDrained: isDrained, isStuck: isStuck) }
        }
    }

    private func drained(_ app: LoadedApp, isDrained: Bool, isStuck: Bool) {
        guard isDrained else {
            let totals = app.site.activity.totals
            let left = "\(totals.inFlight) requests in flight and \(totals.sockets) sockets"
            app.generation.logger.warning("still has \(left), \(drainDeadline) after it was replaced")
            // Stop is the last call, so it waits for as long as it takes.
            return awaitDrained(app, isStuck: isStuck)
        }
        if !isStuck { loader.stop(app) }
        let name = app.generation.app
        ImagePages.release(path: app.copy)
        records[name]?.retire(app)
        removeCopies(name)
        showStatus()
        app.generation.logger.debug("generation \(app.generation.number) has ended")
    }

    private func removeCopies(_ name: String) {
        let copies = records[name]?.takeUnneededCopies() ?? []
        guard !copies.isEmpty else { return }
        // A report about them may still have to be written.
        let store = loader.store
        crashes.afterReports { for copy in copies { store.remove(copy) } }
    }

    /// Writes a refusal to the log, once, and keeps it for the status.
    func record(_ error: AppError) {
        logger.error("\(error)")
        records[error.app]?.lastError = AppStatus.Failure(error: error, at: Clock.seconds)
        showStatus()
    }

    func log(_ outcome: DeployOutcome) {
        guard outcome.action != .unchanged, outcome.action != .failed else { return }
        var metadata: Logger.Metadata = ["app": .string(outcome.app)]
        if let generation = outcome.generation { metadata["generation"] = .stringConvertible(generation) }
        if let replaced = outcome.replaced { metadata["replaced"] = .stringConvertible(replaced) }
        if let version = outcome.version, !version.isEmpty { metadata["version"] = .string(version) }
        let milliseconds = outcome.duration / .milliseconds(1)
        metadata["milliseconds"] = .stringConvertible((milliseconds * 10).rounded() / 10)
        logger.info("app \(outcome.app) \(outcome.action.verb)", metadata: metadata)
    }
}

extension DeployOutcome.Action {
    /// For the log: "app blog reloaded".
    fileprivate var verb: String {
        switch self {
        case .loaded: "loaded"
        case .reloaded: "reloaded"
        case .unchanged: "is unchanged"
        case .rolledBack: "rolled back"
        case .unloaded: "unloaded"
        case .failed: "failed"
        }
    }
}
