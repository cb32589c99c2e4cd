/// What a peer may send; each limit is the largest value that is accepted.
@frozen public struct WebSocketLimits: Sendable, Equatable {
    /// Bytes of one message, inflated.
    public var messageBytes: Int
    /// Frames of one message.
    public var fragments: Int
    /// How many times its size a message may inflate to, looked at every 128 bytes of it and at its end; the first
    /// `freeInflatedBytes` of it are not looked at.
    public var inflateRatio: Int
    /// Inflated bytes of a message that may come of any number of bytes.
    public var freeInflatedBytes: Int

    @inlinable
    public init(
        messageBytes: Int = 1 << 20, fragments: Int = 1024, inflateRatio: Int = 100, freeInflatedBytes: Int = 64 << 10
    ) {
        self.messageBytes = messageBytes
        self.fragments = fragments
        self.inflateRatio = inflateRatio
        self.freeInflatedBytes = freeInflatedBytes
    }
}
