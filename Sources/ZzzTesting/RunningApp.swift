import Glibc
import Synchronization
import Zzz
import ZzzAppABI
import ZzzHost
import ZzzIO
import ZzzJSON
import ZzzRouter
import ZzzServer
import ZzzStore

/// An app that the test's process serves, from create to stop, with everything that is its own: its table of sites, its
/// log, its directory, its listeners. It stops when nobody holds it any more.
final class RunningApp: Sendable {
    let log = AppLog()
    /// The directory that the app may write to.
    let directory: TemporaryDirectory
    private let host: TestHost
    private let app: ResidentApp
    private let number: UInt64
    private let table: SiteTable
    private let transport: TestClient.Transport
    /// How far its clocks are ahead of the machine's.
    private let ahead = Ahead()
    /// Where it listens: for plain HTTP, and for what counts as HTTPS.
    private let listening = Mutex<[Bool: Listening]>([:])

    /// How long requests and sockets that are there at the end may take.
    private static let drainSeconds = 10

    init(
        _ settings: TestClient.Settings, _ configuration: JSONValue, over transport: TestClient.Transport,
        _ make: @escaping @Sendable (Configuration) throws -> any App
    ) throws {
        host = try TestHost.shared.get()
        self.transport = transport
        directory = try TemporaryDirectory()
        number = host.nextGeneration(log: log)
        var resident = ResidentApp.Settings(name: settings.name, logger: log.logger())
        resident.settings = configuration
        resident.mount = settings.mount
        resident.hosts = try settings.hosts.map { try HostPattern($0) }
        resident.stateDirectory = directory.path
        resident.storeClock = { [ahead] in MemoryStore.monotonicNanoseconds() &+ ahead.nanoseconds }
        resident.limits.bodyBytes = settings.bodyLimitBytes
        // A test that waits for its turn is no slow client: see TestHost.
        resident.limits.bodyIdleMilliseconds = TestHost.patienceMilliseconds
        resident.limits.writeStallMilliseconds = TestHost.patienceMilliseconds
        resident.limits.requestTimeoutMilliseconds = settings.requestTimeout.wholeMilliseconds
        app = try Self.start(resident, TestDescriptor.App(make: make, ahead: ahead), number, host)
        // Requests in flight may outlive the table's connections: like its generation, a site is never freed.
        _ = Unmanaged.passRetained(app.site)
        self.table = try SiteTable(sites: [app.site])
        if transport == .listener { _ = try listen(isSecure: false) }
    }

    private static func start(
        _ settings: ResidentApp.Settings, _ app: TestDescriptor.App, _ number: UInt64, _ host: TestHost
    ) throws -> ResidentApp {
        do {
            return try TestDescriptor.$app.withValue(app) {
                let app = try ResidentApp(TestDescriptor.pointer, number: number, host: host.table, settings)
                try app.start()
                return app
            }
        } catch {
            host.forget(generation: number)
            throw error
        }
    }

    deinit {
        for place in listening.withLock({ $0.values }) { host.server.unlisten(place) }
        let deadline = Deadline(.seconds(Self.drainSeconds))
        while app.site.activity.totals.unfinished > 0, !deadline.isOver { usleep(1_000) }
        app.stop()
        host.forget(generation: number)
    }

    /// Lets time pass for its sessions and tokens, and for what it keeps in the daemon.
    func advance(by duration: Duration) { ahead.add(duration) }

    /// Where it listens; nil in process.
    var address: SocketAddress? { listening.withLock { $0[false]?.address } }

    /// A new connection to it: a descriptor that does not block.
    func connect(isSecure: Bool) throws -> Int32 {
        switch transport {
        case .inProcess:
            let (client, server) = try SocketPair.make()
            let peer = SocketAddress(.ipv4(address: 0x7F00_0001, port: UInt16.random(in: 49_152...65_535)))
            host.server.adopt(server, peer: peer, own(isSecure: isSecure))
            return client
        case .listener:
            return try SocketPair.connect(to: listen(isSecure: isSecure))
        }
    }

    /// Connections that reach this app, whatever other apps the process serves.
    private func own(isSecure: Bool) -> ZzzServer.Transport {
        var transport = ZzzServer.Transport()
        transport.table = table
        transport.isSecure = isSecure
        return transport
    }

    private func listen(isSecure: Bool) throws -> SocketAddress {
        try listening.withLock { listening in
            if let place = listening[isSecure] { return place.address }
            let listener = try Listener(address: .parse("127.0.0.1:0"))
            let place = try host.server.listen([listener], own(isSecure: isSecure))
            listening[isSecure] = place
            return place.address
        }
    }
}

/// How far a clock is ahead of the machine's.
private final class Ahead: Sendable {
    private let value = Atomic<UInt64>(0)

    var nanoseconds: UInt64 { value.load(ordering: .relaxed) }
    var seconds: Int64 { Int64(nanoseconds / 1_000_000_000) }

    func add(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let nanoseconds = UInt64(clamping: seconds) &* 1_000_000_000 &+ UInt64(clamping: attoseconds / 1_000_000_000)
        value.add(nanoseconds, ordering: .relaxed)
    }
}

/// The descriptor of every app of the process: its `create` makes what the calling thread has set.
private enum TestDescriptor {
    struct App: Sendable {
        let make: @Sendable (Configuration) throws -> any Zzz.App
        let ahead: Ahead
    }

    @TaskLocal static var app: App?

    private struct Constant: @unchecked Sendable {
        // @unchecked: constant memory that is never freed.
        let pointer: UnsafePointer<zzz_app_descriptor>
    }

    static var pointer: UnsafePointer<zzz_app_descriptor> { descriptor.pointer }

    private static let descriptor: Constant = {
        let memory = UnsafeMutablePointer<zzz_app_descriptor>.allocate(capacity: 1)
        memory.initialize(
            to: lifecycle(name: "testing", version: "0") { host, handle, state, error in
                let app = TestDescriptor.app
                let secondsAhead: @Sendable () -> Int64 = { app?.ahead.seconds ?? 0 }
                return createApp(host, handle, state, error, secondsAhead: secondsAhead) { configuration in
                    guard let app else { throw StartupError("no app was set") }
                    return try app.make(configuration)
                }
            })
        return Constant(pointer: memory)
    }()
}
