import CContainment
import Glibc
import Logging
import Synchronization
import ZzzAppABI
import ZzzConfig
import ZzzJSON
import ZzzRouter
import ZzzServer
import ZzzStore

/// One load of an app: its image, its state, its routes and its settings.
///
/// Its callbacks are called by one thread at a time, in the order of `Lifecycle`. Functions that apps call find it by
/// its handle, on any thread. It is never freed: see `GenerationTable`.
public final class Generation: @unchecked Sendable {
    // @unchecked: `appState` is written by `create` before any other callback can be called; everything else is
    // constant or in `registrar`.

    /// What makes a generation, apart from its image.
    struct Parameters: Sendable {
        /// The app's name.
        var app: String
        var number: UInt64
        /// Whose topics it has: those of all generations of the app, unless this is another name.
        var realm: String?
        /// `[app.NAME] settings`
        var settings: JSONValue = .object([:])
        /// The directory that the app may write to; empty when there is none.
        var stateDirectory = ""
        /// What the app keeps in the daemon: the same for all its generations.
        var store = MemoryStore(StoreLimits(StoreSettings()))
        /// With the metadata of this generation.
        var logger: Logger
    }

    /// The app's name: that of its file.
    public let app: String
    /// Counts up with every load of the app.
    public let number: UInt64
    /// Generations with the same realm share topics and sockets: the app's name.
    let realm: String
    /// What apps see of the generation: their zzz_app pointer.
    public let handle: OpaquePointer
    let image: AppImage
    let config: ConfigTable
    let store: MemoryStore
    let logger: Logger
    private let registrar = Mutex(Registrar())
    private let tainted = Atomic<Bool>(false)
    private var appState: UnsafeMutableRawPointer?

    /// - Throws: `AppError` when the process has made `GenerationTable.capacity` generations.
    init(_ parameters: Parameters, image: AppImage) throws(AppError) {
        guard let bits = GenerationTable.reserve(), let handle = OpaquePointer(bitPattern: bits) else {
            throw AppError(
                reason: "apps were loaded \(GenerationTable.capacity) times since the daemon started",
                remedy: "restart the daemon")
        }
        self.handle = handle
        self.image = image
        app = parameters.app
        number = parameters.number
        realm = parameters.realm ?? parameters.app
        store = parameters.store
        logger = parameters.logger
        config = ConfigTable(
            app: parameters.app, generation: parameters.number, stateDirectory: parameters.stateDirectory,
            settings: parameters.settings)
        GenerationTable.publish(self, handle: bits)
        if let entry = UnsafeRawPointer(bitPattern: image.entryAddress) {
            var (low, high): (UInt64, UInt64) = (0, 0)
            _ = zzz_image_add(entry, UnsafeMutableRawPointer(handle), &low, &high)
        }
    }

    /// Whether its code has faulted: its locks, actors and once-only initialisers may be stuck for good.
    var isTainted: Bool { tainted.load(ordering: .relaxed) }

    func taint() { tainted.store(true, ordering: .relaxed) }

    /// The pattern of one of its routes, without the mount.
    func routePattern(_ index: Int) -> String? {
        registrar.withLock { $0.routes.indices.contains(index) ? $0.routes[index].pattern.text : nil }
    }

    /// "GET", "GET, POST", or "*"
    func routeMethods(_ index: Int) -> String? {
        registrar.withLock { registrar in
            guard registrar.routes.indices.contains(index) else { return nil }
            let methods = registrar.routes[index].methods
            return methods == .all ? "*" : methods.names.joined(separator: ", ")
        }
    }

    /// The generation behind a handle, nil for anything that is no handle. Any thread.
    public static func from(handle: OpaquePointer?) -> Generation? {
        GenerationTable.find(UInt(bitPattern: handle))
    }

    /// Where it is in its life.
    var lifecycle: Lifecycle { registrar.withLock { $0.lifecycle } }

    /// How many routes were registered.
    var routeCount: Int { registrar.withLock { $0.routes.count } }
}

// MARK: - The app's callbacks

extension Generation {
    func create(_ host: HostTable) throws(AppError) {
        try step(.create) { error in
            var state: UnsafeMutableRawPointer?
            let status = image.descriptor.create(host.pointer, handle, &state, error)
            appState = state
            return status
        }
    }

    /// Lets the app register its routes, which are frozen afterwards.
    func enroll() throws(AppError) {
        try step(.enroll) { error in image.descriptor.enroll(appState, error) }
    }

    func start() throws(AppError) {
        try step(.start) { error in image.descriptor.start?(appState, error) ?? Status.ok }
    }

    /// No new requests come.
    func quiesce() {
        registrar.withLock { $0.lifecycle.event(.begin(.quiesce)) }
        image.descriptor.quiesce?(appState)
    }

    /// Nothing is in flight any more.
    func stop() {
        registrar.withLock { $0.lifecycle.event(.begin(.stop)) }
        image.descriptor.stop?(appState)
    }

    /// It will not run: a step failed, or never returned.
    func abandon() {
        releaseAll()
        registrar.withLock { $0.lifecycle.event(.fail) }
    }

    /// What it has in the host and did not give back: its last call is over.
    func releaseAll() {
        AppKeys.removeAll(app: handle)
        LoopExtension.server?.pubSub.endSubscriptions(of: handle)
    }

    private func step(
        _ step: Lifecycle.Step, _ call: (UnsafeMutablePointer<zzz_error>) -> zzz_status
    ) throws(AppError) {
        let isLate = registrar.withLock { registrar in
            // It was given up between two steps.
            guard registrar.lifecycle != .failed else { return true }
            registrar.lifecycle.event(.begin(step))
            registrar.loader = pthread_self()
            return false
        }
        guard !isLate else { throw Self.tooLate(step) }
        let report = ErrorReport()
        let status = call(report.pointer)
        let outcome = registrar.withLock { registrar -> (isLate: Bool, refusal: Refusal?) in
            // The call came back after it had been given up.
            guard registrar.lifecycle != .failed else { return (true, nil) }
            let hasSucceeded = status >= 0 && registrar.refusal == nil
            registrar.lifecycle.event(hasSucceeded ? .succeed : .fail)
            return (false, registrar.refusal)
        }
        guard !outcome.isLate else { throw Self.tooLate(step) }
        // The app's own words first, when it has said why it gives up.
        if status < 0 { throw Self.failure(of: step, status, report.message, refusal: outcome.refusal) }
        if let refusal = outcome.refusal {
            throw AppError(reason: refusal.message, remedy: "correct the app's routes")
        }
    }

    private static func tooLate(_ step: Lifecycle.Step) -> AppError {
        AppError(reason: "\(step) came too late", remedy: "do less while the app loads")
    }

    private static func failure(
        of step: Lifecycle.Step, _ status: zzz_status, _ message: String, refusal: Refusal?
    ) -> AppError {
        if let refusal, message.isEmpty || message.contains(refusal.message) {
            return AppError(reason: refusal.message, remedy: "correct the app's routes")
        }
        guard !message.isEmpty else {
            return AppError(
                reason: "\(step) failed with \(Status.name(status)) and without a message",
                remedy: "let the app fill the zzz_error it is given")
        }
        return AppError(
            reason: "\(step) failed: \(message) (\(Status.name(status)))", remedy: "correct the app or its settings")
    }
}

// MARK: - Registration

extension Generation {
    /// zzz_http.route: adds a route while the app loads.
    ///
    /// A route that is refused also makes the load fail, whatever the app does with the status: an app is not served
    /// with a hole in it.
    public func addRoute(_ route: UnsafePointer<zzz_route>?, _ error: UnsafeMutablePointer<zzz_error>?) -> zzz_status {
        register(error) { registrar throws(Refusal) in try registrar.add(route) }
    }

    /// zzz_http.on_unmatched: sets what renders 404 and 405.
    public func setUnmatched(
        _ handler: zzz_handler?, _ user: UnsafeMutableRawPointer?, _ error: UnsafeMutablePointer<zzz_error>?
    ) -> zzz_status {
        register(error) { registrar throws(Refusal) in try registrar.setUnmatched(handler, user) }
    }

    /// zzz_channel_api.define: adds a kind of channel.
    func defineChannel(
        _ definition: UnsafePointer<zzz_channel_definition>?, _ error: UnsafeMutablePointer<zzz_error>?
    ) -> zzz_status {
        register(error) { registrar throws(Refusal) in try registrar.channels.define(definition) }
    }

    /// zzz_presence.on_difference
    func onDifference(
        _ pattern: zzz_bytes, _ callback: zzz_presence_callback?, _ user: UnsafeMutableRawPointer?,
        _ error: UnsafeMutablePointer<zzz_error>?
    ) -> zzz_status {
        register(error) { registrar throws(Refusal) in try registrar.channels.addHook(pattern, callback, user) }
    }

    private func register(
        _ error: UnsafeMutablePointer<zzz_error>?, _ body: (inout Registrar) throws(Refusal) -> Void
    ) -> zzz_status {
        let refusal: Refusal? = registrar.withLock { registrar in
            do throws(Refusal) {
                try registrar.checkState()
                try body(&registrar)
                return nil
            } catch {
                if registrar.lifecycle.isLoading, registrar.refusal == nil { registrar.refusal = error }
                return error
            }
        }
        guard let refusal else { return Status.ok }
        logger.warning("registration refused: \(refusal.message)")
        return refusal.write(to: error)
    }

    /// The generation as the server sees it. After `enroll`.
    func makeSite(mount: String, hosts: [HostPattern], limits: SiteLimits) throws(AppError) -> Site {
        let (routes, unmatched, channels) = registrar.withLock { ($0.routes, $0.unmatched, $0.channels) }
        do {
            return try Site(
                name: realm, generation: number, mount: mount, hosts: hosts, routes: routes,
                channels: channels.definitions, presenceHooks: channels.presenceHooks, unmatched: unmatched,
                limits: limits, owner: self, app: handle)
        } catch {
            throw AppError(reason: error.description, remedy: "correct the app's routes")
        }
    }
}
