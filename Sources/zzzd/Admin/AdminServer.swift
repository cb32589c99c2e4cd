import Glibc
import Logging
import Synchronization
import ZzzAppABI
import ZzzConfig
import ZzzHTTP
import ZzzIO
import ZzzLog
import ZzzRouter
import ZzzServer
import ZzzSupervisor

/// The listener for health checks and metrics: a server of its own, whose one loop answers while apps hold the others.
///
/// Life: `init`, `open`, `accept`, and `handOver` or `stop`. Serving apps does not depend on it: an address that cannot
/// be bound is logged, and tried again every second.
final class AdminServer: Sendable {
    private struct State {
        /// Kept for as long as it listens.
        var listener: Listener?
        var isStopped = false
    }

    private let server: Server
    private let address: SocketAddress
    private let options: Listener.Options
    private let logger: Logger
    private let state = Mutex(State())

    init(
        at address: ListenAddress, mode: UInt32, events: any ServerEvents, logger: Logger
    ) throws(SystemError) {
        self.logger = logger
        self.address = try SocketAddress.parse(address.description)
        var options = Listener.Options()
        options.unixMode = mode
        options.backlog = 64
        self.options = options
        var configuration = Server.Configuration()
        configuration.loop.backend = .epoll
        configuration.loop.maxPooledBuffers = 4
        configuration.limits.connections = 64
        configuration.requestsInFlightPerLoop = 64
        server = try Server(configuration, events: events)
    }

    /// Where it listens, with the port that the kernel chose; nil while it does not.
    var listeningAddress: String? { state.withLock { $0.listener?.address.description } }

    /// The name under which its socket outlives this process.
    var socketName: String { SocketName.admin(address.description) }

    /// The descriptor of its socket, for whoever keeps it; nil without one.
    var socket: Int32? { state.withLock { $0.listener?.fd } }

    /// Starts its loop, and takes over the socket of the process before this one, or binds.
    func open(_ pages: [AdminPage], inherited: [InheritedSocket]) throws(SystemError) {
        try server.start()
        server.publish(Self.table(pages))
        for socket in inherited.dropFirst() { close(socket.descriptor) }
        do throws(SystemError) {
            let listener =
                if let socket = inherited.first {
                    try Listener(adopting: socket.descriptor)
                } else {
                    try Listener(address: address, options: options)
                }
            state.withLock { $0.listener = listener }
        } catch {
            logger.error("the admin listener is not there yet, trying again: \(error)")
            DetachedThread.start("admin listen") { [self] in listenLater() }
        }
    }

    /// Answers from here on: while another process serves, that one does.
    func accept() {
        guard let listener = state.withLock({ $0.listener }) else { return }
        do throws(SystemError) {
            try server.listen([listener])
        } catch {
            logger.error("the admin listener cannot be watched: \(error)")
        }
    }

    /// Lets another process go on with the socket.
    func handOver() {
        state.withLock { state in
            state.isStopped = true
            state.listener?.leaveSocketFile()
        }
        server.beginDraining(isHandOver: true)
    }

    func stop(_ end: Daemon.End) {
        let listener = state.withLock { state in
            defer { state.listener = nil }
            state.isStopped = true
            return state.listener
        }
        if end != .stopped { listener?.leaveSocketFile() }
        server.stop()
        // An adopted socket leaves its file.
        if end == .stopped, listener != nil, case .unix(let path) = address.kind { unlink(path) }
    }

    private func listenLater() {
        while true {
            Pause.milliseconds(1000)
            if state.withLock({ $0.isStopped }) { return }
            do throws(SystemError) {
                let listener = try Listener(address: address, options: options)
                state.withLock { $0.listener = listener }
                accept()
                return logger.notice("the admin listener is there", metadata: ["address": "\(address)"])
            } catch { /* said once */ }
        }
    }

    /// The site with the pages: what is no page gets 404, and what is no GET or HEAD 405, from the server itself.
    private static func table(_ pages: [AdminPage]) -> SiteTable {
        let owner = AdminPages(pages)
        do {
            let routes = try owner.pages.map { page in
                Route(
                    methods: .get, pattern: try RoutePattern(page.path), source: "zzzd", handler: AdminPage.handler,
                    user: Unmanaged.passUnretained(page).toOpaque())
            }
            let site = try Site(name: "zzzd", generation: 1, mount: "", hosts: [], routes: routes, owner: owner)
            return try SiteTable(sites: [site])
        } catch {
            preconditionFailure("the admin pages conflict: \(error)")
        }
    }
}

/// The pages, which live as long as their site.
private final class AdminPages: Sendable {
    let pages: [AdminPage]
    init(_ pages: [AdminPage]) { self.pages = pages }
}

/// One path, and what is answered there.
final class AdminPage: Sendable {
    /// Makes the answer for the query.
    typealias Body = @Sendable (_ query: String) -> Answer

    struct Answer {
        var status: UInt16 = 200
        var contentType = "text/plain; charset=utf-8"
        var body: [UInt8]

        init(_ text: String) { self.init(200, text) }

        init(_ status: UInt16, _ text: String) {
            self.status = status
            body = Array(text.utf8)
        }

        init(contentType: String, body: [UInt8]) {
            self.contentType = contentType
            self.body = body
        }
    }

    let path: String
    /// It waits for other loops, so it is made on a thread of its own, and nobody waits for it but who asked.
    private let isSlow: Bool
    private let body: Body

    init(_ path: String, isSlow: Bool = false, _ body: @escaping Body) {
        self.path = path
        self.isSlow = isSlow
        self.body = body
    }

    fileprivate static let handler: zzz_handler = { user, request, head in
        guard let user, let head else { return }
        let page = Unmanaged<AdminPage>.fromOpaque(user).takeUnretainedValue()
        let bytes = UnsafeRawBufferPointer(start: head.pointee.query.data, count: Int(head.pointee.query.count))
        let query = String(decoding: bytes, as: UTF8.self)
        nonisolated(unsafe) let request = request  // a handle is a number, which any thread may use
        if page.isSlow, (try? RequestCalls.retain(request)) != nil {
            let isMaking = DetachedThread.start("admin page") {
                page.body(query).send(to: request)
                try? RequestCalls.release(request)  // refused only when the client has gone
            }
            if isMaking { return }
            try? RequestCalls.release(request)
        }
        page.body(query).send(to: request)
    }
}

extension AdminPage.Answer {
    fileprivate func send(to request: OpaquePointer?) {
        var (contentType, name, value) = (contentType, "cache-control", "no-store")
        contentType.withUTF8 { contentType in
            name.withUTF8 { name in
                value.withUTF8 { value in
                    body.withUnsafeBytes { body in
                        var header = zzz_header(
                            name: Self.bytes(UnsafeRawBufferPointer(name)),
                            value: Self.bytes(UnsafeRawBufferPointer(value)))
                        withUnsafePointer(to: &header) { header in
                            var response = zzz_http_response()
                            response.size = UInt32(MemoryLayout<zzz_http_response>.size)
                            response.status = status
                            response.headers = header
                            response.header_count = 1
                            response.content_type = Self.bytes(UnsafeRawBufferPointer(contentType))
                            response.body = Self.bytes(body)
                            // Refused only when the client has gone.
                            try? RequestCalls.respond(request, &response)
                        }
                    }
                }
            }
        }
    }

    private static func bytes(_ buffer: UnsafeRawBufferPointer) -> zzz_bytes {
        zzz_bytes(data: buffer.baseAddress?.assumingMemoryBound(to: CChar.self), count: buffer.count)
    }
}
