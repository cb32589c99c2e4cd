import Glibc
import Logging
import Synchronization
import ZzzHost
import ZzzIO
import ZzzServer

/// The daemon in the test's process: its server with two loops, and the host's side of the contract, put together as
/// zzzd does it. Made with the first app, and there until the process ends.
///
/// What is missing is the process around it: a fault in an app is the test's own, and ends it with a backtrace.
final class TestHost: Sendable {
    /// Why it could not be made is told to every test.
    static let shared = Result { try TestHost() }

    let server: Server
    let table: HostTable
    private let events: TestServerEvents
    private let lastGeneration = Atomic<UInt64>(0)

    /// How long the host waits for a client, in milliseconds: the tests of a process share few threads, and one that
    /// waits for its turn must not lose its connection.
    static let patienceMilliseconds: UInt64 = 3_600_000

    private init() throws {
        signal(SIGPIPE, SIG_IGN)
        var configuration = Server.Configuration()
        configuration.loops = 2
        configuration.limits.headerDeadlineMilliseconds = Self.patienceMilliseconds
        configuration.limits.writeStallMilliseconds = Self.patienceMilliseconds
        configuration.limits.sockets.pingAfterMilliseconds = 0
        configuration.limits.sockets.idleTimeoutMilliseconds = Self.patienceMilliseconds
        events = TestServerEvents()
        server = try Server(configuration, events: events)
        try server.start()
        table = HostTable(version: "testing")
        LoopExtension.attach(server)
    }

    /// The number of the next generation, whose misuse of the contract goes to `log` from now on.
    func nextGeneration(log: AppLog) -> UInt64 {
        let number = lastGeneration.add(1, ordering: .relaxed).newValue
        events.add(log, generation: number)
        return number
    }

    func forget(generation: UInt64) { events.remove(generation: generation) }
}

/// Brings what the server says about an app into that app's log.
private final class TestServerEvents: ServerEvents {
    private let logs = Mutex<[UInt64: AppLog]>([:])

    func add(_ log: AppLog, generation: UInt64) { logs.withLock { $0[generation] = log } }

    func remove(generation: UInt64) { logs.withLock { _ = $0.removeValue(forKey: generation) } }

    func misuse(app: String, generation: UInt64, route: String?, _ message: String) {
        let log = logs.withLock { $0[generation] }
        log?.add(.error, message, route.map { ["route": $0] } ?? [:])
    }

    // A fault is not contained here, so it is never reported.
    func appFaulted(_ fault: AppFault) {}
    func frozenThreadsNearLimit() {}
    func acceptFailed(_ error: SystemError) {}
    // Not asked for.
    func access(_ entry: borrowing AccessEntry) {}
}
