import Synchronization
import Testing
import ZzzAppABI

@testable import Zzz

@Suite struct PubSubTests {
    private let host = FakeHost()
    private let journal = Journal()

    init() throws {
        try host.load { get("/") { _ in "" } }
    }

    private var pubSub: PubSub { PubSub(host: host.instance?.host) }

    private func subscribe(_ topic: String, isShared: Bool = false) throws -> Subscription {
        try host.onThisThread {
            try pubSub.subscribe(topic, isShared: isShared) { [journal] message in
                if message.event == "crash" { throw MisuseError("crashed") }
                journal.write("\(message.topic) \(message.event) \(message.payload.text) \(message.payload.isBinary)")
            }
        }
    }

    @Test func broadcasting() throws {
        let subscription = try subscribe("news")
        try pubSub.broadcast("news", "flash", ["a": 1])
        try pubSub.broadcast("news", "raw", binary: [65])
        try pubSub.broadcast("news", "flash", [1], isShared: true)
        try pubSub.broadcast("other", "flash", [1])
        #expect(journal.take() == [#"news flash {"a":1} false"#, "news raw A true"])
        #expect(host.channels.broadcasts.map(\.flags) == [0, 1, 2, 0])
        host.onThisThread { subscription.cancel() }
        try pubSub.broadcast("news", "flash", ["a": 1])
        #expect(journal.take() == [])
        #expect(host.channels.subscriptions.isEmpty)
        host.onThisThread { subscription.cancel() }
    }

    @Test func topicsOfAllApps() throws {
        _ = try subscribe("news", isShared: true)
        try pubSub.broadcast("news", "flash", [1])
        try pubSub.broadcast("news", "flash", [2], isShared: true)
        #expect(journal.take() == ["news flash [2] false"])
    }

    @Test func twiceIsTwice() throws {
        let subscriptions = try [subscribe("a"), subscribe("a")]
        try pubSub.broadcast("a", "e", [1])
        #expect(journal.take().count == 2)
        host.onThisThread { subscriptions[0].cancel() }
        try pubSub.broadcast("a", "e", [1])
        #expect(journal.take().count == 1)
    }

    @Test func itLivesWithoutBeingHeld() throws {
        _ = try subscribe("a")
        try pubSub.broadcast("a", "e", [1])
        #expect(journal.take().count == 1)
    }

    @Test func anErrorIsLogged() throws {
        _ = try subscribe("a")
        try pubSub.broadcast("a", "crash", [1])
        #expect(host.log.last?.message == "subscription to a: crashed")
    }

    /// What the handler holds is given back.
    @Test(arguments: [true, false]) func cancelling(_ isOnLoop: Bool) throws {
        final class Held: Sendable {
            let journal: Journal
            init(_ journal: Journal) { self.journal = journal }
            deinit { journal.write("deinit") }
        }
        try host.onThisThread {
            var held: Held? = Held(journal)
            let subscription = try pubSub.subscribe("a") { [held] _ in _ = held }
            held = nil
            #expect(journal.take() == [])
            host.isOnLoop = isOnLoop
            subscription.cancel()
        }
        host.drain()
        #expect(journal.take() == ["deinit"])
    }

    @Test func refusals() throws {
        let error = #expect(throws: HostError.self) { try subscribe(String(repeating: "t", count: 256)) }
        #expect(error?.description == "subscribe: a topic of 256 bytes")
        let none = #expect(throws: HostError.self) { try PubSub(host: nil).broadcast("a", "b", [1]) }
        #expect(none?.code == HostStatus.unsupported)
    }

    @Test func fromAHandler() throws {
        let host = FakeHost()
        try host.load {
            post("/news") { context in
                try context.pubSub.broadcast("news", "flash", ["text": "hello"])
                try context.sockets.disconnect("user:1")
                return "sent"
            }
        }
        #expect(host.send(FakeRequest("POST", "/news")).text == "sent")
        let sent = FakeChannels.Broadcast(topic: "news", event: "flash", payload: #"{"text":"hello"}"#)
        #expect(host.channels.broadcasts == [sent])
        #expect(host.channels.disconnected == ["user:1"])
    }
}
