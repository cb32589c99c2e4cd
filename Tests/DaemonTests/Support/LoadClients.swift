import Glibc
import Synchronization

/// Clients that send one request after the other to a daemon, on threads of their own, until they are told to stop, and
/// count what happens to each. They end with their owner at the latest: a test that fails leaves nobody behind.
final class LoadClients: Sendable {
    enum Manner {
        /// A new connection for each request.
        case connectingAnew
        /// One connection for as long as the server keeps it, and a new one when it has said that it closes it.
        case keepingAlive
    }

    struct Count {
        var succeeded = 0
        /// Connections that were not accepted.
        var refused = 0
        /// Requests without a whole response of status 200.
        var failed: [String] = []
        /// The longest time between two successes of all clients together.
        var longestGap = Duration.zero
        fileprivate var lastSuccess = ContinuousClock.now
        fileprivate var running = 0
    }

    private let group: Group

    init(
        _ clients: Int, _ manner: Manner, target: String, connect: @escaping @Sendable () throws -> RawClient
    ) throws {
        group = Group(manner, target: target, connect: connect)
        for _ in 0..<clients { try group.start() }
    }

    deinit { group.isStopping.store(true, ordering: .relaxed) }

    /// What has happened so far.
    var soFar: Count { group.count.withLock { $0 } }

    /// Waits until so many more requests have succeeded.
    func awaitSuccesses(_ more: Int) throws {
        let wanted = soFar.succeeded + more
        try eventually("\(more) more requests") { soFar.succeeded >= wanted }
    }

    /// Ends the clients, and tells what happened.
    func stop() throws -> Count {
        group.isStopping.store(true, ordering: .relaxed)
        try eventually("the clients have ended") { soFar.running == 0 }
        return soFar
    }
}

/// What the threads of `LoadClients` share.
private final class Group: Sendable {
    let count = Mutex(LoadClients.Count())
    let isStopping = Atomic<Bool>(false)
    private let manner: LoadClients.Manner
    private let makeClient: @Sendable () throws -> RawClient
    private let target: String

    init(_ manner: LoadClients.Manner, target: String, connect: @escaping @Sendable () throws -> RawClient) {
        self.manner = manner
        self.target = target
        makeClient = connect
    }

    /// One more client.
    func start() throws {
        count.withLock { $0.running += 1 }
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self)
        let error = pthread_create(&thread, nil, { context in
            Unmanaged<Group>.fromOpaque(context!).takeRetainedValue().run()
            return nil
        }, context.toOpaque())
        guard error == 0 else {
            context.release()
            throw SystemFailure("pthread_create: \(error)")
        }
        pthread_detach(thread)
    }

    private func run() {
        var client: RawClient?
        while !isStopping.load(ordering: .relaxed) {
            do {
                if client == nil { client = try makeClient() }
            } catch {
                count.withLock { $0.refused += 1 }
                usleep(1000)
                continue
            }
            guard let current = client else { return }
            do {
                let isLast = try request(on: current)
                note(success: true, "")
                if isLast { client = nil }
            } catch {
                note(success: false, "\(error)")
                client = nil
            }
        }
        count.withLock { $0.running -= 1 }
    }

    /// Whether the connection is of no more use.
    private func request(on client: RawClient) throws -> Bool {
        let close = manner == .connectingAnew ? "Connection: close\r\n" : ""
        try client.send("GET \(target) HTTP/1.1\r\nHost: a\r\n\(close)\r\n")
        let response = try client.response()
        guard response.status == 200 else { throw SystemFailure("status \(response.status)") }
        return response.saysClose
    }

    private func note(success: Bool, _ failure: String) {
        count.withLock { count in
            guard success else { return count.failed.append(failure) }
            let now = ContinuousClock.now
            count.longestGap = max(count.longestGap, now - count.lastSuccess)
            count.lastSuccess = now
            count.succeeded += 1
        }
    }
}
