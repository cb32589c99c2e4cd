/// The channels of one socket: decides what each message of the client's means (Phoenix.Socket), and does nothing by
/// itself.
///
/// A channel is known by a number that the owner never uses twice. It is `joining` from the client's join until the
/// app's answer.
public struct SocketChannels: Sendable {
    /// What to do about a message.
    public enum Action: Sendable, Equatable {
        /// Answer at once, with nothing else.
        case reply(joinRef: String?, ref: String?, status: String, reason: String?)
        /// Ask the app; `replacing` is a channel of the same topic, which is ended first, and whose `phx_close` comes
        /// after the answer to this join.
        case join(channel: UInt64, joinRef: String, replacing: UInt64?)
        /// End the channel, and say `ok` and `phx_close`.
        case leave(channel: UInt64, ref: String?)
        /// Hand it to the channel.
        case handle(channel: UInt64)
        /// It is for a channel that has gone; nobody answers.
        case drop
    }

    public struct Joined: Sendable, Equatable {
        public let channel: UInt64
        public let topic: String
        public let joinRef: String
        /// The app has not answered yet.
        public var isJoining = true
    }

    /// Channels that a client may have on one socket.
    public let limit: Int
    private var byTopic: [String: Joined] = [:]
    private var topics: [UInt64: String] = [:]

    public init(limit: Int = 100) { self.limit = limit }

    public var count: Int { byTopic.count }
    public var all: [Joined] { Array(byTopic.values) }

    public subscript(channel: UInt64) -> Joined? { topics[channel].flatMap { byTopic[$0] } }
    public subscript(topic topic: String) -> Joined? { byTopic[topic] }

    /// - Parameters:
    ///   - newChannel: the number of the channel, if this is a join.
    ///   - isServed: whether a channel of the app's serves the topic.
    public mutating func receive(
        _ message: ChannelMessage, newChannel: UInt64, isServed: (String) -> Bool
    ) -> Action {
        if message.topic == ChannelEvent.heartbeatTopic, message.event == ChannelEvent.heartbeat {
            return .reply(joinRef: message.joinRef, ref: message.ref, status: "ok", reason: nil)
        }
        let joined = byTopic[message.topic]
        switch message.event {
        case ChannelEvent.join: return join(message, joined, newChannel, isServed)
        case ChannelEvent.leave:
            guard let joined else {
                return .reply(joinRef: message.joinRef, ref: message.ref, status: "ok", reason: nil)
            }
            guard isCurrent(message, joined) else { return .drop }
            return .leave(channel: joined.channel, ref: message.ref)
        default:
            guard let joined else {
                return .reply(joinRef: message.joinRef, ref: message.ref, status: "error", reason: "unmatched topic")
            }
            return isCurrent(message, joined) ? .handle(channel: joined.channel) : .drop
        }
    }

    private mutating func join(
        _ message: ChannelMessage, _ joined: Joined?, _ newChannel: UInt64, _ isServed: (String) -> Bool
    ) -> Action {
        guard isServed(message.topic) else {
            return .reply(joinRef: nil, ref: message.ref, status: "error", reason: "unmatched topic")
        }
        let joinRef = message.joinRef ?? message.ref ?? ""
        guard joined != nil || byTopic.count < limit else {
            return .reply(joinRef: joinRef, ref: message.ref, status: "error", reason: "too many channels joined")
        }
        if let joined { remove(joined.channel) }
        byTopic[message.topic] = Joined(channel: newChannel, topic: message.topic, joinRef: joinRef)
        topics[newChannel] = message.topic
        return .join(channel: newChannel, joinRef: joinRef, replacing: joined?.channel)
    }

    /// A client may leave join_ref out; one of an earlier join means a channel that has gone.
    private func isCurrent(_ message: ChannelMessage, _ joined: Joined) -> Bool {
        message.joinRef == nil || message.joinRef == "" || message.joinRef == joined.joinRef
    }

    /// The app has said yes.
    public mutating func confirm(_ channel: UInt64) {
        guard let topic = topics[channel] else { return }
        byTopic[topic]?.isJoining = false
    }

    /// The channel has ended, or the app has said no.
    @discardableResult
    public mutating func remove(_ channel: UInt64) -> Joined? {
        guard let topic = topics.removeValue(forKey: channel) else { return nil }
        return byTopic.removeValue(forKey: topic)
    }
}
