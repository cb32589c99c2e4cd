import Logging
import Synchronization
import ZzzAppABI
import ZzzConfig
import ZzzHTTP
import ZzzIO
import ZzzRouter
import ZzzServer

/// The listener for health checks and metrics: a server of its own, whose one loop answers while apps hold the others.
///
/// Life: `init`, `start`, `stop`. When its address is taken, as it is while the daemon before this one still runs, it
/// tries again every second: serving apps does not depend on it.
final class AdminServer: Sendable {
    private struct State {
        /// Kept for as long as it listens: its end removes a socket's file.
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

    func start(_ pages: [AdminPage]) throws(SystemError) {
        try server.start()
        server.publish(Self.table(pages))
        do throws(SystemError) {
            try listen()
        } catch {
            logger.error("the admin listener is not there yet, trying again: \(error)")
            Background.run("admin listen") { [self] in listenLater() }
        }
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        server.stop()
        state.withLock { $0.listener = nil }
    }

    private func listen() throws(SystemError) {
        let listener = try Listener(address: address, options: options)
        try server.listen([listener])
        state.withLock { $0.listener = listener }
    }

    private func listenLater() {
        while true {
            Pause.milliseconds(1000)
            if state.withLock({ $0.isStopped }) { return }
            do throws(SystemError) {
                try listen()
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
            let isMaking = Background.run("admin page") {
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
