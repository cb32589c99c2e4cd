/// What a message says of itself, apart from its payload.
public struct ChannelHead: Sendable, Equatable {
    /// The `ref` of the join that the sender means; nil for none.
    public var joinRef: String?
    /// What a reply carries back; nil for none.
    public var ref: String?
    public var topic: String
    public var event: String

    public init(joinRef: String?, ref: String?, topic: String, event: String) {
        self.joinRef = joinRef
        self.ref = ref
        self.topic = topic
        self.event = event
    }
}

/// A message whose payload lies where it arrived.
public struct ReceivedMessage {
    public let head: ChannelHead
    /// JSON text, which has been checked, or bytes.
    public let payload: UnsafeRawBufferPointer
    public let isBinary: Bool
    /// The client writes its refs as numbers, and wants them back so.
    public internal(set) var refsAreNumbers = false
}
