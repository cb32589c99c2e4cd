import Testing
import ZzzAppABI

@testable import ZzzServer

/// What whoever operates the daemon is told of sockets, channels and topics.
@Suite("What sockets there are")
struct SocketInventoryTests {
    private func run(_ setup: Setup, _ body: (TestServer) throws -> Void) throws {
        let channel = TestChannel { channel, event in
            guard event.kind == ZZZ_CHANNEL_JOIN else { return 0 }
            channel.subscribe("news", isShared: true)
            channel.track("ada")
            return channel.join()
        }
        var options = ChannelSocketOptions()
        options.id = "user:5"
        let site = try TestApp.site(channels: [try channel.definition()], [TestChannel.route(options)])
        try TestServer.run(setup, site: site, body)
    }

    @Test("sockets, with what they have joined", arguments: Setup.all)
    func sockets(setup: Setup) throws {
        try run(setup) { server in
            #expect(server.server.sockets(limit: 10).count == 0)
            let clients = try (0..<4).map { _ in try SocketClient(server, "/socket/websocket?vsn=2.0.0") }
            for client in clients { _ = try client.join("room:1", "{}") }
            _ = try clients[0].join("room:2", "{}")
            let all = server.server.sockets(limit: 10)
            #expect(all.count == 4 && all.items.count == 4)
            #expect(all.items.map(\.topics.count).sorted() == [1, 1, 1, 2])
            for socket in all.items {
                #expect(socket.app == "test" && socket.id == "user:5" && socket.version == "2.0.0")
                #expect(socket.peer.hasPrefix("127.0.0.1:") && !socket.isPolling)
            }
            #expect(server.server.sockets(app: "other", limit: 10).count == 0)
            #expect(server.server.sockets(id: "user:6", limit: 10).count == 0)
            for limit in 3...5 {
                let some = server.server.sockets(app: "test", id: "user:5", limit: limit)
                #expect(some.count == 4 && some.items.count == min(limit, 4))
            }
            let figures = server.server.snapshot().loops.map(\.sockets)
            #expect(figures.reduce(0) { $0 + $1.sockets } == 4)
            #expect(figures.reduce(0) { $0 + $1.channels } == 5)
            #expect(figures.reduce(0) { $0 + $1.statistics.joins } == 5)
        }
    }

    @Test("topics, the ones with the most channels first", arguments: Setup.all)
    func topics(setup: Setup) throws {
        try run(setup) { server in
            let clients = try (0..<3).map { _ in try SocketClient(server, "/socket/websocket?vsn=2.0.0") }
            for client in clients { _ = try client.join("room:many", "{}") }
            _ = try clients[0].join("room:one", "{}")
            let all = server.server.topics(limit: 10)
            #expect(all.count == 3)
            #expect(all.items.map(\.topic) == ["room:many", "room:one", "news"])
            #expect(all.items.map(\.channels) == [3, 1, 0])
            #expect(all.items.map(\.subscriptions) == [0, 0, 4])
            #expect(all.items.map(\.presences) == [3, 1, 0])
            #expect(all.items.map(\.app) == ["test", "test", ""])
            #expect(server.server.topics(app: "test", limit: 10).items.count == 2)
            let cut = server.server.topics(limit: 1)
            #expect(cut.count == 3 && cut.items.map(\.topic) == ["room:many"])
        }
    }

    @Test("sockets are closed by their id", arguments: Setup.all)
    func disconnect(setup: Setup) throws {
        try run(setup) { server in
            let clients = try (0..<3).map { _ in try SocketClient(server, "/socket/websocket?vsn=2.0.0") }
            for client in clients { _ = try client.join("room:1", "{}") }
            #expect(server.server.disconnect(id: "user:6") == 0)
            #expect(server.server.disconnect(app: "other", id: "user:5") == 0)
            #expect(server.server.disconnect(app: "test", id: "user:5") == 3)
            for client in clients { #expect(try client.next() == .close(1001, "disconnected")) }
        }
    }
}
