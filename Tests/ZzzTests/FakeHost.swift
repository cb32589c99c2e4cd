// A host in the test's own process: it keeps what an app registers, calls its handlers, and records what they answer.
// Everything runs on the thread that calls it; posted jobs and timers run in `drain` and `advance`.
import Glibc
import Synchronization
import ZzzAppABI
import ZzzStore

@testable import Zzz

final class FakeHost: @unchecked Sendable {
    // Used by the test's thread, but for `jobs`, which any thread may add to.

    struct RegisteredRoute {
        var methods: UInt32
        var flags: UInt32
        var pattern: String
        var host: String
        var source: String
        var name: String
        var bodyLimitBytes: UInt64
        var timeoutMilliseconds: UInt64
        var multipartLimitBytes: UInt64
        var handler: zzz_handler
        var user: UnsafeMutableRawPointer?
    }

    struct LogRecord: Equatable {
        var level: UInt32
        var message: String
        var fields: [String: String]
        var hasRequest: Bool
    }

    /// `user` belongs to whoever posted it; the host only hands it back.
    struct Job: @unchecked Sendable {
        var run: zzz_job
        var user: UnsafeMutableRawPointer?
    }

    struct Timer {
        var id: UInt
        var dueMicroseconds: UInt64
        var job: Job
    }

    var routes: [RegisteredRoute] = []
    var unmatched: (handler: zzz_handler, user: UnsafeMutableRawPointer?)?
    var log: [LogRecord] = []
    var logLevel: UInt32 = 0
    var settings: [String: Setting] = [:]
    /// How much of a table the host offers, by the extension's name: what an older daemon has. All of the others.
    var tableBytes: [String: Int] = [:]
    /// What the next call of `route` returns.
    var routeStatus: (zzz_status, String) = (0, "")
    /// What `post` returns: a full mailbox.
    var postStatus: zzz_status = 0
    /// Whether `current` says that this thread runs the loop.
    var isOnLoop = true
    var postedCount = 0
    let jobs = Mutex<[Job]>([])
    var timers: [Timer] = []
    var nowMicroseconds: UInt64 = 0
    var lastTimer: UInt = 0
    var cancelledTimers = 0
    /// Ends entries by the same clock as timers: see `advance`.
    private(set) lazy var store = MemoryStore(
        StoreLimits(memoryByteCount: 1 << 20, valueByteCount: 64 << 10)
    ) { [unowned self] in storeTime.load(ordering: .relaxed) }
    let channels = FakeChannels()
    private let storeTime = Atomic<UInt64>(0)
    private(set) var instance: AppInstance?

    enum Setting {
        case string(String)
        case integer(Int64)
        case number(Double)
        case boolean(Bool)
        /// Keys of a table, and its JSON.
        case table([String], String)
    }

    /// Texts that were handed out, for the life of the host.
    private var constants: [UnsafeMutablePointer<CChar>] = []

    deinit {
        for constant in constants { constant.deallocate() }
    }

    var handle: OpaquePointer { OpaquePointer(Unmanaged.passUnretained(self).toOpaque()) }

    static func from(_ app: OpaquePointer?) -> FakeHost? {
        app.map { Unmanaged<FakeHost>.fromOpaque(UnsafeRawPointer($0)).takeUnretainedValue() }
    }

    /// The host that this thread runs now: what the functions without a handle belong to.
    static let threadKey: pthread_key_t = {
        var key: pthread_key_t = 0
        pthread_key_create(&key, nil)
        return key
    }()

    static var current: FakeHost? {
        pthread_getspecific(threadKey).map { Unmanaged<FakeHost>.fromOpaque($0).takeUnretainedValue() }
    }

    func onThisThread<Result>(_ body: () throws -> Result) rethrows -> Result {
        let previous = pthread_getspecific(Self.threadKey)
        pthread_setspecific(Self.threadKey, Unmanaged.passUnretained(self).toOpaque())
        defer { pthread_setspecific(Self.threadKey, previous) }
        return try body()
    }

    /// Makes an app and registers its routes.
    func load(_ app: some App) throws {
        var host = FakeTables.host
        host.extension = { name in
            let table = FakeTables.host.extension(name)
            let byteCount = FakeHost.current?.tableBytes[String(cString: name!)]
            return byteCount.map { FakeHost.beginning(of: table, $0) } ?? table
        }
        let instance = try onThisThread { try AppInstance(host: Host(&host, app: handle)) { _ in app } }
        self.instance = instance
        // As in the daemon, an instance lives as long as the process, and its host with it.
        _ = Unmanaged.passRetained(self)
        try instance.enroll()
    }

    /// Makes an app of these routes.
    func load(@RoutesBuilder _ routes: @escaping @Sendable () -> [Route]) throws {
        try load(RoutesApp(make: routes))
    }

    /// The beginning of a table, and nothing behind it.
    private static func beginning(of table: UnsafeRawPointer?, _ byteCount: Int) -> UnsafeRawPointer? {
        guard let table else { return nil }
        let copy = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 8)
        copy.copyMemory(from: table, byteCount: byteCount)
        copy.storeBytes(of: UInt32(byteCount), as: UInt32.self)
        return UnsafeRawPointer(copy)
    }

    func constant(_ text: String) -> zzz_bytes {
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: max(1, text.utf8.count))
        for (index, byte) in text.utf8.enumerated() { copy[index] = CChar(bitPattern: byte) }
        constants.append(copy)
        return zzz_bytes(data: copy, count: text.utf8.count)
    }

    // MARK: Requests

    /// Sends a request through the routes, and runs the loop until nothing is ready.
    @discardableResult
    func send(_ request: FakeRequest) -> FakeRequest {
        onThisThread {
            request.host = self
            request.dispatch(routes, unmatched: unmatched)
            drain()
        }
        return request
    }

    @discardableResult
    func get(_ target: String, headers: [(String, String)] = []) -> FakeRequest {
        send(FakeRequest("GET", target, headers: headers))
    }

    /// Runs posted jobs until there are none.
    func drain() {
        onThisThread {
            while let job = jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { job.run(job.user) }
        }
    }

    /// Lets time pass: runs the timers that become due, in order, and what they make ready.
    func advance(microseconds: UInt64) {
        onThisThread {
            nowMicroseconds += microseconds
            storeTime.store(nowMicroseconds * 1000, ordering: .relaxed)
            while let next = timers.filter({ $0.dueMicroseconds <= nowMicroseconds }).min(by: {
                $0.dueMicroseconds < $1.dueMicroseconds
            }) {
                timers.removeAll { $0.id == next.id }
                next.job.run(next.job.user)
                drain()
            }
        }
    }
}

/// An app of some routes.
struct RoutesApp: App {
    let make: @Sendable () -> [Route]

    func routes() -> [Route] { make() }
}
