/// One message of the channels protocol, in either direction.
public struct ChannelMessage: Sendable, Equatable {
    /// The `ref` of the join that the sender means; nil for none.
    public var joinRef: String?
    /// What a reply carries back; nil for none.
    public var ref: String?
    public var topic: String
    public var event: String
    public var payload: Payload

    public enum Payload: Sendable, Equatable {
        /// JSON text.
        case json([UInt8])
        /// Bytes, which only version 2 has.
        case binary([UInt8])

        public static var empty: Payload { .json(Array("{}".utf8)) }
    }

    public init(joinRef: String?, ref: String?, topic: String, event: String, payload: Payload = .empty) {
        self.joinRef = joinRef
        self.ref = ref
        self.topic = topic
        self.event = event
        self.payload = payload
    }
}

/// Events that the protocol itself uses.
public enum ChannelEvent {
    public static let join = "phx_join"
    public static let leave = "phx_leave"
    public static let reply = "phx_reply"
    public static let error = "phx_error"
    public static let close = "phx_close"
    public static let heartbeat = "heartbeat"
    /// The topic of heartbeats.
    public static let heartbeatTopic = "phoenix"
}
