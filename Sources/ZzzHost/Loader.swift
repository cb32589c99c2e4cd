import CLinux
import Logging
import Synchronization
import ZzzServer
import ZzzStore

/// An app that has been loaded: what can be started, published, drained and stopped.
struct LoadedApp: Sendable {
    let generation: Generation
    let site: Site
    /// The private copy that its image was mapped from.
    let copy: String
    /// The settings it was made with.
    let plan: SitePlan
    /// Seconds since 1970.
    let loadedAt: Int

    var version: String { generation.image.descriptor.version }
}

/// Takes an app from a file to a generation, one step after the other. Blocks; belongs to the deploy thread.
struct Loader: Sendable {
    let store: ImageStore
    let host: HostTable
    let validate: Probe.Function
    let records: ProbeRecords
    /// How long each step of the app's may take in this process.
    let callDeadline: Duration
    /// An app's own directory is made below it when there is one.
    let stateDirectory: String
    let logger: Logger

    /// Whether a throwaway process tries the code first.
    enum Validation: Sendable {
        case always
        /// Not when a record says that one has found it sound.
        case unlessRecorded
        /// The very code runs already.
        case never
    }

    /// What is to be loaded.
    struct Request: Sendable {
        let app: String
        let number: UInt64
        /// Where the code comes from: the file in the apps directory, or the copy of an earlier generation.
        let source: String
        /// The file as the administrator knows it.
        let file: String
        let plan: SitePlan
        /// What the app keeps in the daemon.
        let memory: MemoryStore
        var validation = Validation.always
    }

    /// Checks, copies, validates, loads, creates and enrolls. The app does not run yet.
    func prepare(_ request: Request) throws(AppError) -> LoadedApp {
        let copy = store.path(app: request.app, generation: request.number)
        do throws(AppError) {
            let source = try AppFile(path: request.source)
            try source.copy(to: copy)
            try probe(request, source.identity, copy: copy)
            let generation = try load(request, copy: copy)
            let plan = request.plan
            let site = try generation.makeSite(mount: plan.mount, hosts: try plan.hostPatterns(), limits: plan.limits)
            return LoadedApp(generation: generation, site: site, copy: copy, plan: plan, loadedAt: Clock.seconds)
        } catch {
            forget(copy)
            records.forget(request.app)
            throw error.about(app: request.app, file: request.file)
        }
    }

    private func probe(_ request: Request, _ source: FileIdentity, copy: String) throws(AppError) {
        guard request.validation != .never else { return }
        let probe = probeRequest(request, copy: copy)
        let line = ProbeRecords.line(source: source, probe)
        if request.validation == .unlessRecorded, let line, records.has(request.app, line) { return }
        _ = try validate(probe)
        if let line { records.remember(request.app, line) }
    }

    /// - Throws: `AppError` when the app does not want to run; it is then of no more use.
    func start(_ app: LoadedApp) throws(AppError) {
        let outcome: GuardedCall.Outcome<Result<Void, AppError>> = try guarded(app.generation.handle) {
            do throws(AppError) {
                return .success(try app.generation.start())
            } catch {
                return .failure(error)
            }
        }
        switch outcome {
        case .returned(let result): return try result.get()
        case .late: app.generation.abandon()
        case .faulted: app.generation.abandon()
        }
        throw failure(outcome, in: "start")
    }

    /// It will never run.
    func discard(_ app: LoadedApp) {
        app.generation.abandon()
        forget(app.copy)
    }

    /// The copy of a generation that does not run.
    func forget(_ copy: String) {
        ImagePages.release(path: copy)
        store.remove(copy)
    }

    /// Tells the app that it gets no new requests; false when it did not return, or faulted.
    func quiesce(_ app: LoadedApp) -> Bool { farewell("quiesce", app) { $0.quiesce() } }

    /// The app's last call; false when it did not return.
    @discardableResult
    func stop(_ app: LoadedApp) -> Bool {
        defer { app.generation.releaseAll() }
        return farewell("stop", app) { $0.stop() }
    }

    private func farewell(
        _ name: String, _ app: LoadedApp, _ call: @escaping @Sendable (Generation) -> Void
    ) -> Bool {
        let generation = app.generation
        // Its locks may be held by a frozen thread: it is not called any more.
        guard !generation.isTainted else { return false }
        do throws(AppError) {
            let outcome: GuardedCall.Outcome<Bool> = try guarded(generation.handle) {
                call(generation)
                return true
            }
            if case .returned = outcome { return true }
            generation.logger.warning("\(failure(outcome, in: name).reason): its thread is left to itself")
        } catch {
            generation.logger.error("\(name) was not called: \(error.reason)")
        }
        return false
    }

    private func load(_ request: Request, copy: String) throws(AppError) -> Generation {
        let attempt = LoadAttempt()
        let parameters = parameters(request)
        let host = host
        let outcome: GuardedCall.Outcome<Result<Generation, AppError>> = try guarded(nil) {
            do throws(AppError) {
                let generation = try Generation(parameters, image: try AppImage.openOutsideApp(path: copy))
                attempt.began(generation)
                try generation.create(host)
                try generation.enroll()
                return .success(generation)
            } catch {
                return .failure(error)
            }
        }
        if case .returned(let result) = outcome { return try result.get() }
        attempt.giveUp()
        throw failure(outcome, in: "create or enroll")
    }

    private func guarded<Value: Sendable>(
        _ app: OpaquePointer?, _ body: @escaping @Sendable () -> Value
    ) throws(AppError) -> GuardedCall.Outcome<Value> {
        do {
            return try GuardedCall.run(app: app, within: callDeadline, body)
        } catch {
            throw AppError(.environment, reason: "\(error)", remedy: "raise the limit of threads")
        }
    }

    /// Why a step has not ended as it should.
    private func failure<Value>(_ outcome: GuardedCall.Outcome<Value>, in step: String) -> AppError {
        guard case .faulted(let kind) = outcome else {
            return AppError(
                reason: "has not returned from \(step) after \(callDeadline)",
                remedy: "return at once, and do slow work on a thread of the app's own")
        }
        return AppError(
            reason: "trapped in \(step) (\(SignalName.of(kind)))",
            remedy: "correct what the app does there; zzzctl crashes shows where")
    }

    private func parameters(_ request: Request) -> Generation.Parameters {
        var logger = logger
        logger[metadataKey: "app"] = .string(request.app)
        logger[metadataKey: "generation"] = .stringConvertible(request.number)
        if let level = request.plan.logLevel { logger.logLevel = level }
        return Generation.Parameters(
            app: request.app, number: request.number, settings: request.plan.settings,
            stateDirectory: ownDirectory(request.app), store: request.memory, logger: logger)
    }

    private func probeRequest(_ request: Request, copy: String) -> ProbeRequest {
        ProbeRequest(
            image: copy, file: request.file, app: request.app, generation: request.number,
            settings: request.plan.settings, stateDirectory: ownDirectory(request.app))
    }

    /// The directory that the app may write to; "" when it cannot be made.
    private func ownDirectory(_ app: String) -> String {
        guard !stateDirectory.isEmpty else { return "" }
        let path = "\(stateDirectory)/data/\(app)"
        guard let error = ImageStore.makeDirectory(path, mode: 0o750) else { return path }
        logger.warning("no state directory for app \(app): \(error)")
        return ""
    }
}

/// The generation that a guarded load has made so far.
private final class LoadAttempt: Sendable {
    private let state = Mutex<(generation: Generation?, isGivenUp: Bool)>((nil, false))

    func began(_ generation: Generation) {
        let isGivenUp = state.withLock { state in
            state.generation = generation
            return state.isGivenUp
        }
        if isGivenUp { generation.abandon() }
    }

    func giveUp() {
        let generation = state.withLock { state in
            state.isGivenUp = true
            return state.generation
        }
        generation?.abandon()
    }
}

/// The time of day.
enum Clock {
    /// Whole seconds since 1970.
    static var seconds: Int { Int(zzz_linux_realtime_ns() / 1_000_000_000) }
    static var monotonicNanoseconds: Int { Int(zzz_linux_monotonic_ns()) }
}
