import Logging
import Synchronization
import ZzzConfig
import ZzzIO
import ZzzServer

/// Owns the apps: loads, replaces, rolls back and unloads them, one change after the other, on a thread of its own.
///
/// Every method returns at once; results come through `done`, on the deploy thread, which must not be blocked for long.
/// What ran before a change that fails goes on running, and the failure is logged once and kept for the status.
public final class Deployer: Sendable {
    /// What does not change while the daemon runs.
    public struct Configuration: Sendable {
        /// Where NAME.so files are.
        public var appsDirectory: String
        /// Where the copies go, by preference; see `ImageStore`.
        public var imageDirectories: [String]
        /// Directories for apps are made below it, and rollbacks remembered; "" for none.
        public var stateDirectory: String
        /// How long each step of an app may take while it is loaded into this process.
        public var callDeadline: Duration
        /// How long replaced generations may take to finish before the log says so.
        public var drainDeadline: Duration

        public init(settings: Settings) {
            appsDirectory = settings.apps.directory
            imageDirectories = [settings.paths.runtime + "/apps", settings.paths.state + "/images"]
            stateDirectory = settings.paths.state
            callDeadline = .seconds(10)
            drainDeadline = settings.server.drainTimeout.duration
        }
    }

    public typealias Completion<Value> = @Sendable (Result<Value, AppError>) -> Void

    private typealias Job = @Sendable () -> Void

    private let jobs = BlockingQueue<Job>()
    private let entries = StatusBoard()
    /// The reports of faults.
    public let crashes: CrashLog
    private let apps: AppSet

    /// - Throws: `AppError` when no directory for the copies can be used, or no thread started.
    public convenience init(
        configuration: Configuration, settings: Settings, host: HostTable, publisher: any SitePublisher, logger: Logger,
        probe: Probe = Probe()
    ) throws(AppError) {
        try self.init(
            configuration: configuration, settings: settings, host: host, publisher: publisher, logger: logger,
            validate: { (request) throws(AppError) in try probe.run(request) })
    }

    init(
        configuration: Configuration, settings: Settings, host: HostTable, publisher: any SitePublisher, logger: Logger,
        validate: @escaping Probe.Function
    ) throws(AppError) {
        let loader = Loader(
            store: try ImageStore(
                candidates: configuration.imageDirectories, appsDirectory: configuration.appsDirectory), host: host,
            validate: validate,
            records: ProbeRecords(
                directory: configuration.stateDirectory.isEmpty ? "" : configuration.stateDirectory + "/probed"),
            callDeadline: configuration.callDeadline, stateDirectory: configuration.stateDirectory,
            logger: logger)
        let jobs = jobs
        let state = configuration.stateDirectory
        crashes = try CrashLog(logger: logger)
        apps = AppSet(
            appsDirectory: configuration.appsDirectory, drainDeadline: configuration.drainDeadline, settings: settings,
            loader: loader, rollbacks: RollbackStore(directory: state.isEmpty ? "" : state + "/rollback"),
            publisher: publisher, board: entries, crashes: crashes, logger: logger, post: { jobs.push($0) })
        let hasStarted = DetachedThread.start("deploy", stackBytes: 0) {
            while let job = jobs.pop() { job() }
        }
        guard hasStarted else {
            throw AppError(.environment, reason: "no deploy thread", remedy: "raise the limit of threads")
        }
    }

    deinit {
        jobs.close()
    }

    // MARK: Status: any thread, never waits for a change that is under way

    /// The apps by name.
    public var statuses: [AppStatus] { entries.statuses }

    /// The sites that serve now, by app name.
    public var sites: [Site] { entries.sites }

    // MARK: Upkeep: any thread

    /// Gives back memory of entries in the apps' stores whose time is over: as much as a moment allows.
    public func sweepStores() { entries.sweepStores() }

    // MARK: Changes

    /// Loads every NAME.so of the apps directory, in the order of their names.
    ///
    /// - Parameter trustingProbeRecords: files that a process of this program has tried already, with the same
    ///   settings, are not tried again in a throwaway process. For a process that follows one that served.
    public func loadAll(
        trustingProbeRecords: Bool = false, _ done: @escaping @Sendable ([DeployOutcome]) -> Void
    ) {
        submit(
            { [apps] in done(apps.loadAll(trustingProbeRecords: trustingProbeRecords)) }, otherwise: { done([]) })
    }

    /// Loads what is new or changed in the apps directory, and unloads what is gone.
    public func rescan(_ done: @escaping @Sendable ([DeployOutcome]) -> Void) {
        submit({ [apps] in done(apps.rescan()) }, otherwise: { done([]) })
    }

    /// Takes over what the watcher saw. Files that are as they were when they were last tried are left alone.
    public func handle(
        _ changes: [AppsDirectory.Change], _ done: @escaping @Sendable ([DeployOutcome]) -> Void = { _ in }
    ) {
        submit({ [apps] in done(apps.handle(changes)) }, otherwise: { done([]) })
    }

    /// Loads a file as the app that it is named after, or puts it in the place of that app's generation.
    public func deploy(file: String, _ done: @escaping Completion<DeployOutcome>) {
        attempt(done) { apps throws(AppError) in try apps.deploy(file: file) }
    }

    /// Loads an app's file again, changed or not.
    public func reload(_ name: String, _ done: @escaping Completion<DeployOutcome>) {
        attempt(done) { apps throws(AppError) in try apps.reload(name) }
    }

    /// Loads the code of the generation before again. A second call goes forward again.
    public func rollback(_ name: String, _ done: @escaping Completion<DeployOutcome>) {
        attempt(done) { apps throws(AppError) in try apps.rollback(name) }
    }

    /// Takes an app out of the table, and stops it when its requests are finished. Its file stays.
    public func unload(_ name: String, _ done: @escaping Completion<DeployOutcome>) {
        attempt(done) { apps throws(AppError) in try apps.unload(name) }
    }

    /// Makes a new generation of each app whose table or limits changed, from the code that it runs now: all of them
    /// or, when one is refused, none, and then the settings stay as they were.
    public func apply(_ settings: Settings, _ done: @escaping Completion<[DeployOutcome]>) {
        attempt(done) { apps throws(AppError) in try apps.apply(settings) }
    }

    /// An app's code has faulted: reports it, and has a fresh copy take over. Any thread; does not block.
    public func faulted(_ fault: AppFault) {
        let generation = CrashLog.generation(of: fault)
        generation?.taint()
        crashes.add(fault)
        guard let generation else { return }
        submit({ [apps] in apps.faulted(generation) }, otherwise: {})
    }

    /// Ends every app, once the server has stopped: quiesce and stop for those with nothing in flight. Later changes
    /// are refused.
    public func shutdown(_ done: @escaping @Sendable () -> Void) {
        submit(
            { [apps, jobs] in
                apps.shutdown()
                apps.loader.store.removeAll()
                jobs.close()
                done()
            }, otherwise: done)
    }

    private func attempt<Value: Sendable>(
        _ done: @escaping Completion<Value>, _ body: @escaping @Sendable (AppSet) throws(AppError) -> Value
    ) {
        submit(
            { [apps] in
                do throws(AppError) {
                    done(.success(try body(apps)))
                } catch {
                    done(.failure(error))
                }
            },
            otherwise: {
                done(.failure(AppError(.stopping, reason: "the daemon is stopping", remedy: "start it again")))
            })
    }

    private func submit(_ job: @escaping @Sendable () -> Void, otherwise refuse: () -> Void) {
        if !jobs.push(job) { refuse() }
    }
}

/// What any thread may know of the apps: replaced as a whole by the deploy thread after each step.
final class StatusBoard: Sendable {
    private let entries = Mutex<[StatusEntry]>([])

    func replace(_ new: [StatusEntry]) {
        entries.withLock { $0 = new }
    }

    var statuses: [AppStatus] { entries.withLock { $0 }.map(\.now) }

    var sites: [Site] { entries.withLock { $0 }.compactMap(\.site) }

    func sweepStores() {
        for store in entries.withLock({ $0 }).compactMap(\.store) {
            // A bounded number of rounds, while much is found.
            for _ in 0..<16 { guard store.sweep() else { break } }
        }
    }
}
