import ZzzAppABI

/// Lets clients open a WebSocket, whose messages the app handles itself. Channels (`socket(_:_:)`) need none of this.
///
/// ```swift
/// webSocket("/rooms/:name") { context in Room(try context.params.require("name")) }
/// ```
/// `make` is called for each request: it returns what handles the socket, or throws an ``Abort`` to refuse. It may be
/// async, or not.
/// - Parameters:
///   - origins: whose pages may open it.
///   - subprotocols: what is agreed on when the client offers it; the first of these is taken.
///   - through: pipelines for it, after those of its scopes.
public func webSocket<Handler: WebSocketHandler>(
    _ pattern: String, origins: SocketOrigins = .sameHost, subprotocols: [String] = [],
    options: WebSocketOptions = WebSocketOptions(), through pipelines: [Pipeline] = [],
    file: StaticString = #fileID, line: UInt = #line,
    _ make: @escaping @Sendable (Context) async throws -> Handler
) -> Route {
    let check = SocketOriginCheck(origins: origins, needsSession: false)
    return get(pattern, through: pipelines + [Pipeline(steps: [.sync(check)])], file: file, line: line) { context in
        try await context.becomeWebSocket(make(context), subprotocols, options)
    }
}

/// The same with a function for every message, for sockets that need no more:
/// ```swift
/// webSocket("/echo") { message, socket in try socket.send(message) }
/// ```
public func webSocket(
    _ pattern: String, origins: SocketOrigins = .sameHost, subprotocols: [String] = [],
    options: WebSocketOptions = WebSocketOptions(), through pipelines: [Pipeline] = [],
    file: StaticString = #fileID, line: UInt = #line,
    _ received: @escaping @Sendable (borrowing Payload, WebSocket) throws -> Void
) -> Route {
    webSocket(
        pattern, origins: origins, subprotocols: subprotocols, options: options, through: pipelines, file: file,
        line: line
    ) { _ in WebSocketFunction(received) }
}

/// The same with a function that runs as a task for as long as the socket is open:
/// ```swift
/// webSocket("/rooms/:name") { context in
///     let name = try context.params.require("name")
///     return { socket in
///         for try await message in socket.messages { try await socket.send("\(name): \(message.text)") }
///     }
/// }
/// ```
/// `make` has the request, may throw an ``Abort`` to refuse, and returns the function. When that returns, the socket is
/// closed with 1000, and with 1011 when it throws; when the socket closes, the task is cancelled.
public func webSocket(
    _ pattern: String, origins: SocketOrigins = .sameHost, subprotocols: [String] = [],
    options: WebSocketOptions = WebSocketOptions(), through pipelines: [Pipeline] = [],
    file: StaticString = #fileID, line: UInt = #line,
    _ make: @escaping @Sendable (Context) async throws -> @Sendable (AsyncWebSocket) async throws -> Void
) -> Route {
    var route = webSocket(
        pattern, origins: origins, subprotocols: subprotocols, options: options, through: pipelines, file: file,
        line: line
    ) { context in WebSocketTask(context, try await make(context)) }
    route.holdsSocket = true
    return route
}

extension Context {
    fileprivate func becomeWebSocket(
        _ handler: some WebSocketHandler, _ subprotocols: [String], _ options: WebSocketOptions
    ) async throws {
        guard let api = instance.host.webSocket else { throw HostError(missing: "accept", ZZZ_WEBSOCKET_EXTENSION) }
        let link = WebSocketLink(handler, instance.host, api, source: endpoint.source)
        // The host's share, given back by the last event.
        let user = Unmanaged.passRetained(link)
        var socket: OpaquePointer?
        do {
            try await becomeSocket(.switchingProtocols) { request, fields, error in
                options.withRecord(subprotocols: subprotocols, fields) { record in
                    api.pointee.accept(request, record, WebSocketLink.callback, user.toOpaque(), &socket, error)
                }
            }
        } catch {
            user.release()
            throw error
        }
        guard let socket else { return user.release() }
        link.open(WebSocket(api, socket), loop: task?.loop)
    }
}

/// What the host has of a WebSocket: its handler.
private final class WebSocketLink: @unchecked Sendable {
    // Used on the socket's loop, by one thread at a time.
    private let handler: any WebSocketHandler
    private let host: Host
    private let api: UnsafePointer<zzz_websocket>
    private let source: String
    private var isOpen = false

    init(_ handler: some WebSocketHandler, _ host: Host, _ api: UnsafePointer<zzz_websocket>, source: String) {
        self.handler = handler
        self.host = host
        self.api = api
        self.source = source
    }

    static let callback: zzz_socket_callback = { user, socket, event in
        guard let user, let socket, let event else { return }
        let link = Unmanaged<WebSocketLink>.fromOpaque(user)
        link._withUnsafeGuaranteedRef { $0.handle(WebSocket($0.api, socket), event.pointee) }
        if Int(event.pointee.kind) == ZZZ_SOCKET_CLOSED { link.release() }
    }

    /// Tells the handler, before anything else, and on the loop: another thread may have that meanwhile.
    func open(_ socket: WebSocket, loop: OpaquePointer?) {
        let executor = LoopExecutor(host, socket.handle, loop: loop)
        if executor.isOnLoop { return openOnce(socket) }
        executor.post { _ in self.openOnce(socket) } orElse: { openOnce(socket) }
    }

    private func openOnce(_ socket: WebSocket) {
        guard !isOpen else { return }
        isOpen = true
        attempt(socket) { try handler.opened(socket) }
    }

    private func handle(_ socket: WebSocket, _ event: borrowing zzz_socket_event) {
        openOnce(socket)
        let data = event.data
        switch Int(event.kind) {
        case ZZZ_SOCKET_TEXT: attempt(socket) { try handler.received(Payload(data, isBinary: false), from: socket) }
        case ZZZ_SOCKET_BINARY: attempt(socket) { try handler.received(Payload(data, isBinary: true), from: socket) }
        case ZZZ_SOCKET_PONG: attempt(socket) { try handler.pong(Payload(data, isBinary: true), from: socket) }
        case ZZZ_SOCKET_WRITABLE: attempt(socket) { try handler.writable(socket) }
        case ZZZ_SOCKET_CLOSED:
            handler.closed(WebSocketCloseCode(rawValue: event.close_code), reason: data.string)
        default: break
        }
    }

    /// An error is the end of the socket.
    private func attempt(_ socket: WebSocket, _ body: () throws -> Void) {
        do {
            try body()
        } catch let error as HostError where error.isGone {
            // The client has left: `closed` comes.
        } catch {
            socket.close(after: error, source: source, host)
        }
    }
}
