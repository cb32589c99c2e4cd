import ZzzHTTP

/// The limits that hold for every connection, before a request has found its site. The defaults are those of the
/// configuration.
public struct ServerLimits: Sendable, Equatable {
    /// Request line, all header lines together, and how many there may be (414, 431).
    public var parser = ParserLimits()
    /// From the first byte of a request (or, on a new connection, from accept) to the end of its head; then 408.
    public var headerDeadlineMilliseconds: UInt64 = 10_000
    /// How long a connection may wait for its next request; then it is closed without a word.
    public var keepAliveIdleMilliseconds: UInt64 = 75_000
    /// How long a peer may take no bytes of a response; the site's own limit holds once there is one.
    public var writeStallMilliseconds: UInt64 = 30_000
    /// Response bytes waiting for a peer above which the next request that it has pipelined is not begun.
    public var pipelinedResponseBytes = 256 << 10
    /// After so many requests a connection is closed; 0: never.
    public var requestsPerConnection = 0
    /// Connections of the whole daemon; at the limit the listeners pause.
    public var connections = 16_384

    /// WebSockets and channels, where their apps do not say otherwise.
    public var sockets = SocketLimits()
    /// Joins that one loop asks its apps for in a second; the others wait. 0: any number.
    public var joinsPerSecond = 0
    /// When the daemon goes down: sockets of one loop that are closed at once, and the pause between such batches, in
    /// milliseconds.
    public var drainedSockets = 10_000
    public var drainPauseMilliseconds: UInt64 = 2_000

    public init() {}
}
