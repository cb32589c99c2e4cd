// The code of docs/channels.md and docs/websockets.md, so that it compiles. DocumentationTests compares them.
import Zzz

private func verify(_ token: String) -> Int? { Int(token) }

struct Chat: App {
    func routes() -> [Route] {
        socket("/socket", UserSocket.self)
    }
}

struct UserSocket: ChannelSocket {
    var userID: Int

    static func connect(_ request: SocketRequest) -> UserSocket? {
        guard let token = request.token, let id = verify(token) else { return nil }
        return UserSocket(userID: id)
    }

    var id: String? { "user:\(userID)" }
    static let channels = [channel("room:*", RoomChannel.self)]
}

final class RoomChannel: Channel {
    let userID: Int
    var messageCount = 0

    init(_ join: Join<UserSocket>) throws {
        guard join.subtopic != "closed" else { throw ChannelError("this room is closed") }
        userID = join.socket.userID
        try join.respond(["welcome": join.subtopic])
    }

    func handleIn(_ message: borrowing ChannelMessage, on channel: JoinedChannel) throws {
        switch message.event {
        case "say":
            let said = try message.payload.decode(Said.self)
            guard said.text.count <= 500 else { throw ChannelError("too long") }
            messageCount += 1
            try channel.broadcast("said", said)
            try message.reply(["count": messageCount])
        case "typing": try channel.broadcastFrom("typing", ["user": userID])
        default: throw ChannelError("there is no event \(message.event)")
        }
    }
}

struct Said: Codable { var text: String }

enum AnswerExamples {
    final class AnswersChannel: Channel {
        init(_ join: Join<UserSocket>) {}

        func handleIn(_ message: borrowing ChannelMessage, on channel: JoinedChannel) throws {
            switch message.event {
            case "time": try message.reply(["seconds": 17])                      // status "ok"
            case "echo": try message.reply(message.payload)                      // as it came: nothing is copied
            case "picture": try message.reply(binary: [0x89, 0x50, 0x4E, 0x47])
            case "check": try message.reply(["missing": "name"], status: .error)
            case "slow":
                guard let reference = message.reference else { return }
                Task { try reference.reply(["result": await compute()]) }
            case "leave": try channel.stop()
            default: break
            }
        }
    }

    final class SearchChannel: AsyncChannel {
        init(_ join: Join<UserSocket>) async throws {
            guard try await maySearch(join.socket.userID) else { throw ChannelError("forbidden") }
        }

        func handleIn(_ message: borrowing ChannelMessage, on channel: JoinedChannel) async throws {
            let query = try message.payload.decode(Query.self)
            try message.reply(await results(of: query))
        }
    }
}

private func compute() async -> Int { 42 }
private struct Query: Decodable { var words: [String] }
private func maySearch(_ id: Int) async throws -> Bool { id > 0 }
private func results(of query: Query) async -> [String] { query.words }

struct TopicsExample: App {
    struct Price: Codable {
        var name: String
        var cents: Int
    }

    func routes() -> [Route] {
        post("/announcements") { context in
            try context.pubSub.broadcast("room:lobby", "announced", ["text": "closing at ten"])
            return "sent"
        }
    }

    func start() throws {
        try PubSub.process.subscribe("prices", isShared: true) { message in
            let price = try message.payload.decode(Price.self)
            try Store.process.put("price/\(price.name)", json: price)
        }
    }
}

struct PresenceExample {
    struct UserSocket: ChannelSocket {
        var userID: Int
        static func connect(_ request: SocketRequest) -> UserSocket? { UserSocket(userID: 1) }
        static let channels = [
            channel("room:*", PresentChannel.self).presence { topic, userIDs in
                Dictionary(uniqueKeysWithValues: userIDs.map { ($0, Card(name: "user \($0)")) })
            }
        ]
    }

    struct Card: Encodable { var name: String }

    final class PresentChannel: Channel {
        let userID: Int

        init(_ join: Join<UserSocket>) { userID = join.socket.userID }

        struct Meta: Codable { var isTyping: Bool }

        func joined(_ join: Join<UserSocket>) throws {
            try join.channel.presence.track("\(userID)", Meta(isTyping: false))
            try join.channel.presence.pushState(of: join.topic)
        }

        func handleIn(_ message: borrowing ChannelMessage, on channel: JoinedChannel) throws {
            let isTyping = message.event == "typing"
            try channel.presence.update("\(userID)", as: Meta.self) { $0.isTyping = isTyping }
        }
    }
}

extension RoomChannel: MovableChannel {
    struct State: Codable { var messageCount: Int }
    static var stateVersion: Int { 2 }

    func handOver() -> State { State(messageCount: messageCount) }

    convenience init(_ join: Join<UserSocket>, continuing state: State) throws {
        try self.init(join)
        messageCount = state.messageCount
    }

    /// Version 1 called it otherwise.
    static func state(from other: MovedState) throws -> State? {
        guard other.version == 1 else { return nil }
        return State(messageCount: try other.decode([String: Int].self)["messages"] ?? 0)
    }
}

struct Orders: App {
    func routes() -> [Route] {
        scope(through: [Pipeline { Session() }]) {
            socket("/socket", CustomerSocket.self) {
                $0.origins = .list(["https://shop.example.com", "//*.example.org"])
                $0.connectInfo = [.session, .peerAddress]
            }
        }
    }
}

struct CustomerSocket: ChannelSocket {
    var customer: String

    static func connect(_ request: SocketRequest) throws -> CustomerSocket? {
        guard let customer = request.session?["customer", as: String.self] else { throw Abort(.unauthorized) }
        return CustomerSocket(customer: customer)
    }

    static let channels = [channel("orders:*", OrdersChannel.self)]
}

final class OrdersChannel: Channel {
    init(_ join: Join<CustomerSocket>) throws {
        guard join.subtopic == join.socket.customer else { throw ChannelError("forbidden") }
    }
}

struct WebSocketExample {
    struct Sockets: App {
        func routes() -> [Route] {
            webSocket("/rooms/:name", subprotocols: ["chat.v1"]) { context in
                guard let user = context.query["user"] else { throw Abort(.unauthorized) }
                let room = try context.params.require("name")
                return { socket in
                    try await socket.send("welcome to \(room), \(user)")
                    for try await message in socket.messages {
                        try await socket.send("\(user): \(message.text)")
                    }
                    Logger.process.debug("\(user) is gone: \(socket.closed?.code.rawValue ?? 0)")
                }
            }
        }
    }

    struct Price: Codable { var name: String }

    static func prices() -> AsyncStream<Price> { AsyncStream { $0.yield(Price(name: "tea")) } }

    static var route: Route {
        webSocket("/prices") { _ in
            { socket in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { for await price in prices() { try await socket.send(json: price) } }
                    for try await message in socket.messages { try await socket.send("unknown: \(message.text)") }
                    group.cancelAll()
                }
            }
        }
    }

    struct PlainSockets: App {
        func routes() -> [Route] {
            webSocket("/echo") { message, socket in try socket.send(message) }

            webSocket("/rooms/:name") { context in
                guard let user = context.query["user"] else { throw Abort(.unauthorized) }
                return RoomHandler(try context.params.require("name"), user)
            }
        }
    }

    final class RoomHandler: WebSocketHandler {
        let (room, user): (String, String)
        var count = 0

        init(_ room: String, _ user: String) { (self.room, self.user) = (room, user) }

        func opened(_ socket: WebSocket) throws { try socket.send("welcome to \(room), \(user)") }

        func received(_ message: borrowing Payload, from socket: WebSocket) throws {
            guard !message.isBinary else { return try socket.close(.unsupportedData) }
            count += 1
            try socket.send("\(count): \(message.text)")
        }

        func closed(_ code: WebSocketCloseCode, reason: String) {
            Logger.process.debug("\(user) is gone: \(code.rawValue)")
        }
    }

    static var options: WebSocketOptions {
        var options = WebSocketOptions()
        options.messageBytes = 64 << 10
        options.idleTimeout = .seconds(300)
        options.compression = .eachMessage
        return options
    }
}
