import Glibc
import Testing
import ZzzAppABI

@testable import ZzzServer

@Suite("Channels over a server")
struct ChannelTests {
    private func run(
        _ setup: Setup, _ channel: TestChannel, intercepts: Set<String> = [],
        options: ChannelSocketOptions = ChannelSocketOptions(), _ body: (TestServer) throws -> Void
    ) throws {
        let site = try TestApp.site(
            channels: [try channel.definition(intercepts: intercepts)], [TestChannel.route(options)])
        try TestServer.run(setup, site: site, body)
    }

    @Test("join, message, reply, leave", arguments: Setup.all)
    func life(setup: Setup) throws {
        let channel = TestChannel { channel, event in
            switch event.kind {
            case ZZZ_CHANNEL_JOIN: channel.join(#"{"hello":1}"#, user: 7)
            case ZZZ_CHANNEL_MESSAGE: channel.reply(event.ref, "ok", event.payload)
            default: 0
            }
        }
        var options = ChannelSocketOptions()
        options.state = Array(#"{"user":5}"#.utf8)
        options.id = "user:5"
        try run(setup, channel, options: options) { server in
            let socket = try SocketClient(server, "/socket/websocket?vsn=2.0.0")
            try socket.send(#"[null,"0","phoenix","heartbeat",{}]"#)
            try socket.expect(#"[null,"0","phoenix","phx_reply",{"status":"ok","response":{}}]"#)
            #expect(
                try socket.join("room:1", #"{"a":1}"#)
                    == .text(#"["1","1","room:1","phx_reply",{"status":"ok","response":{"hello":1}}]"#))
            try socket.send(#"["1","2","room:1","echo",{"x":[1,"é"]}]"#)
            try socket.expect(#"["1","2","room:1","phx_reply",{"status":"ok","response":{"x":[1,"é"]}}]"#)
            try socket.send(#"["1","3","room:1","phx_leave",{}]"#)
            try socket.expect(#"["1","3","room:1","phx_reply",{"status":"ok","response":{}}]"#)
            try socket.expect(#"["1","1","room:1","phx_close",{}]"#)
            try socket.send(#"["1","4","room:1","echo",{}]"#)
            try socket.expect(
                #"["1","4","room:1","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}]"#)
            try socket.close()
            #expect(try socket.next() == .close(1000, ""))
            #expect(channel.events.wait { $0.count == 3 })
            #expect(channel.events.current == [#"join {"a":1}"#, #"message echo {"x":[1,"é"]}"#, "terminate 1"])
        }
    }

    /// phxsocket does so, and Phoenix does not mind.
    @Test("a client that numbers its messages without quotation marks", arguments: Setup.singlePlain)
    func numbers(setup: Setup) throws {
        let channel = TestChannel { channel, event in
            switch event.kind {
            case ZZZ_CHANNEL_JOIN: channel.join()
            case ZZZ_CHANNEL_MESSAGE: channel.reply(event.ref, "ok", event.payload)
            default: 0
            }
        }
        try run(setup, channel) { server in
            let socket = try SocketClient(server, "/socket/websocket?vsn=2.0.0")
            try socket.send(#"[0,0,"room:1","phx_join",{}]"#)
            try socket.expect(#"[0,0,"room:1","phx_reply",{"status":"ok","response":{}}]"#)
            try socket.send(#"[null,1,"phoenix","heartbeat",{}]"#)
            try socket.expect(#"[null,1,"phoenix","phx_reply",{"status":"ok","response":{}}]"#)
            try socket.send(#"[0,2,"room:1","echo",2]"#)
            try socket.expect(#"[0,2,"room:1","phx_reply",{"status":"ok","response":2}]"#)
            try socket.send(#"[0,3,"room:1","phx_leave",{}]"#)
            try socket.expect(#"[0,3,"room:1","phx_reply",{"status":"ok","response":{}}]"#)
            try socket.expect(#"[0,0,"room:1","phx_close",{}]"#)
        }
    }

    @Test("a broadcast reaches all that have joined, on every loop", arguments: Setup.all)
    func broadcast(setup: Setup) throws {
        let channel = TestChannel { channel, event in
            switch (event.kind, event.event) {
            case (ZZZ_CHANNEL_JOIN, _): channel.join()
            case (ZZZ_CHANNEL_MESSAGE, "all"): channel.broadcast("said", event.payload)
            case (ZZZ_CHANNEL_MESSAGE, "others"): channel.broadcast("said", event.payload, skipsOwn: true)
            default: 0
            }
        }
        try run(setup, channel) { server in
            let sockets = try (0..<6).map { _ in try SocketClient(server, "/socket/websocket") }
            for socket in sockets { _ = try socket.join("room:1") }
            let elsewhere = try SocketClient(server, "/socket/websocket")
            _ = try elsewhere.join("room:2")
            for round in 0..<20 {
                try sockets[0].send(#"["1","2","room:1","all",\#(round)]"#)
                try sockets[0].send(#"["1","3","room:1","others",\#(round)]"#)
            }
            for (index, socket) in sockets.enumerated() {
                for round in 0..<20 {
                    try socket.expect(#"[null,null,"room:1","said",\#(round)]"#)
                    if index > 0 { try socket.expect(#"[null,null,"room:1","said",\#(round)]"#) }
                }
            }
            try elsewhere.send(#"[null,"0","phoenix","heartbeat",{}]"#)
            try elsewhere.expect(#"[null,"0","phoenix","phx_reply",{"status":"ok","response":{}}]"#)
        }
    }

    @Test("intercepted events go through the app", arguments: Setup.single)
    func intercepts(setup: Setup) throws {
        let channel = TestChannel { channel, event in
            switch event.kind {
            case ZZZ_CHANNEL_JOIN: channel.join()
            case ZZZ_CHANNEL_MESSAGE: channel.broadcast(event.event, event.payload)
            case ZZZ_CHANNEL_BROADCAST: channel.push("changed", event.payload)
            default: 0
            }
        }
        try run(setup, channel, intercepts: ["secret"]) { server in
            let socket = try SocketClient(server, "/socket/websocket")
            _ = try socket.join("room:1")
            try socket.send(#"["1","2","room:1","secret",1]"#)
            try socket.expect(#"["1",null,"room:1","changed",1]"#)
            try socket.send(#"["1","2","room:1","open",2]"#)
            try socket.expect(#"[null,null,"room:1","open",2]"#)
        }
    }

    @Test("a refused join, one that nobody answers, and one to a topic that nobody serves", arguments: Setup.single)
    func refusals(setup: Setup) throws {
        let channel = TestChannel { channel, event in
            event.topic == "room:no" ? channel.refuse(#"{"reason":"private"}"#) : 0
        }
        try run(setup, channel) { server in
            let socket = try SocketClient(server, "/socket/websocket")
            #expect(
                try socket.join("room:no")
                    == .text(#"["1","1","room:no","phx_reply",{"status":"error","response":{"reason":"private"}}]"#))
            #expect(
                try socket.join("room:silent")
                    == .text(
                        #"["1","1","room:silent","phx_reply",{"status":"error","response":{"reason":"join crashed"}}]"#
                    ))
            #expect(
                try socket.join("lobby")
                    == .text(
                        #"[null,"1","lobby","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}]"#))
            #expect(channel.events.wait { $0.count == 4 })
            #expect(
                channel.events.current
                    == ["join {}", "terminate \(ZZZ_CHANNEL_REFUSED)", "join {}", "terminate \(ZZZ_CHANNEL_FAILED)"])
        }
    }

    @Test("events that go on later are handled in order, also from another thread", arguments: Setup.plain)
    func later(setup: Setup) throws {
        let channel = TestChannel { channel, event in
            switch event.kind {
            case ZZZ_CHANNEL_JOIN, ZZZ_CHANNEL_MESSAGE:
                let isJoin = event.kind == ZZZ_CHANNEL_JOIN
                _ = TestThread {
                    if isJoin { channel.join() } else { channel.reply(event.ref, "ok", event.payload) }
                    channel.done()
                }
                return Int32(ZZZ_WAIT)
            default: return 0
            }
        }
        try run(setup, channel) { server in
            let socket = try SocketClient(server, "/socket/websocket")
            try socket.send(#"["1","1","room:1","phx_join",{}]"#)
            for number in 0..<200 { try socket.send(#"["1","\#(number)","room:1","n",\#(number)]"#) }
            try socket.expect(#"["1","1","room:1","phx_reply",{"status":"ok","response":{}}]"#)
            for number in 0..<200 {
                try socket.expect(
                    #"["1","\#(number)","room:1","phx_reply",{"status":"ok","response":\#(number)}]"#)
            }
        }
    }

    @Test("joining a topic again replaces the channel", arguments: Setup.single)
    func joinAgain(setup: Setup) throws {
        let channel = TestChannel { channel, event in event.kind == ZZZ_CHANNEL_JOIN ? channel.join() : 0 }
        try run(setup, channel) { server in
            let socket = try SocketClient(server, "/socket/websocket")
            _ = try socket.join("room:1", ref: "1")
            _ = try socket.send(#"["5","5","room:1","phx_join",{}]"#)
            try socket.expect(#"["5","5","room:1","phx_reply",{"status":"ok","response":{}}]"#)
            try socket.expect(#"["1","1","room:1","phx_close",{}]"#)
            #expect(channel.events.wait { $0.count == 3 })
            #expect(Set(channel.events.current) == ["join {}", "terminate 1"])
        }
    }

    @Test("the socket goes, and its channels with it", arguments: Setup.all)
    func socketGoes(setup: Setup) throws {
        let channel = TestChannel { channel, event in event.kind == ZZZ_CHANNEL_JOIN ? channel.join() : 0 }
        try run(setup, channel) { server in
            let socket = try SocketClient(server, "/socket/websocket")
            _ = try socket.join("room:1")
            _ = try socket.join("room:2", ref: "2")
            socket.client.reset()
            #expect(channel.events.wait { $0.count == 4 })
            #expect(channel.events.current.suffix(2) == ["terminate 2", "terminate 2"])
        }
    }

    @Test("subscriptions of channels, and messages from other threads", arguments: Setup.plain)
    func subscriptions(setup: Setup) throws {
        let channel = TestChannel { channel, event in
            switch (event.kind, event.event) {
            case (ZZZ_CHANNEL_JOIN, _):
                channel.subscribe("news")
                return channel.join()
            case (ZZZ_CHANNEL_INFO, _): return channel.push("news", event.payload)
            case (ZZZ_CHANNEL_MESSAGE, "quiet"):
                channel.unsubscribe("news")
                return channel.reply(event.ref)
            default: return 0
            }
        }
        try run(setup, channel) { server in
            let socket = try SocketClient(server, "/socket/websocket")
            _ = try socket.join("room:1")
            let bus = server.server.pubSub
            func tell(_ text: String) throws {
                try Array(text.utf8).withUnsafeBytes {
                    try bus.broadcast(app: "test", topic: "news", event: "e", $0, isBinary: false)
                }
            }
            for number in 0..<50 { try tell("\(number)") }
            for number in 0..<50 { try socket.expect(#"["1",null,"room:1","news",\#(number)]"#) }
            try socket.send(#"["1","2","room:1","quiet",{}]"#)
            try socket.expect(#"["1","2","room:1","phx_reply",{"status":"ok","response":{}}]"#)
            try tell("51")
            try socket.send(#"["1","3","room:1","quiet",{}]"#)
            try socket.expect(#"["1","3","room:1","phx_reply",{"status":"ok","response":{}}]"#)
            #expect(server.eventually { bus.directory.count == 1 })
        }
    }

    @Test("presence: state, differences, and the end with the channel", arguments: Setup.plain)
    func presence(setup: Setup) throws {
        let channel = TestChannel { channel, event in
            switch event.kind {
            case ZZZ_CHANNEL_JOIN:
                channel.track(event.payload.filter { $0.isLetter }, #"{"n":1}"#)
                return channel.join()
            default: return 0
            }
        }
        try run(setup, channel) { server in
            let prefix = server.server.pubSub.presence.refs.prefix
            func metas(_ ref: Int) -> String { #"{"metas":[{"phx_ref":"\#(prefix)\#(ref)","n":1}]}"# }
            let first = try SocketClient(server, "/socket/websocket")
            _ = try first.join("room:1", #""ann""#)
            try first.expect(#"[null,null,"room:1","presence_diff",{"joins":{"ann":\#(metas(1))},"leaves":{}}]"#)
            let second = try SocketClient(server, "/socket/websocket")
            _ = try second.join("room:1", #""bob""#)
            let joined = #"[null,null,"room:1","presence_diff",{"joins":{"bob":\#(metas(2))},"leaves":{}}]"#
            try first.expect(joined)
            try second.expect(joined)
            second.client.close()
            try first.expect(#"[null,null,"room:1","presence_diff",{"joins":{},"leaves":{"bob":\#(metas(2))}}]"#)
            let state = server.server.pubSub.presence.list(TopicName(app: "test", topic: "room:1"))
            #expect(String(decoding: state, as: UTF8.self) == #"{"ann":\#(metas(1))}"#)
        }
    }

    /// Counts by what it finds, as several threads do at once.
    private static func count(_ channel: AppChannel) {
        while true {
            do throws(RequestCalls.Refusal) {
                let old = try ChannelCalls.meta(channel.handle, key: "ann")
                let count = Int(String(decoding: old.filter { (48...57).contains($0) }, as: UTF8.self)) ?? -1
                try ChannelCalls.exchange(
                    channel.handle, key: "ann", expected: old, meta: Array(#"{"n":\#(count + 1)}"#.utf8))
                return
            } catch where error.status == Int32(ZZZ_ERROR_CONFLICT) {
            } catch {
                Issue.record("\(error.text)")
                return
            }
        }
    }

    @Test("presence: no update is lost, from whatever thread", arguments: Setup.plain)
    func presenceExchange(setup: Setup) throws {
        let known = Probe<AppChannel?>(nil)
        let statuses = Probe<[Int32]>([])
        let channel = TestChannel { channel, event in
            switch event.kind {
            case ZZZ_CHANNEL_JOIN:
                statuses.update { $0.append(channel.status { _ = try ChannelCalls.meta(channel.handle, key: "ann") }) }
                channel.track("ann", #"{"n":0}"#)
                Self.count(channel)
                known.set(channel)
                return channel.join()
            case ZZZ_CHANNEL_MESSAGE:
                for _ in 0..<100 { Self.count(channel) }
                return channel.reply(event.ref)
            default: return 0
            }
        }
        try run(setup, channel) { server in
            let socket = try SocketClient(server, "/socket/websocket")
            try socket.send(#"["1","1","room:1","phx_join",{}]"#)
            #expect(known.wait { $0 != nil })
            let app = try #require(known.current)
            let threads = (0..<3).map { _ in TestThread { for _ in 0..<100 { Self.count(app) } } }
            try socket.send(#"["1","2","room:1","m",{}]"#)
            while try socket.next() != .text(#"["1","2","room:1","phx_reply",{"status":"ok","response":{}}]"#) {}
            for thread in threads { thread.join() }
            let meta = try ChannelCalls.meta(app.handle, key: "ann")
            #expect(String(decoding: meta, as: UTF8.self) == #"{"n":401}"#)
            #expect(statuses.current == [Int32(ZZZ_ERROR_NOT_FOUND)])
            socket.client.close()
            #expect(
                server.eventually {
                    app.status { _ = try ChannelCalls.meta(app.handle, key: "ann") } == Int32(ZZZ_ERROR_GONE)
                })
        }
    }

    @Test("messages are answered after a difference, however long the app took to join", arguments: Setup.plain)
    func presenceAndMessages(setup: Setup) throws {
        for delay in [0, 40_000] as [UInt32] {
            let channel = TestChannel { channel, event in
                switch event.kind {
                case ZZZ_CHANNEL_JOIN:
                    usleep(delay)
                    channel.join()
                    channel.track("ann")
                    return channel.push("presence_state")
                case ZZZ_CHANNEL_MESSAGE: return channel.reply(event.ref)
                default: return 0
                }
            }
            try run(setup, channel) { server in
                let socket = try SocketClient(server, "/socket/websocket")
                _ = try socket.join("room:1")
                try socket.expect(#"["1",null,"room:1","presence_state",{}]"#)
                guard case .text(let text) = try socket.next() else { return }
                #expect(text.contains("presence_diff"))
                for number in 2..<20 {
                    try socket.send(#"["1","\#(number)","room:1","m",{}]"#)
                    try socket.expect(#"["1","\#(number)","room:1","phx_reply",{"status":"ok","response":{}}]"#)
                }
                try socket.close()
                #expect(try socket.next() == .close(1000, ""))
            }
        }
    }

    @Test("a handler that loses the loop after it has accepted the socket", arguments: Setup.plain)
    func acceptedByASlowHandler(setup: Setup) throws {
        let channel = TestChannel { channel, event in event.kind == ZZZ_CHANNEL_JOIN ? channel.join() : 0 }
        let site = try TestApp.site(
            channels: [try channel.definition()], [TestChannel.route(delay: 100_000)])
        try TestServer.run(setup, site: site) { server in
            let socket = try SocketClient(server, "/socket/websocket")
            let answer = try socket.join("room:1")
            #expect(answer == .text(#"["1","1","room:1","phx_reply",{"status":"ok","response":{}}]"#))
        }
    }
}
