import Synchronization
import Testing
import ZzzAppABI

@testable import ZzzServer

/// Two servers in one process stand for two daemons.
@Suite("A bus that is joined with that of another daemon")
struct PubSubAdapterTests {
    /// Hands everything to the other end at once.
    private final class Wire: PubSubAdapter {
        private struct State {
            weak var other: Wire?
            weak var bus: PubSub?
            var sent: [PubSubMessage] = []
            var isFull = false
            var stops = 0
        }
        private let state = Mutex(State())

        static func pair() -> (Wire, Wire) {
            let (left, right) = (Wire(), Wire())
            left.state.withLock { $0.other = right }
            right.state.withLock { $0.other = left }
            return (left, right)
        }

        func start(_ bus: PubSub) { state.withLock { $0.bus = bus } }
        func stop() { state.withLock { $0.stops += 1 } }

        func send(_ message: PubSubMessage) throws(PubSub.Refusal) {
            let (isFull, other) = state.withLock { state in
                if !state.isFull { state.sent.append(message) }
                return (state.isFull, state.other)
            }
            if isFull { throw PubSub.Refusal(status: zzz_status(ZZZ_ERROR_LIMIT), text: "the wire is full") }
            try other?.bus?.receive(message)
        }

        private var bus: PubSub? { state.withLock { $0.bus } }
        var sent: [PubSubMessage] { state.withLock { $0.sent } }
        var stops: Int { state.withLock { $0.stops } }
        func fill() { state.withLock { $0.isFull = true } }
    }

    private static func channel() -> TestChannel {
        TestChannel { channel, event in
            switch (event.kind, event.event) {
            case (ZZZ_CHANNEL_JOIN, _):
                channel.subscribe("news")
                return channel.join()
            case (ZZZ_CHANNEL_INFO, _): return channel.push("news", event.payload)
            case (ZZZ_CHANNEL_MESSAGE, "others"): return channel.broadcast("said", event.payload, skipsOwn: true)
            case (ZZZ_CHANNEL_MESSAGE, "bytes"): return channel.broadcast("said", "\u{1}", isBinary: true)
            case (ZZZ_CHANNEL_MESSAGE, "track"): return channel.track(event.payload.filter(\.isLetter))
            case (ZZZ_CHANNEL_MESSAGE, _):
                let status = channel.broadcast("said", event.payload)
                return event.ref.isEmpty ? status : channel.reply(event.ref, "ok", "\(status)")
            default: return 0
            }
        }
    }

    private func run(_ setup: Setup, _ body: (TestServer, TestServer, Wire, Wire) throws -> Void) throws {
        let (left, right) = Wire.pair()
        var options = ChannelSocketOptions()
        options.id = "user:1"
        func serve(_ wire: Wire, _ body: (TestServer) throws -> Void) throws {
            let site = try TestApp.site(
                channels: [try Self.channel().definition()], [TestChannel.route(options)])
            try TestServer.run(setup, site: site, configure: { $0.pubSubAdapter = wire }, body)
        }
        try serve(left) { first in try serve(right) { second in try body(first, second, left, right) } }
        #expect(left.stops == 1 && right.stops == 1)
    }

    /// A client in the room.
    private func join(_ server: TestServer) throws -> SocketClient {
        let client = try SocketClient(server, "/socket/websocket")
        _ = try client.join("room:1")
        return client
    }

    @Test("messages of either reach the clients of both, in order and once", arguments: Setup.plain)
    func broadcasts(setup: Setup) throws {
        try run(setup) { first, second, left, right in
            let (ann, bob) = (try join(first), try join(second))
            for number in 0..<200 { try ann.send(#"["1",null,"room:1","all",\#(number)]"#) }
            for number in 0..<200 {
                let message = #"[null,null,"room:1","said",\#(number)]"#
                try ann.expect(message)
                try bob.expect(message)
            }
            try bob.send(#"["1",null,"room:1","others",{"a":1}]"#)
            try ann.expect(#"[null,null,"room:1","said",{"a":1}]"#)
            try bob.send(#"["1",null,"room:1","bytes",{}]"#)
            let bytes = SocketClient.Message.binary([2, 6, 4] + Array("room:1said\u{1}".utf8))
            #expect(try ann.next() == bytes)
            #expect(try bob.next() == bytes)
            #expect(left.sent.count == 200 && right.sent.count == 2)
        }
    }

    @Test("what the app subscribed to comes from both", arguments: Setup.singlePlain)
    func subscriptions(setup: Setup) throws {
        try run(setup) { first, second, _, _ in
            let client = try join(second)
            for (number, server) in [first, second].enumerated() {
                try Array("\(number)".utf8).withUnsafeBytes {
                    try server.server.pubSub.broadcast(
                        app: "test", topic: "news", event: "e", $0, isBinary: false)
                }
                try client.expect(#"["1",null,"room:1","news",\#(number)]"#)
            }
        }
    }

    @Test("presence stays each daemon's own", arguments: Setup.singlePlain)
    func presence(setup: Setup) throws {
        try run(setup) { first, second, left, _ in
            let (ann, bob) = (try join(first), try join(second))
            try ann.send(#"["1",null,"room:1","track","ann"]"#)
            guard case .text(let text) = try ann.next(), text.contains("presence_diff") else {
                Issue.record("no difference")
                return
            }
            try ann.send(#"["1",null,"room:1","all",1]"#)
            try bob.expect(#"[null,null,"room:1","said",1]"#)
            #expect(left.sent.count == 1)
        }
    }

    @Test("a user is disconnected from both", arguments: Setup.singlePlain)
    func disconnects(setup: Setup) throws {
        try run(setup) { first, second, _, _ in
            let clients = try [first, second].map { try SocketClient($0, "/socket/websocket") }
            try first.server.pubSub.disconnect(app: "test", id: "user:1")
            for client in clients { #expect(try client.next() == .close(1001, "disconnected")) }
        }
    }

    @Test("when others can't be told, nobody is, and the sender hears of it", arguments: Setup.singlePlain)
    func refusals(setup: Setup) throws {
        try run(setup) { first, _, left, _ in
            let client = try join(first)
            left.fill()
            try client.send(#"["1","2","room:1","all",1]"#)
            try client.expect(
                #"["1","2","room:1","phx_reply",{"status":"ok","response":\#(ZZZ_ERROR_LIMIT)}]"#)
            #expect(throws: PubSub.Refusal.self) { try first.server.pubSub.disconnect(app: "test", id: "user:1") }
            try client.send(#"[null,"3","phoenix","heartbeat",{}]"#)
            try client.expect(#"[null,"3","phoenix","phx_reply",{"status":"ok","response":{}}]"#)
        }
    }

    private static let longest = String(repeating: "n", count: 255)
    private static func broadcast(
        app: String = "test", topic: String = "room:1", event: String = "e", payload: [UInt8] = [0x31],
        isBinary: Bool = false
    ) -> PubSubMessage {
        .broadcast(app: app, topic: topic, event: event, payload: payload, isBinary: isBinary)
    }

    @Test("what another daemon may send", arguments: [
        (broadcast(), true), (broadcast(app: ""), true),
        (broadcast(app: longest, topic: longest, event: longest), true),
        (broadcast(app: longest + "n"), false), (broadcast(topic: ""), false), (broadcast(topic: longest + "n"), false),
        (broadcast(event: ""), false), (broadcast(event: longest + "n"), false),
        (broadcast(payload: [0xFF]), false), (broadcast(payload: [0xFF], isBinary: true), true),
        (.disconnect(app: "test", id: longest), true), (.disconnect(app: "test", id: longest + "n"), false),
        (.disconnect(app: "", id: "user:1"), false), (.disconnect(app: "test", id: ""), false),
    ] as [(PubSubMessage, Bool)])
    func limits(_ message: PubSubMessage, _ isTaken: Bool) {
        expect(message, isTaken: isTaken)
    }

    @Test("how long a payload may be", arguments: [(16 << 20, true), (16 << 20 | 1, false)])
    func payloads(_ count: Int, _ isTaken: Bool) {
        let message = Self.broadcast(payload: [UInt8](repeating: 0, count: count), isBinary: true)
        expect(message, isTaken: isTaken)
    }

    private func expect(_ message: PubSubMessage, isTaken: Bool) {
        // A long message is not printed.
        let isThrown: Bool
        do throws(PubSub.Refusal) {
            try message.check()
            isThrown = false
        } catch {
            #expect(error.status == ZZZ_ERROR_INVALID)
            isThrown = true
        }
        #expect(isThrown != isTaken)
    }

    @Test("nothing is taken before the server runs, nor after it")
    func beforeAndAfter() throws {
        let server = try Server(Server.Configuration(), events: nil)
        try server.pubSub.receive(Self.broadcast())
        try server.start()
        try server.pubSub.receive(Self.broadcast())
        server.stop()
        try server.pubSub.receive(.disconnect(app: "test", id: "user:1"))
    }
}
