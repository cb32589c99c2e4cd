import ZzzAppABI
import ZzzJSON

/// A client's wish to join a topic, given to the channel's `init`, and to `joined` afterwards.
public final class Join<Socket: ChannelSocket> {
    /// "room:lobby"
    public let topic: String
    /// What the pattern's `*` stands for: "lobby". Empty for a pattern without one.
    public let subtopic: String
    /// The socket that it comes over, as `connect` made it.
    public let socket: Socket
    /// The way to the client, also for later. Nothing is sent before the join was answered: see `joined`.
    public let channel: JoinedChannel
    /// Whether the client has joined already, in the generation of the app before this one, and knows nothing of this.
    public let isMoved: Bool
    private let parameters: [UInt8]
    private(set) var response: [UInt8] = []

    init(_ event: ChannelJoinEvent, socket: Socket, _ channel: JoinedChannel, pattern: String) {
        topic = event.topic
        subtopic = pattern.hasSuffix("*") ? String(event.topic.utf8.dropFirst(pattern.utf8.count - 1)) ?? "" : ""
        self.socket = socket
        self.channel = channel
        isMoved = event.isMoved
        parameters = event.parameters
    }

    /// The parameters that the client has sent. A ``ChannelError`` when they are not such a value.
    public func parameters<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
        try parameters.withBytes { try Payload($0, isBinary: false).decode(type) }
    }

    /// Sets what the client gets with the answer: `{}` unless this is called. Not in `joined`, which is too late.
    public func respond(_ value: some Encodable) throws { response = try JSONBytesEncoder().encode(value) }
}

/// What an event of the host's says about a join, for a call that may go on after the host's.
struct ChannelJoinEvent: Sendable {
    var topic: String
    var parameters: [UInt8]
    var socketState: [UInt8]
    var isMoved: Bool
    /// What the generation before has handed over; nil: nothing.
    var moved: MovedState?

    init(_ event: borrowing zzz_channel_event) {
        topic = event.topic.string
        parameters = event.payload.array
        socketState = event.socket_state.array
        isMoved = event.flags & UInt16(ZZZ_CHANNEL_MOVED) != 0
        if isMoved, event.state.count > 0 {
            moved = MovedState(version: Int(event.state_version), bytes: event.state.array)
        }
    }
}
