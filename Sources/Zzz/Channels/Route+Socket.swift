import ZzzAppABI
import ZzzJSON

/// Lets clients open a socket for channels below a path: at `/websocket`, and by long polling at `/longpoll`.
///
/// ```swift
/// func routes() -> [Route] {
///     socket("/socket", UserSocket.self)          // new Socket("/socket", {params: {...}}) in phoenix.js
/// }
/// ```
/// `through` are pipelines for it, after those of its scopes: ``Session`` and the like. They run before `connect`; over
/// long polling they run with each request, and `connect` with the first one of a session.
public func socket<Socket: ChannelSocket>(
    _ path: String, _ type: Socket.Type, through pipelines: [Pipeline] = [], file: StaticString = #fileID,
    line: UInt = #line, _ configure: (inout SocketOptions) -> Void = { _ in }
) -> [Route] {
    var options = SocketOptions()
    configure(&options)
    let entrance = SocketEntrance<Socket>(options: options)
    let check = SocketOriginCheck(origins: options.origins, needsSession: options.connectInfo.contains(.session))
    let checked = pipelines + [Pipeline(steps: [.sync(check)])]
    let base = path.hasSuffix("/") ? String(path.dropLast()) : path
    var routes: [Route] = []
    if options.isWebSocket {
        routes.append(
            get("\(base)/websocket", through: checked, file: file, line: line) { try await entrance.open($0) })
    }
    if options.isLongPoll {
        routes.append(
            match([.get, .post], "\(base)/longpoll", through: checked, file: file, line: line) {
                try await entrance.poll($0)
            })
        routes.append(
            Zzz.options("\(base)/longpoll", through: checked, file: file, line: line) {
                entrance.answerPreflight($0)
            })
    }
    let kind = ChannelSocketKind(type, source: "\(file):\(line)")
    return routes.map { route in
        var route = route
        route.channelSocket = kind
        return route
    }
}

/// Where sockets of one kind come in.
private struct SocketEntrance<Socket: ChannelSocket>: Sendable {
    let options: SocketOptions

    /// A WebSocket.
    func open(_ context: Context) async throws {
        guard let socket = try await Socket.connect(SocketRequest(context, .webSocket, options)) else {
            throw Abort(.forbidden)
        }
        try await accept(context, socket, .switchingProtocols) { $0.pointee.accept }
    }

    /// One request of a client that polls: what it is told is in the body, and the status is always 200.
    func poll(_ context: Context) async throws {
        if try goesOn(context) { return }
        allowOrigin(context)
        let socket: Socket?
        do {
            socket = try await Socket.connect(SocketRequest(context, .longPoll, options))
        } catch let abort as Abort {
            // phoenix.js knows these two, and stops for good at any other.
            return try answer(context, abort.status.rawValue < 500 ? .forbidden : .internalServerError)
        }
        guard let socket else { return try answer(context, .forbidden) }
        try await accept(context, socket, .ok) { $0.pointee.poll }
    }

    /// Whether the host has answered the request by the session that it names: `connect` has been asked for that.
    private func goesOn(_ context: Context) throws -> Bool {
        guard let poll = context.instance.host.channel?.pointee.poll else { return false }
        return try context.answeredByHost { poll($0, nil, $1) }
    }

    private func answer(_ context: Context, _ status: Status) throws {
        context.setHeader("Cache-Control", "no-store")
        try context.json(["status": status.rawValue])
    }

    /// A page of another origin has to be allowed to read what it gets.
    private func allowOrigin(_ context: Context) {
        guard let origin = context.headers["origin"] else { return }
        context.setHeader("Access-Control-Allow-Origin", origin)
        context.addHeader("Vary", "Origin")
    }

    func answerPreflight(_ context: Context) {
        allowOrigin(context)
        context.setHeader("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
        context.setHeader(
            "Access-Control-Allow-Headers", "Content-Type, X-Phoenix-AuthToken, X-Phoenix-Longpoll-Token")
        context.setHeader("Access-Control-Max-Age", "600")
        context.noContent()
    }

    private typealias Acceptance =
        @convention(c) (
            OpaquePointer?, UnsafePointer<zzz_channel_socket>?, UnsafeMutablePointer<zzz_error>?
        ) -> zzz_status

    private func accept(
        _ context: Context, _ socket: Socket, _ status: Status, _ function: (ChannelTable) -> Acceptance?
    ) async throws {
        let host = context.instance.host
        guard let api = host.channel, let accept = function(api) else {
            throw HostError(missing: "accept", ZZZ_CHANNEL_EXTENSION)
        }
        let (state, id, version) = (try socket.stateBytes, socket.id ?? "", context.query["vsn"] ?? "")
        try await context.becomeSocket(status) { request, fields, error in
            options.connection.withRecord(subprotocols: options.subprotocols, fields) { connection in
                version.withBytes { version in
                    id.withBytes { id in
                        state.withBytes { state in
                            var record = zzz_channel_socket()
                            record.size = UInt32(MemoryLayout<zzz_channel_socket>.size)
                            record.channels = options.channels.map { UInt32(clamping: max(1, $0)) } ?? 0
                            record.messages_per_second =
                                options.messagesPerSecond.map { UInt32(clamping: max(1, $0)) } ?? 0
                            record.version = version
                            record.id = id
                            record.state = state
                            record.options = connection
                            return accept(request, &record, error)
                        }
                    }
                }
            }
        }
    }
}
