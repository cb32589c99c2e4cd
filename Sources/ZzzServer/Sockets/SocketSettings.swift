import ZzzChannels
import ZzzWebSocket

/// What a socket may do, and what its client may. The defaults hold where neither the configuration nor the app says
/// otherwise.
public struct SocketLimits: Sendable, Equatable {
    public var webSocket = WebSocketLimits()
    /// Agree to permessage-deflate, and how; nil: messages are not compressed.
    public var compression: Compression?
    /// Bytes that may wait for a client that reads slowly.
    public var queuedBytes = 1 << 20
    /// What goes past them is dropped; otherwise the socket is closed with 1013.
    public var dropsWhenSlow = false
    /// A client that has sent nothing for so long, in milliseconds, is sent a ping; and one that has sent nothing for
    /// so much longer is closed.
    public var pingAfterMilliseconds: UInt64 = 30_000
    public var idleTimeoutMilliseconds: UInt64 = 60_000
    /// How long a client may take to answer a close frame, in milliseconds.
    public var closeTimeoutMilliseconds: UInt64 = 5_000
    /// Channels that a client may have joined at once on a socket.
    public var channels = 100
    /// Messages from one client in a second, over all its channels; 0: any number.
    public var messagesPerSecond = 0
    /// Events that may wait for a channel whose app is slow; one more ends the channel with phx_error.
    public var queuedEvents = 1_000

    public struct Compression: Sendable, Equatable {
        public var keepsServerContext = false
        public var keepsClientContext = false

        public init() {}

        var policy: CompressionPolicy {
            CompressionPolicy(keepsServerContext: keepsServerContext, keepsClientContext: keepsClientContext)
        }
    }

    public init() {}
}

/// What all sockets of one endpoint have in common: kept once, since an idle socket has little else.
final class SocketSettings: Sendable {
    let limits: SocketLimits
    /// The app's name, for sockets of channels.
    let app: String
    /// What their clients speak.
    let version: ChannelProtocol

    init(_ limits: SocketLimits, app: String = "", version: ChannelProtocol = .version2) {
        self.limits = limits
        self.app = app
        self.version = version
    }
}
