/// `[sockets]`: WebSockets and channels, where their apps do not say otherwise.
public struct SocketSettings: Codable, Sendable, Equatable {
    /// The longest message from a client, inflated; above it 1009 (RFC 6455 7.4.1).
    public var message = ByteCount.mebibytes(1)
    /// How many frames a message may have; above it 1009.
    public var fragments = 1024
    /// Bytes that wait for a client that reads slowly; then it is closed with 1013, or gets no more of them.
    public var queued = ByteCount.mebibytes(1)
    /// Events that wait for a channel whose app is slow; then the channel ends with `phx_error`.
    public var queuedEvents = 1000
    /// A client that has sent nothing for so long is sent a ping.
    public var pingAfter = TimeSpan.seconds(30)
    /// A client that has sent nothing for so long is closed.
    public var idleTimeout = TimeSpan.seconds(60)
    /// Channels that a client may have joined at once.
    public var channels = 100
    /// Messages from one client in a second; 0 means any number.
    public var messagesPerSecond = 0
    /// Joins that one loop asks its apps for in a second; 0 means any number.
    public var joinsPerSecond = 0
    /// Sockets of one loop that are closed at once when the daemon goes down.
    public var drainBatch = 10_000
    /// The pause between such batches.
    public var drainPause = TimeSpan.seconds(2)

    public init() {}

    enum CodingKeys: String, CodingKey {
        case message, fragments, queued, channels
        case queuedEvents = "queued_events"
        case pingAfter = "ping_after"
        case idleTimeout = "idle_timeout"
        case messagesPerSecond = "messages_per_second"
        case joinsPerSecond = "joins_per_second"
        case drainBatch = "drain_batch"
        case drainPause = "drain_pause"
    }
}
