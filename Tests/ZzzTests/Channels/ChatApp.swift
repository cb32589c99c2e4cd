// The app of the tests: a socket, and channels for all that there is to see.
import Synchronization

@testable import Zzz

struct ChatSocket: ChannelSocket, Equatable {
    var user: Int

    static func connect(_ request: SocketRequest) async throws -> ChatSocket? {
        if request.params["name"] == "throttled" { throw Abort(.tooManyRequests, "Later.") }
        guard let text = request.token ?? request.params["user"], let user = Int(text) else { return nil }
        return ChatSocket(user: user)
    }

    var id: String? { "user:\(user)" }
    static var channels: [ChannelRoute<ChatSocket>] {
        [
            channel("room:lobby", Lobby.self, timeout: .seconds(5), messagesPerSecond: 20),
            channel("room:*", Room.self).presence { topic, keys in
                if topic == "room:broken" { throw ChannelError("no cards") }
                return Dictionary(uniqueKeysWithValues: keys.map { ($0, Card(name: "user \($0)")) })
            },
            channel("slow:*", SlowRoom.self),
        ]
    }
}

struct Card: Encodable { var name: String }

/// What the objects of a test have to say of themselves.
final class Journal: Sendable {
    private let lines = Mutex<[String]>([])

    func write(_ line: String) { lines.withLock { $0.append(line) } }
    func take() -> [String] {
        lines.withLock { lines in
            defer { lines = [] }
            return lines
        }
    }
}

final class Lobby: Channel {
    init(_ join: Join<ChatSocket>) {}
}

final class Room: Channel {
    static let intercepts = ["secret"]
    let user: Int
    let room: String
    var count = 0
    private let journal: Journal
    private var owed: ReplyReference?

    struct Parameters: Decodable { var after: Int? }
    struct Shout: Codable { var text: String }

    init(_ join: Join<ChatSocket>) throws {
        room = join.subtopic
        user = join.socket.user
        journal = join.channel.fake.journal
        if room == "closed" { throw ChannelError("unauthorized") }
        if room == "odd" { throw ChannelError(response: ["code": 7]) }
        if room == "missing" { throw Abort(.notFound, "no such room") }
        if room == "crash" { throw MisuseError("crashed") }
        let parameters = try join.parameters(as: Parameters.self)
        if let after = parameters.after { try join.respond(["after": after]) }
    }

    func joined(_ join: Join<ChatSocket>) throws {
        guard room == "present" else { return }
        try join.channel.presence.track("\(user)", ["mood": "good"])
        try join.channel.presence.pushState(of: join.topic)
        try join.channel.subscribe("news", isShared: true)
    }

    func handleIn(_ message: borrowing ChannelMessage, on channel: JoinedChannel) throws {
        switch message.event {
        case "echo": try message.reply(message.payload)
        case "ping": try message.reply()
        case "count":
            count += 1
            try message.reply(["count": count], status: "counted")
        case "shout":
            let shout = try message.payload.decode(Shout.self)
            try channel.broadcastFrom("shout", Shout(text: shout.text.uppercased()))
        case "pass": try channel.broadcast("passed", message.payload)
        case "bytes":
            try channel.push("bytes", binary: message.payload.bytes)
            try message.reply(binary: [1, 2], status: .error)
        case "later": owed = message.reference
        case "now": try owed?.reply(["late": true])
        case "refuse": throw ChannelError("not here")
        case "crash": throw MisuseError("crashed")
        case "mood":
            try channel.presence.update("\(user)", ["mood": message.payload.json["mood"] ?? .null])
        case "cheer":
            try channel.presence.update("\(user)", as: [String: String].self) { meta in
                if meta["mood"] == "lost" { throw ChannelError("no hope") }
                meta["mood", default: "?"] += "!"
            }
        case "hide": try channel.presence.untrack("\(user)")
        case "unsubscribe": try channel.unsubscribe("news", isShared: true)
        case "kick": try channel.sockets.disconnect("user:2")
        case "stop": try channel.stop()
        default: throw ChannelError("there is no \(message.event) in \(message.topic)")
        }
    }

    func handleInfo(_ message: borrowing TopicMessage, on channel: JoinedChannel) throws {
        if message.event == "crash" { throw MisuseError("crashed") }
        try channel.push("\(message.topic)/\(message.event)", message.payload)
    }

    func handleOut(_ message: borrowing TopicMessage, on channel: JoinedChannel) throws {
        guard user != 2 else { return }
        try channel.push(message)
    }

    func terminate(_ reason: TerminateReason, on channel: JoinedChannel) { journal.write("terminate \(reason)") }

    deinit { journal.write("deinit") }
}

extension Room: MovableChannel {
    struct State: Codable { var count: Int }
    static let stateVersion = 2

    func handOver() throws -> State {
        if room == "broken" { throw MisuseError("nothing to hand over") }
        return State(count: count)
    }

    convenience init(_ join: Join<ChatSocket>, continuing state: State) throws {
        try self.init(join)
        count = state.count
    }

    static func state(from other: MovedState) throws -> State? {
        struct Old: Decodable { var number: Int }
        return other.version == 1 ? State(count: try other.decode(Old.self).number) : nil
    }
}

/// Awaits its gate in each function.
final class SlowRoom: AsyncChannel {
    private let gate: Gate
    private let journal: Journal

    init(_ join: Join<ChatSocket>) async throws {
        gate = join.channel.fake.gate
        journal = join.channel.fake.journal
        if join.subtopic == "join" { await gate.wait() }
        if join.subtopic == "refused" {
            await gate.wait()
            throw ChannelError("full")
        }
    }

    func handleIn(_ message: borrowing ChannelMessage, on channel: JoinedChannel) async throws {
        if message.event == "quick" { return try message.reply(message.payload) }
        await gate.wait()
        switch message.event {
        case "echo": try message.reply(message.payload)
        case "refuse": throw ChannelError("not \(message.topic)")
        default: throw MisuseError("crashed")
        }
    }

    func handleInfo(_ message: borrowing TopicMessage, on channel: JoinedChannel) async throws {
        await gate.wait()
        try channel.push(message.event, message.payload)
    }

    func terminate(_ reason: TerminateReason, on channel: JoinedChannel) async {
        await gate.wait()
        journal.write("terminate \(reason)")
    }

    deinit { journal.write("deinit") }
}

/// Where async code of a test waits until the test opens it.
final class Gate: Sendable {
    private let waiting = Mutex<[UnsafeContinuation<Void, Never>]>([])

    func wait() async { await withUnsafeContinuation { waiter in waiting.withLock { $0.append(waiter) } } }

    func open() {
        for waiter in waiting.withLock({ waiting in
            defer { waiting = [] }
            return waiting
        }) { waiter.resume() }
    }
}

extension JoinedChannel {
    /// What the test that made the app has beside it.
    var fake: FakeChannels {
        guard let host = FakeHost.from(kind.host.app) else { preconditionFailure("not an app of a fake host") }
        return host.channels
    }
}
