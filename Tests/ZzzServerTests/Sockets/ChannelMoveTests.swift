import CContainment
import Glibc
import Testing
import ZzzAppABI

@testable import ZzzServer

@Suite("Channels and the generations of their app")
struct ChannelMoveTests {
    private static let isInstalled: Bool = zzz_containment_install() == 0

    private func site(_ channel: TestChannel, generation: UInt64, pattern: String = "room:*") throws -> Site {
        try TestApp.site(
            generation: generation, channels: [try channel.definition(pattern)], app: OpaquePointer(
                bitPattern: UInt(generation)), [TestChannel.route()])
    }

    /// Counts in its state, which it hands over.
    private func counter(_ name: String) -> TestChannel {
        TestChannel { channel, event in
            switch event.kind {
            case ZZZ_CHANNEL_JOIN:
                let start = Int(event.state) ?? 0
                return channel.join(user: 1000 + start)
            case ZZZ_CHANNEL_MESSAGE: return channel.reply(event.ref, "ok", "\"\(name) \(event.user)\"")
            case ZZZ_CHANNEL_HAND_OVER: return channel.handOver(3, "\(event.user - 1000 + 1)")
            default: return 0
            }
        }
    }

    @Test("a channel goes on in the next generation, with its state; the client does not notice", arguments: Setup.all)
    func moves(setup: Setup) throws {
        let (old, new) = (counter("old"), counter("new"))
        let (first, second) = (try site(old, generation: 1), try site(new, generation: 2))
        try TestServer.run(setup, site: first) { server in
            let socket = try SocketClient(server, "/socket/websocket")
            _ = try socket.join("room:1", #"{"p":1}"#)
            try socket.send(#"["1","2","room:1","m",{}]"#)
            try socket.expect(#"["1","2","room:1","phx_reply",{"status":"ok","response":"old 1000"}]"#)
            server.server.publish(try SiteTable(sites: [second]))
            try socket.send(#"["1","3","room:1","m",{}]"#)
            try socket.expect(#"["1","3","room:1","phx_reply",{"status":"ok","response":"new 1001"}]"#)
            #expect(old.events.current == [#"join {"p":1}"#, "message m {}", "hand over", "terminate 4"])
            #expect(new.events.current == ["moved 1", "message m {}"])
            #expect(server.eventually { first.activity.totals.unfinished == 0 })
            #expect(second.activity.totals.sockets == 1)
            // A broadcast finds it where it was.
            try server.server.pubSub.broadcast(
                app: "test", topic: "room:1", event: "e", UnsafeRawBufferPointer(start: nil, count: 0), isBinary: false)
            socket.client.close()
            #expect(server.eventually { second.activity.totals.unfinished == 0 })
        }
    }

    @Test("what comes while the app is busy is handled once, in order, across many reloads", arguments: Setup.plain)
    func inOrder(setup: Setup) throws {
        /// Answers each message from another thread, after a moment.
        func slow() -> TestChannel {
            TestChannel { channel, event in
                switch event.kind {
                case ZZZ_CHANNEL_JOIN: return channel.join()
                case ZZZ_CHANNEL_MESSAGE:
                    _ = TestThread {
                        usleep(200)
                        channel.reply(event.ref, "ok", event.payload)
                        channel.done()
                    }
                    return Int32(ZZZ_WAIT)
                default: return 0
                }
            }
        }
        let sites = try (1...6).map { try site(slow(), generation: UInt64($0)) }
        try TestServer.run(setup, site: sites[0]) { server in
            let socket = try SocketClient(server, "/socket/websocket")
            _ = try socket.join("room:1")
            for number in 0..<300 {
                try socket.send(#"["1","\#(number)","room:1","n",\#(number)]"#)
                if number % 50 == 49, number / 50 + 1 < sites.count {
                    server.server.publish(try SiteTable(sites: [sites[number / 50 + 1]]))
                }
            }
            for number in 0..<300 {
                try socket.expect(#"["1","\#(number)","room:1","phx_reply",{"status":"ok","response":\#(number)}]"#)
            }
            for site in sites.dropLast() { #expect(server.eventually { site.activity.totals.unfinished == 0 }) }
            socket.client.close()
            #expect(server.eventually { sites[5].activity.totals.unfinished == 0 })
        }
    }

    @Test("a generation that does not serve the topic, one that refuses, and none", arguments: Setup.single)
    func cannotMove(setup: Setup) throws {
        let refusing = TestChannel { channel, event in
            event.kind == ZZZ_CHANNEL_JOIN ? (event.isMoved ? channel.refuse("") : channel.join()) : 0
        }
        let sites = [
            try site(counter("a"), generation: 1), try site(counter("b"), generation: 2, pattern: "lobby:*"),
            try site(counter("c"), generation: 3), try site(refusing, generation: 4),
        ]
        try TestServer.run(setup, site: sites[0]) { server in
            let socket = try SocketClient(server, "/socket/websocket")
            _ = try socket.join("room:1")
            server.server.publish(try SiteTable(sites: [sites[1]]))
            try socket.expect(
                #"["1","1","room:1","phx_error",{"reason":"the app does not serve this topic any more"}]"#)
            server.server.publish(try SiteTable(sites: [sites[2]]))
            _ = try socket.join("room:1", ref: "7")
            server.server.publish(try SiteTable(sites: [sites[3]]))
            try socket.expect(#"["7","7","room:1","phx_error",{"reason":"the app refused to go on"}]"#)
            server.server.publish(SiteTable.empty)
            #expect(try socket.next() == .close(1012, "the app is not served any more"))
            for site in sites { #expect(server.eventually { site.activity.totals.unfinished == 0 }) }
        }
    }

    // MARK: Faults

    @Test("a trap ends the channel, and neither its socket nor the others on it", arguments: Setup.single)
    func trap(setup: Setup) throws {
        try #require(Self.isInstalled)
        let channel = TestChannel { channel, event in
            switch (event.kind, event.event) {
            case (ZZZ_CHANNEL_JOIN, _):
                if event.topic == "room:trap" { fatalError("wanted by a test") }
                return channel.join()
            case (ZZZ_CHANNEL_MESSAGE, "trap"): fatalError("wanted by a test")
            case (ZZZ_CHANNEL_MESSAGE, _): return channel.reply(event.ref)
            default: return 0
            }
        }
        try TestServer.run(setup, site: try site(channel, generation: 1)) { server in
            let socket = try SocketClient(server, "/socket/websocket")
            _ = try socket.join("room:1")
            _ = try socket.join("room:2", ref: "2")
            try socket.send(#"["1","3","room:1","trap",{}]"#)
            try socket.send(#"["2","4","room:2","m",{}]"#)
            try socket.expect(#"["1","1","room:1","phx_error",{"reason":"channel_crash"}]"#)
            try socket.expect(#"["2","4","room:2","phx_reply",{"status":"ok","response":{}}]"#)
            #expect(server.eventually { server.events.faults.current.count == 1 })
            let fault = try #require(server.events.faults.current.first)
            #expect(fault.work == .socket)
            #expect(fault.outcome == .channelEnded)
            #expect(
                try socket.join("room:trap", ref: "5")
                    == .text(
                        #"["5","5","room:trap","phx_reply",{"status":"error","response":{"reason":"join crashed"}}]"#))
            _ = try socket.join("room:1", ref: "6")
            try socket.send(#"["6","7","room:1","m",{}]"#)
            try socket.expect(#"["6","7","room:1","phx_reply",{"status":"ok","response":{}}]"#)
        }
    }

    @Test("a channel that blocks holds up neither the loop nor the others of its socket", arguments: Setup.plain)
    func blocks(setup: Setup) throws {
        let gate = Probe<Bool>(false)
        let channel = TestChannel { channel, event in
            switch (event.kind, event.event) {
            case (ZZZ_CHANNEL_JOIN, _): return channel.join()
            case (ZZZ_CHANNEL_MESSAGE, "block"):
                let text = event.payload
                _ = gate.wait { $0 }
                return channel.reply(event.ref, "ok", text)
            case (ZZZ_CHANNEL_MESSAGE, _): return channel.reply(event.ref, "ok", event.payload)
            default: return 0
            }
        }
        try TestServer.run(setup, site: try site(channel, generation: 1)) { server in
            let socket = try SocketClient(server, "/socket/websocket")
            _ = try socket.join("room:1")
            _ = try socket.join("room:2", ref: "2")
            try socket.send(#"["1","3","room:1","block","blocked"]"#)
            try socket.send(#"["1","4","room:1","m","after"]"#)
            for number in 10..<40 {
                try socket.send(#"["2","\#(number)","room:2","m",\#(number)]"#)
                try socket.expect(#"["2","\#(number)","room:2","phx_reply",{"status":"ok","response":\#(number)}]"#)
            }
            gate.set(true)
            try socket.expect(#"["1","3","room:1","phx_reply",{"status":"ok","response":"blocked"}]"#)
            try socket.expect(#"["1","4","room:1","phx_reply",{"status":"ok","response":"after"}]"#)
        }
    }

    @Test("an event that takes too long ends its channel", arguments: Setup.singlePlain)
    func tooLong(setup: Setup) throws {
        let gate = Probe<Bool>(false)
        let channel = TestChannel { channel, event in
            switch (event.kind, event.event) {
            case (ZZZ_CHANNEL_JOIN, _): return channel.join()
            case (ZZZ_CHANNEL_MESSAGE, "never"): return Int32(ZZZ_WAIT)
            case (ZZZ_CHANNEL_MESSAGE, "block"):
                _ = gate.wait { $0 }
                return 0
            default: return 0
            }
        }
        let site = try TestApp.site(
            channels: [try channel.definition(timeoutMilliseconds: 100)], [TestChannel.route()])
        try TestServer.run(setup, site: site) { server in
            let socket = try SocketClient(server, "/socket/websocket")
            _ = try socket.join("room:1")
            try socket.send(#"["1","3","room:1","never",{}]"#)
            try socket.expect(#"["1","1","room:1","phx_error",{"reason":"the app has not answered in time"}]"#)
            _ = try socket.join("room:1", ref: "4")
            try socket.send(#"["4","5","room:1","block",{}]"#)
            try socket.expect(#"["4","4","room:1","phx_error",{"reason":"channel_crash"}]"#)
            gate.set(true)
            _ = try socket.join("room:1", ref: "6")
        }
    }
}
