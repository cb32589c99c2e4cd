/// The channels of one socket: decides what each message of the client's means (Phoenix.Socket), and does nothing by
/// itself.
///
/// A channel is known by a number that the owner never uses twice, from the client's join until its end.
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
        public fileprivate(set) var channel: UInt64
        public let topic: String
        public let joinRef: String
    }

    /// Channels that a client may have on one socket.
    public let limit: Int
    /// A client has a few, so that they are looked through.
    public private(set) var all: [Joined] = []

    public init(limit: Int = 100) { self.limit = limit }

    public var count: Int { all.count }

    public subscript(channel: UInt64) -> Joined? { all.first { $0.channel == channel } }
    public subscript(topic topic: String) -> Joined? { all.first { $0.topic == topic } }

    /// - Parameters:
    ///   - newChannel: the number of the channel, if this is a join.
    ///   - isServed: whether a channel of the app's serves the topic.
    public mutating func receive(
        _ message: ChannelHead, newChannel: UInt64, isServed: (String) -> Bool
    ) -> Action {
        if message.topic == ChannelEvent.heartbeatTopic, message.event == ChannelEvent.heartbeat {
            return .reply(joinRef: message.joinRef, ref: message.ref, status: "ok", reason: nil)
        }
        let joined = self[topic: message.topic]
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
        _ message: ChannelHead, _ joined: Joined?, _ newChannel: UInt64, _ isServed: (String) -> Bool
    ) -> Action {
        guard isServed(message.topic) else {
            return .reply(joinRef: nil, ref: message.ref, status: "error", reason: "unmatched topic")
        }
        let joinRef = message.joinRef ?? message.ref ?? ""
        guard joined != nil || all.count < limit else {
            return .reply(joinRef: joinRef, ref: message.ref, status: "error", reason: "too many channels joined")
        }
        if let joined { remove(joined.channel) }
        all.append(Joined(channel: newChannel, topic: message.topic, joinRef: joinRef))
        return .join(channel: newChannel, joinRef: joinRef, replacing: joined?.channel)
    }

    /// A client may leave join_ref out; one of an earlier join means a channel that has gone.
    private func isCurrent(_ message: ChannelHead, _ joined: Joined) -> Bool {
        message.joinRef == nil || message.joinRef == "" || message.joinRef == joined.joinRef
    }

    /// The channel has another number from now on.
    public mutating func renumber(_ channel: UInt64, to new: UInt64) {
        guard let place = all.firstIndex(where: { $0.channel == channel }) else { return }
        all[place].channel = new
    }

    /// The channel has ended, or the app has said no.
    @discardableResult
    public mutating func remove(_ channel: UInt64) -> Joined? {
        guard let place = all.firstIndex(where: { $0.channel == channel }) else { return nil }
        return all.remove(at: place)
    }
}
