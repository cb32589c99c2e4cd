import Zzz

/// What the channel clients of others talk to. See Tests/ForeignClients.
struct Counterpart: App {
    /// The directory of a page that is to be of the same origin as the socket.
    let page: String

    init(_ configuration: Configuration) throws { page = try configuration.require("page") }

    func routes() -> [Route] {
        scope("/page") { Static(from: page) }
        socket("/socket", Caller.self)
        // For clients that cannot push: all who have joined anything get the event, or crash.
        post("/tell/:event") { context in
            try context.pubSub.broadcast("everybody", context.params["event"] ?? "", ["from": "outside"])
            return "told"
        }
    }
}

/// A client: it is called by its token, or by the parameter `name`.
struct Caller: ChannelSocket {
    let name: String

    static let channels = [channel("room:*", Desk.self), channel("realtime:*", Desk.self)]

    static func connect(_ request: SocketRequest) -> Caller? {
        let name = request.token ?? request.params["name"] ?? ""
        return name.isEmpty ? nil : Caller(name: name)
    }
}

/// An event for each thing that a channel can do to its client.
final class Desk: Channel {
    typealias Socket = Caller

    private let name: String

    init(_ join: Join<Caller>) throws {
        guard join.subtopic != "closed" else { throw ChannelError("this room is closed") }
        name = join.socket.name
        try join.respond(Welcome(name: name, parameters: join.parameters()))
    }

    private struct Welcome: Encodable {
        var name: String
        var parameters: JSONValue
    }

    func joined(_ join: Join<Caller>) throws {
        try join.channel.presence.track(name, ["mood": "new"])
        try join.channel.presence.pushState(of: join.topic)
        try join.channel.subscribe("everybody")
    }

    func handleIn(_ message: borrowing ChannelMessage, on channel: JoinedChannel) throws {
        switch message.event {
        case "echo": try message.reply(message.payload)
        case "shout", "broadcast": try channel.broadcast(message.event, message.payload)
        case "whisper": try channel.broadcastFrom(message.event, message.payload)
        case "push": try channel.push("pushed", message.payload)
        case "mood": try channel.presence.update(name, message.payload.decode([String: String].self))
        // As the clients of Supabase do it.
        case "presence": try channel.presence.update(name, message.payload.decode(Tracking.self).payload)
        case "silence": break
        case "fail": throw ChannelError("as you wish")
        case "crash": throw Crash()
        case "stop": try channel.stop()
        default: throw ChannelError("there is no event \(message.event)")
        }
    }

    func handleInfo(_ message: borrowing TopicMessage, on channel: JoinedChannel) throws {
        if message.event == "crash" { throw Crash() }
        try channel.push(message)
    }

    private struct Tracking: Decodable { var payload: [String: String] }

    /// No error for the client, and so a mistake of the app's.
    private struct Crash: Error {}
}

@c(zzz_app_entry) public func entry() -> AppDescriptor {
    export(name: "Counterpart", version: "1.0") { configuration in try Counterpart(configuration) }
}
