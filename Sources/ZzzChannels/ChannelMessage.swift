/// One message of the channels protocol, in either direction.
public struct ChannelMessage: Sendable, Equatable {
    public var head: ChannelHead
    public var payload: Payload

    public enum Payload: Sendable, Equatable {
        /// JSON text.
        case json([UInt8])
        /// Bytes, which only version 2 has.
        case binary([UInt8])

        public static var empty: Payload { .json(Array("{}".utf8)) }
    }

    public init(joinRef: String?, ref: String?, topic: String, event: String, payload: Payload = .empty) {
        head = ChannelHead(joinRef: joinRef, ref: ref, topic: topic, event: event)
        self.payload = payload
    }
}

extension ChannelMessage {
    /// A copy of what was received.
    public init(_ received: ReceivedMessage) {
        head = received.head
        payload = received.isBinary ? .binary(Array(received.payload)) : .json(Array(received.payload))
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
