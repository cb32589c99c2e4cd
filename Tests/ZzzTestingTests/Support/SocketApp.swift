import Zzz

/// An app with WebSockets and channels.
struct SocketApp: App {
    func routes() -> [Route] {
        socket("/socket", Member.self) { $0.channels = 5 }
        webSocket("/echo") { message, socket in try socket.send(message) }
        webSocket("/closing", subprotocols: ["b", "a"]) { context in
            guard context.query["name"] != "nobody" else { throw Abort(.unauthorized) }
            return ClosingHandler()
        }
        post("/announce/:room") { context in
            let topic = "room:\(try context.params.require("room"))"
            try context.pubSub.broadcast(topic, "announced", ["text": context.bodyText ?? ""])
            return "sent"
        }
        post("/kick/:name") { context in
            try context.sockets.disconnect("member:\(context.params.require("name"))")
            return "kicked"
        }
        get("/who/:room") { context in
            let topic = "room:\(try context.params.require("room"))"
            return try JSON(context.presence.list(topic, as: Member.Mood.self))
        }
    }
}

/// Says hello, and closes with the number that it is sent.
private final class ClosingHandler: WebSocketHandler {
    func opened(_ socket: WebSocket) throws { try socket.send("hello") }

    func received(_ message: borrowing Payload, from socket: WebSocket) throws {
        let code: UInt16 = try message.decode()
        try socket.close(WebSocketCloseCode(rawValue: code), reason: "as you wish")
    }
}

struct Member: ChannelSocket {
    var name: String

    struct Mood: Codable, Equatable { var mood: String }
    struct Card: Encodable { var nick: String }

    static func connect(_ request: SocketRequest) async throws -> Member? {
        guard let name = request.token ?? request.params["name"] else { return nil }
        return Member(name: name)
    }

    var id: String? { "member:\(name)" }
    static let channels = [
        channel("room:*", MemberRoom.self).presence { _, keys in
            Dictionary(uniqueKeysWithValues: keys.map { ($0, Card(nick: $0.uppercased())) })
        },
        channel("slow:*", SlowMemberRoom.self, timeout: .seconds(20)),
    ]
}

final class MemberRoom: Channel {
    static let intercepts = ["whispered"]
    let name: String

    init(_ join: Join<Member>) throws {
        name = join.socket.name
        if join.subtopic == "closed" { throw ChannelError("closed") }
        if join.subtopic == "broken" { throw Broken() }
        try join.respond(["you": name])
    }

    private struct Broken: Error {}

    func joined(_ join: Join<Member>) throws {
        try join.channel.presence.track(name, Member.Mood(mood: "good"))
        try join.channel.presence.pushState(of: join.topic)
        try join.channel.subscribe("news")
    }

    func handleIn(_ message: borrowing ChannelMessage, on channel: JoinedChannel) throws {
        switch message.event {
        case "echo": try message.reply(message.payload)
        case "bytes": try message.reply(binary: message.payload.bytes.reversed())
        case "say": try channel.broadcast("said", message.payload)
        case "others": try channel.broadcastFrom("said", message.payload)
        case "whisper": try channel.broadcast("whispered", message.payload)
        case "push": try channel.push("pushed", binary: [1, 2, 3])
        case "news": try channel.pubSub.broadcast("news", "flash", ["text": "now"])
        case "mood":
            let mood = try message.payload.decode(Member.Mood.self)
            try channel.presence.update(name, as: Member.Mood.self) { $0.mood = mood.mood }
        case "crash": throw Broken()
        case "stop": try channel.stop()
        case "quiet": break
        default: throw ChannelError("there is no \(message.event)")
        }
    }

    func handleInfo(_ message: borrowing TopicMessage, on channel: JoinedChannel) throws {
        try channel.push(message)
    }

    func handleOut(_ message: borrowing TopicMessage, on channel: JoinedChannel) throws {
        struct Whisper: Decodable { var to: String }
        if try message.payload.decode(Whisper.self).to == name { try channel.push(message) }
    }
}

final class SlowMemberRoom: AsyncChannel {
    var count = 0

    init(_ join: Join<Member>) async throws {
        try await Task.sleep(for: .milliseconds(1))
        if join.subtopic == "closed" { throw ChannelError("closed") }
    }

    func handleIn(_ message: borrowing ChannelMessage, on channel: JoinedChannel) async throws {
        let before = count
        try await Task.sleep(for: .milliseconds(1))
        count = before + 1
        try message.reply(["count": count])
    }
}
