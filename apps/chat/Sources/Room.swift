import Zzz

/// One visitor in one room, "room:lobby".
final class Room: Channel {
    private let visitor: String
    private let history: History

    /// What the page says when it joins: the last message that it has, after an interruption.
    private struct Parameters: Decodable { var after: Int? }

    /// Refuses rooms whose names are none, and answers with what was said.
    init(_ join: Join<Visitor>) throws {
        let room = join.subtopic
        guard RoomList.isName(room) else {
            throw ChannelError("a room's name has up to 30 letters, digits and hyphens")
        }
        visitor = join.socket.name
        history = History(room: room, store: join.channel.store)
        let after = try join.parameters(as: Parameters.self).after ?? 0
        try join.respond(["messages": history.messages(after: after)])
    }

    func joined(_ join: Join<Visitor>) throws {
        try RoomList.add(join.subtopic, join.channel)
        try join.channel.presence.track(visitor, Meta())
        try join.channel.presence.pushState(of: join.topic)
    }

    /// There is nothing to tell of a visitor but that they are here.
    private struct Meta: Encodable {}

    func handleIn(_ message: borrowing ChannelMessage, on channel: JoinedChannel) throws {
        switch message.event {
        case "say":
            let text = try message.payload.decode(Draft.self).text
            guard Message.isText(text) else {
                throw ChannelError("a message has 1 to \(Message.longestText) characters")
            }
            try channel.broadcast("said", history.add(visitor, text))
            try message.reply()
        case "typing": try channel.broadcastFrom("typing", ["name": visitor])
        default: throw ChannelError("there is no event \(message.event)")
        }
    }

    private struct Draft: Decodable { var text: String }
}
