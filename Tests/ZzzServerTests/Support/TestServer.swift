import Glibc
import Testing
import ZzzAppABI
import ZzzIO
import ZzzRouter
import ZzzTLS

@testable import ZzzServer

/// Which loops a test runs on: the same suite for both backends, with one loop and with two.
struct Setup: Sendable, CustomTestStringConvertible {
    var backend: IOBackend
    var loops: Int
    var usesTLS = false

    static let all = plain + tls
    /// Without TLS.
    static let plain = [
        Setup(backend: .epoll, loops: 1), Setup(backend: .epoll, loops: 2),
        Setup(backend: .ioUring, loops: 1), Setup(backend: .ioUring, loops: 2),
    ]
    static let tls = [
        Setup(backend: .epoll, loops: 1, usesTLS: true), Setup(backend: .ioUring, loops: 1, usesTLS: true),
    ]
    /// For what a second loop adds nothing to.
    static let single = all.filter { $0.loops == 1 }
    /// The same for what is about the bytes on the socket.
    static let singlePlain = plain.filter { $0.loops == 1 }

    var testDescription: String { "\(backend.rawValue), \(loops) loops\(usesTLS ? ", TLS" : "")" }
}

/// A route whose handler is a closure.
struct TestRoute: Sendable {
    var methods: MethodSet = .get
    var pattern: String
    var host: String?
    var streamsBody = false
    var streamsMultipart = false
    var bodyLimit: Int?
    var multipartLimit: Int?
    var handler: @Sendable (Request, Head) -> Void

    static func get(_ pattern: String, _ handler: @escaping @Sendable (Request, Head) -> Void) -> TestRoute {
        TestRoute(pattern: pattern, handler: handler)
    }

    static func post(
        _ pattern: String, limit: Int? = nil, _ handler: @escaping @Sendable (Request, Head) -> Void
    ) -> TestRoute {
        TestRoute(methods: .post, pattern: pattern, bodyLimit: limit, handler: handler)
    }

    static func stream(
        _ pattern: String, limit: Int? = nil, _ handler: @escaping @Sendable (Request, Head) -> Void
    ) -> TestRoute {
        TestRoute(methods: .post, pattern: pattern, streamsBody: true, bodyLimit: limit, handler: handler)
    }
}

/// What stands for a generation of an app: it owns the closures, and says when it goes.
final class TestApp: Sendable {
    final class Handler: Sendable {
        let body: @Sendable (Request, Head) -> Void
        init(_ body: @escaping @Sendable (Request, Head) -> Void) { self.body = body }

        static let call: zzz_handler = { user, request, head in
            Unmanaged<Handler>.fromOpaque(user!).takeUnretainedValue().body(Request(request), Head(head!))
        }
    }

    private let handlers: [Handler]
    private let gone: Probe<Bool>?

    private init(_ handlers: [Handler], _ gone: Probe<Bool>?) {
        self.handlers = handlers
        self.gone = gone
    }

    deinit { gone?.set(true) }

    static func site(
        name: String = "test", generation: UInt64 = 1, mount: String = "", hosts: [String] = [],
        limits: SiteLimits = SiteLimits(), channels: [ChannelDefinition] = [], presenceHooks: [PresenceHook] = [],
        unmatched: (@Sendable (Request, Head) -> Void)? = nil, gone: Probe<Bool>? = nil,
        app handle: OpaquePointer? = nil, _ routes: [TestRoute]
    ) throws -> Site {
        let handlers = routes.map { Handler($0.handler) }
        let last = unmatched.map { Handler($0) }
        let app = TestApp(handlers + (last.map { [$0] } ?? []), gone)
        let list = try zip(routes, handlers).map { route, handler in
            Route(
                methods: route.methods, pattern: try RoutePattern(route.pattern),
                host: try route.host.map { try HostPattern($0) }, source: route.pattern, handler: Handler.call,
                user: Unmanaged.passUnretained(handler).toOpaque(), streamsBody: route.streamsBody,
                streamsMultipart: route.streamsMultipart, bodyLimitBytes: route.bodyLimit,
                multipartLimitBytes: route.multipartLimit)
        }
        return try Site(
            name: name, generation: generation, mount: mount, hosts: hosts.map { try HostPattern($0) }, routes: list,
            channels: channels, presenceHooks: presenceHooks, unmatched: last.map {
                UnmatchedHandler(handler: Handler.call, user: Unmanaged.passUnretained($0).toOpaque())
            }, limits: limits, owner: app, app: handle)
    }
}

/// What the server tells, kept.
final class TestEvents: ServerEvents {
    struct Access: Sendable, Equatable {
        var method, target, authority: String
        var status: UInt16
        var bodyBytes: UInt64
        var app: String
        var generation: UInt64
        var versionMinor: UInt8
        var peer: String
        var isDurationSane: Bool
    }

    let misuses = Probe<[String]>([])
    let accesses = Probe<[Access]>([])
    let acceptFailures = Probe<[Int32]>([])

    func misuse(app: String, generation: UInt64, route: String?, _ message: String) {
        misuses.update { $0.append("\(app) \(generation) \(route ?? "-"): \(message)") }
    }

    let faults = Probe<[AppFault]>([])

    func appFaulted(_ fault: AppFault) { faults.update { $0.append(fault) } }

    func frozenThreadsNearLimit() {}

    func acceptFailed(_ error: SystemError) { acceptFailures.update { $0.append(error.errno) } }

    func access(_ entry: borrowing AccessEntry) {
        let access = Access(
            method: String(decoding: entry.method, as: UTF8.self),
            target: String(decoding: entry.target, as: UTF8.self),
            authority: String(decoding: entry.authority, as: UTF8.self), status: entry.status,
            bodyBytes: entry.bodyBytes, app: entry.app, generation: entry.generation, versionMinor: entry.versionMinor,
            peer: entry.peer.host, isDurationSane: entry.durationNanoseconds < 60_000_000_000)
        accesses.update { $0.append(access) }
    }
}

/// A running server on a port of its own. After each test everything must have been given back.
final class TestServer: @unchecked Sendable {
    // @unchecked: `clients` is used by the test's own thread only.
    let server: Server
    let site: Site
    let events: TestEvents
    let listening: Listening
    private let clientContext: TLSClientContext?
    private var clients: [Client] = []

    /// Runs `body` against a server with one app, and then checks that no connection, exchange or request is left over.
    static func run(
        _ setup: Setup, _ routes: [TestRoute], configure: (inout Server.Configuration) -> Void = { _ in },
        limits: (inout SiteLimits) -> Void = { _ in }, tls: (inout TLSOptions) -> Void = { _ in },
        proxy: ProxyPolicy? = nil, _ body: (TestServer) throws -> Void
    ) throws {
        var siteLimits = SiteLimits()
        limits(&siteLimits)
        let site = try TestApp.site(limits: siteLimits, routes)
        try run(setup, site: site, configure: configure, tls: tls, proxy: proxy, body)
    }

    static func run(
        _ setup: Setup, site: Site, configure: (inout Server.Configuration) -> Void = { _ in },
        tls: (inout TLSOptions) -> Void = { _ in }, proxy: ProxyPolicy? = nil, _ body: (TestServer) throws -> Void
    ) throws {
        let test = try TestServer(setup, site, configure, tls, proxy)
        defer { test.server.stop() }
        try body(test)
        try test.expectQuiet()
    }

    private init(
        _ setup: Setup, _ site: Site, _ configure: (inout Server.Configuration) -> Void,
        _ tls: (inout TLSOptions) -> Void, _ proxy: ProxyPolicy?
    ) throws {
        signal(SIGPIPE, SIG_IGN)
        var configuration = Server.Configuration()
        configuration.loops = setup.loops
        configuration.loop.backend = setup.backend == .epoll ? .epoll : .ioUring
        configure(&configuration)
        events = TestEvents()
        server = try Server(configuration, events: events)
        try #require(server.backend == setup.backend, "\(server.backendReason)")
        self.site = site
        try server.start()
        server.publish(try SiteTable(sites: [site]))
        clientContext = setup.usesTLS ? try TLSClientContext() : nil
        listening = try server.listen(
            [try Listener(address: .parse("127.0.0.1:0"))],
            Transport(tls: setup.usesTLS ? try TestCertificate.context(tls) : nil, proxy: proxy))
    }

    var address: SocketAddress { listening.address }

    /// - Parameter preamble: what is sent before everything else, also before TLS.
    func client(receiveBuffer: Int32? = nil, preamble: [[UInt8]] = []) throws -> Client {
        let client = try Client(address, receiveBuffer: receiveBuffer, tls: clientContext, preamble: preamble)
        clients.append(client)
        return client
    }

    /// Asks on a connection of its own.
    func get(_ path: String, _ headers: String = "") throws -> Client.Response {
        try client().get(path, headers)
    }

    /// Closes every client, and waits until nothing is left.
    func expectQuiet(_ location: SourceLocation = #_sourceLocation) throws {
        for client in clients { client.close() }
        clients = []
        let isQuiet = eventually {
            let snapshot = self.server.snapshot()
            return snapshot.loops.allSatisfy { $0.connections == 0 && $0.active == 0 }
                && self.server.openConnections == 0 && self.site.activity.totals.unfinished == 0
        }
        let loops = server.snapshot().loops.map { "\($0.connections) connections, \($0.active) exchanges" }
        #expect(
            isQuiet, "left over: \(loops), \(server.openConnections) open, \(site.activity.totals)",
            sourceLocation: location)
    }

    /// Asks until `condition` holds, for at most 20 seconds. Each turn waits for the loops' answers.
    func eventually(_ condition: () -> Bool) -> Bool {
        let end = milliseconds() + 20_000
        while milliseconds() < end {
            if condition() { return true }
            _ = server.snapshot()
            poll(nil, 0, 1)
        }
        return condition()
    }

    /// Asks once after that time, in which nothing shall happen.
    func eventually(afterMilliseconds time: Int32, _ condition: () -> Bool) -> Bool {
        poll(nil, 0, time)
        return condition()
    }

    /// Sums over the loops.
    var statistics: [WorkerStatistics] { server.snapshot().loops.map(\.statistics) }
    func total(_ path: KeyPath<WorkerStatistics, UInt64>) -> UInt64 { statistics.reduce(0) { $0 + $1[keyPath: path] } }
}

/// A pattern in which a lost, repeated or swapped piece shows.
func pattern(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    return (0..<count).map { _ in
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return UInt8(truncatingIfNeeded: state)
    }
}
