import ZzzBase64

/// What a client says when it opens a socket for channels: given to ``ChannelSocket/connect(_:)``, and not to be kept.
///
/// Of the request itself only what ``SocketOptions/connectInfo`` lists can be read: what a client may say is decided in
/// one place.
public struct SocketRequest {
    private let context: Context
    private let options: SocketOptions
    /// How it is opened.
    public let transport: Transport

    public enum Transport: Sendable {
        case webSocket, longPoll
    }

    init(_ context: Context, _ transport: Transport, _ options: SocketOptions) {
        self.context = context
        self.transport = transport
        self.options = options
    }

    /// The parameters of the socket's path and of the query: those that the client was given.
    public var params: Params { context.params }

    /// The client's token: of the subprotocol `base64url.bearer.phx.` or, over long polling, of the field
    /// `X-Phoenix-AuthToken`. Nil without one.
    public var token: String? {
        if transport == .longPoll { return context.headers["x-phoenix-authtoken"] }
        let prefix = "base64url.bearer.phx."
        for field in context.headers.all("sec-websocket-protocol") {
            for name in field.split(separator: ",").map({ $0.trimmingBlanks() }) where name.hasPrefix(prefix) {
                let text = name.dropFirst(prefix.count)
                // Clients write the standard alphabet, whatever the name says.
                return (Base64.decode(text) ?? Base64.decode(text, .url)).map { String(decoding: $0, as: UTF8.self) }
            }
        }
        return nil
    }

    // MARK: From the list

    /// The other end of the connection. With `.peerAddress`.
    public var peerAddress: RemoteAddress? { isListed(.peerAddress) ? context.remoteAddress : nil }

    /// The fields whose names begin with "x-", in lower case. With `.xHeaders`.
    public var xHeaders: [(name: String, value: String)] {
        isListed(.xHeaders) ? context.headers.map { ($0.lowercased(), $1) }.filter { $0.0.hasPrefix("x-") } : []
    }

    /// What was asked for: "https://example.com/socket/websocket?vsn=2.0.0". With `.uri`.
    public var uri: String? {
        isListed(.uri) ? "\(context.scheme)://\(context.authority)\(context.rawTarget)" : nil
    }

    /// With `.userAgent`.
    public var userAgent: String? { isListed(.userAgent) ? context.headers["user-agent"] : nil }

    /// The fields `traceparent` and `tracestate` (W3C Trace Context). With `.traceContext`.
    public var traceContext: [(name: String, value: String)] {
        guard isListed(.traceContext) else { return [] }
        return ["traceparent", "tracestate"].compactMap { name in context.headers[name].map { (name, $0) } }
    }

    /// The session of ``Session``, which must be before the socket. With `.session`. Nil unless the client has sent,
    /// as the parameter `_csrf_token`, a ``Context/csrfToken`` of that session: the cookie alone comes along whoever
    /// opens the socket.
    public var session: CurrentSession? {
        guard isListed(.session), let token = context.query["_csrf_token"], context.isCSRFToken(token) else {
            return nil
        }
        return context.session
    }

    private func isListed(_ info: ConnectInfo) -> Bool { options.connectInfo.contains(info) }

    // MARK: The app's surroundings

    /// What middleware before the socket has found out.
    public var assigns: Assigns { context.assigns }

    public var crypto: Crypto { context.crypto }
    public var store: Store { context.store }
    public var log: Logger { context.log }
}

/// What ``ChannelSocket/connect(_:)`` may know of the request.
public enum ConnectInfo: Sendable, Hashable {
    case peerAddress, xHeaders, uri, userAgent, traceContext, session
}
