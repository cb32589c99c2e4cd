import ZzzAppABI
import ZzzChannels

/// How a socket is accepted: what an app asks for, where it differs from the host's limits, and the answer's fields.
public struct SocketOptions: Sendable {
    public var messageBytes: Int?
    public var fragments: Int?
    public var queuedBytes: Int?
    public var dropsWhenSlow = false
    public var pingAfterMilliseconds: UInt64?
    public var idleTimeoutMilliseconds: UInt64?
    /// nil: messages are not compressed.
    public var compression: SocketLimits.Compression?
    /// The first that the client offers is taken.
    public var subprotocols: [String] = []
    /// Of the answer 101.
    public var headers: [(name: String, value: String)] = []
    /// Channels that the client may have joined at once.
    public var channels: Int?
    /// Messages from the client in a second.
    public var messagesPerSecond: Int?

    public init() {}

    func limits(over defaults: SocketLimits) -> SocketLimits {
        var limits = defaults
        if let messageBytes { limits.webSocket.messageBytes = messageBytes }
        if let fragments { limits.webSocket.fragments = fragments }
        if let queuedBytes { limits.queuedBytes = queuedBytes }
        if let pingAfterMilliseconds { limits.pingAfterMilliseconds = pingAfterMilliseconds }
        if let idleTimeoutMilliseconds { limits.idleTimeoutMilliseconds = idleTimeoutMilliseconds }
        if let channels { limits.channels = channels }
        if let messagesPerSecond { limits.messagesPerSecond = messagesPerSecond }
        limits.dropsWhenSlow = dropsWhenSlow
        limits.compression = compression
        return limits
    }
}

/// How a socket of channels is accepted.
public struct ChannelSocketOptions: Sendable {
    /// The query parameter vsn; empty: "1.0.0".
    public var version = ""
    /// For `disconnect`; may be empty.
    public var id = ""
    /// What the app wants to know at each join.
    public var state: [UInt8] = []
    public var socket = SocketOptions()

    public init() {}

    /// What the client asks to speak; nil when that is not spoken here.
    var spoken: ChannelProtocol? { ChannelProtocol(vsn: version.isEmpty ? nil : version) }
}
