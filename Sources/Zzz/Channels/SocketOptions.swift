import ZzzAppABI

/// How clients may open a ``ChannelSocket``, and what they may do then.
///
/// ```swift
/// socket("/socket", UserSocket.self) {
///     $0.origins = .list(["//*.example.com"])
///     $0.channels = 20
/// }
/// ```
/// A limit that is nil is the daemon's.
public struct SocketOptions: Sendable {
    /// Whether it is there as a WebSocket, below the path at `/websocket`.
    public var isWebSocket = true
    /// Whether it is there for clients that can open none, at `/longpoll`.
    public var isLongPoll = true
    /// Whose pages may open it.
    public var origins = SocketOrigins.sameHost
    /// What `connect` may know of the request.
    public var connectInfo: Set<ConnectInfo> = []
    /// What is agreed on when the client offers it; the first of these is taken.
    public var subprotocols = ["phoenix"]
    /// How many channels a client may have joined at a time.
    public var channels: Int?
    /// How many messages a client may send, over all its channels.
    public var messagesPerSecond: Int?
    /// What the connection is.
    public var connection = WebSocketOptions()

    public init() {}
}

/// How a WebSocket is spoken. A limit that is nil is the daemon's.
public struct WebSocketOptions: Sendable {
    /// The longest message from the client, in bytes: it is closed with 1009 above that.
    public var messageBytes: Int?
    /// How many frames a message may be cut into.
    public var fragments: Int?
    /// How many bytes may wait for a client that reads slowly.
    public var queuedBytes: Int?
    /// What happens above that.
    public var whenSlow = SlowPolicy.close
    /// A client that has been silent for so long is sent a ping.
    public var pingAfter: Duration?
    /// A client that has been silent for so long is closed.
    public var idleTimeout: Duration?
    /// Whether messages are compressed, where the client can (RFC 7692).
    public var compression = SocketCompression.none

    public init() {}

    /// What is done about a client that does not read as fast as it is sent to.
    public enum SlowPolicy: Sendable {
        /// It is closed, with 1013: it comes back, and begins anew.
        case close
        /// Messages to it are dropped.
        case drop
    }

    /// Calls `body` with the options as the host takes them, valid for the call.
    func withRecord<Result>(
        subprotocols: [String], _ fields: UnsafeBufferPointer<zzz_header>,
        _ body: (UnsafePointer<zzz_socket_options>) throws -> Result
    ) rethrows -> Result {
        try subprotocols.joined(separator: ", ").withBytes { subprotocols in
            var record = zzz_socket_options()
            record.size = UInt32(MemoryLayout<zzz_socket_options>.size)
            record.flags = compression.flags | (whenSlow == .drop ? UInt32(ZZZ_SOCKET_DROP_WHEN_SLOW) : 0)
            record.message_bytes = messageBytes.map { UInt64(clamping: max(1, $0)) } ?? 0
            record.fragments = fragments.map { UInt32(clamping: max(1, $0)) } ?? 0
            record.queued_bytes = queuedBytes.map { UInt64(clamping: max(1, $0)) } ?? 0
            record.ping_after_ms = pingAfter?.wholeMilliseconds ?? 0
            record.idle_timeout_ms = idleTimeout?.wholeMilliseconds ?? 0
            record.subprotocols = subprotocols
            record.headers = fields.baseAddress
            record.header_count = UInt32(fields.count)
            return try body(&record)
        }
    }
}

/// Whether messages are compressed, and what is kept between them. What is kept makes messages smaller, for memory of
/// each socket.
public enum SocketCompression: Sendable {
    case none
    /// Each message by itself.
    case eachMessage
    /// The client may look back at what it has sent: up to 32 KiB for each socket.
    case keepingClientContext
    /// Both may: some 130 KiB for each socket.
    case keepingBothContexts

    var flags: UInt32 {
        let compress = UInt32(ZZZ_SOCKET_COMPRESS)
        return switch self {
        case .none: 0
        case .eachMessage: compress
        case .keepingClientContext: compress | UInt32(ZZZ_SOCKET_KEEP_CLIENT_CONTEXT)
        case .keepingBothContexts:
            compress | UInt32(ZZZ_SOCKET_KEEP_CLIENT_CONTEXT) | UInt32(ZZZ_SOCKET_KEEP_SERVER_CONTEXT)
        }
    }
}
