import Logging
import ZzzAppABI
import ZzzConfig
import ZzzJSON
import ZzzRouter
import ZzzServer
import ZzzStore

/// An app whose code is in this process already: one generation of it, without a file, a probe or a deployer. For
/// testing kits; the daemon loads shared libraries.
///
/// Life: `init` creates and enrolls, `start`, then requests by way of `site`, then `stop` when none is in flight. As
/// with every app, its generation is never freed.
public final class ResidentApp: Sendable {
    /// What the configuration would say about it.
    public struct Settings: Sendable {
        /// The name under which the host knows it.
        public var name: String
        /// `[app.NAME] settings`
        public var settings: JSONValue = .object([:])
        /// "" or "/blog"
        public var mount = ""
        /// Empty: every host.
        public var hosts: [HostPattern] = []
        public var limits = SiteLimits()
        /// The directory that it may write to; empty when there is none.
        public var stateDirectory = ""
        /// By which what it keeps in the daemon ends, in nanoseconds.
        public var storeClock: @Sendable () -> UInt64 = MemoryStore.monotonicNanoseconds
        public var logger: Logger

        public init(name: String, logger: Logger) {
            self.name = name
            self.logger = logger
        }
    }

    private let generation: Generation
    public let site: Site

    /// Calls the app's `create` and `enroll` on this thread.
    /// - Throws: what the app, or the host about its routes, has to say.
    public init(
        _ descriptor: UnsafePointer<zzz_app_descriptor>, number: UInt64, host: HostTable, _ settings: Settings
    ) throws(AppError) {
        let image = AppImage(path: "", descriptor: try AppDescriptor(descriptor))
        generation = try Generation(
            Generation.Parameters(
                app: settings.name, number: number, realm: "\(settings.name)/\(number)", settings: settings.settings,
                stateDirectory: settings.stateDirectory,
                store: MemoryStore(StoreLimits(StoreSettings()), now: settings.storeClock), logger: settings.logger),
            image: image)
        try generation.create(host)
        try generation.enroll()
        site = try generation.makeSite(mount: settings.mount, hosts: settings.hosts, limits: settings.limits)
    }

    /// Calls the app's `start` on this thread.
    public func start() throws(AppError) {
        LoopExtension.server?.pubSub.add(resident: site)
        try generation.start()
    }

    /// Calls the app's `quiesce` and `stop` on this thread; once, when no request is in flight.
    public func stop() {
        generation.quiesce()
        generation.stop()
        generation.releaseAll()
        LoopExtension.server?.pubSub.remove(resident: site)
    }
}
