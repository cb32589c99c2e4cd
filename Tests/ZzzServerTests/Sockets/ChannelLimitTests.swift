import Testing
import ZzzAppABI

@testable import ZzzServer

@Suite("What clients of channels may do, and past it")
struct ChannelLimitTests {
    private func run(
        _ setup: Setup, _ channel: TestChannel, messagesPerSecond: Int = 0, timeoutMilliseconds: UInt64? = nil,
        options: (inout ChannelSocketOptions) -> Void = { _ in },
        configure: (inout Server.Configuration) -> Void = { _ in }, _ body: (TestServer) throws -> Void
    ) throws {
        var socket = ChannelSocketOptions()
        options(&socket)
        let definition = try channel.definition(
            timeoutMilliseconds: timeoutMilliseconds, messagesPerSecond: messagesPerSecond)
        let site = try TestApp.site(channels: [definition], [TestChannel.route(socket)])
        try TestServer.run(setup, site: site, configure: configure, body)
    }

    private let joining = TestChannel { channel, event in
        switch event.kind {
        case ZZZ_CHANNEL_JOIN: channel.join()
        case ZZZ_CHANNEL_MESSAGE: channel.reply(event.ref)
        default: 0
        }
    }

    @Test("channels on one socket", arguments: Setup.singlePlain)
    func channels(setup: Setup) throws {
        try run(setup, joining, options: { $0.socket.channels = 2 }) { server in
            let socket = try SocketClient(server, "/socket/websocket")
            for number in 1...2 {
                #expect(
                    try socket.join("room:\(number)")
                        == .text(#"["1","1","room:\#(number)","phx_reply",{"status":"ok","response":{}}]"#))
            }
            let reason = "too many channels joined"
            #expect(
                try socket.join("room:3")
                    == .text(#"["1","1","room:3","phx_reply",{"status":"error","response":{"reason":"\#(reason)"}}]"#))
        }
    }

    @Test("messages in a second, to one channel: an error reply", arguments: Setup.singlePlain)
    func messagesToAChannel(setup: Setup) throws {
        try run(setup, joining, messagesPerSecond: 5) { server in
            let socket = try SocketClient(server, "/socket/websocket")
            _ = try socket.join("room:1")
            for _ in 0..<50 { try socket.send(#"["1","2","room:1","m",{}]"#) }
            var refused = 0
            for _ in 0..<50 {
                guard case .text(let text) = try socket.next() else { break }
                if text.contains("too many messages") { refused += 1 }
            }
            #expect(refused > 0 && refused <= 45)
        }
    }

    @Test("messages in a second, on one socket: closed with 1008", arguments: Setup.singlePlain)
    func messagesOnASocket(setup: Setup) throws {
        try run(setup, joining, options: { $0.socket.messagesPerSecond = 5 }) { server in
            let socket = try SocketClient(server, "/socket/websocket")
            for _ in 0..<200 { try socket.send(#"[null,"1","phoenix","heartbeat",{}]"#) }
            var last = try socket.next()
            while case .text = last { last = try socket.next() }
            #expect(last == .close(1008, "too many messages"))
        }
    }

    @Test("events for a channel whose app does not keep up: phx_error", arguments: Setup.singlePlain)
    func events(setup: Setup) throws {
        let slow = TestChannel { channel, event in
            switch event.kind {
            case ZZZ_CHANNEL_JOIN:
                channel.subscribe("news")
                return channel.join()
            case ZZZ_CHANNEL_INFO: return Int32(ZZZ_WAIT)
            default: return 0
            }
        }
        try run(
            setup, slow, timeoutMilliseconds: 200, configure: { $0.limits.sockets.queuedEvents = 10 }
        ) { server in
            let socket = try SocketClient(server, "/socket/websocket")
            _ = try socket.join("room:1")
            for number in 0..<12 {
                try Array("\(number)".utf8).withUnsafeBytes {
                    try server.server.pubSub.broadcast(
                        app: "test", topic: "news", event: "e", $0, isBinary: false)
                }
            }
            try socket.expect(#"["1","1","room:1","phx_error",{"reason":"too many events are waiting"}]"#)
            // The app never finishes the one that it may have: the channel is gone when that has taken too long.
            #expect(slow.events.current.filter { $0.hasPrefix("info") }.count <= 1)
        }
    }

    @Test("joins in a second: the others wait, in their order", arguments: Setup.singlePlain)
    func joins(setup: Setup) throws {
        try run(setup, joining, configure: { $0.limits.joinsPerSecond = 20 }) { server in
            let sockets = try (0..<30).map { _ in try SocketClient(server, "/socket/websocket") }
            let began = milliseconds()
            for socket in sockets { try socket.send(#"["1","1","room:1","phx_join",{}]"#) }
            for socket in sockets {
                try socket.expect(#"["1","1","room:1","phx_reply",{"status":"ok","response":{}}]"#)
            }
            #expect(milliseconds() - began >= 400, "20 at once, and 10 at 20 in a second")
        }
    }

    @Test("messages that are none", arguments: Setup.singlePlain)
    func messages(setup: Setup) throws {
        try run(setup, joining) { server in
            let texts = [
                "", "x", "{}", "[]", #"["1","1","room:1","m"]"#, #"[1.5,"1","room:1","m",{}]"#, #"["1","1",{}"#,
            ]
            for bad in texts {
                let socket = try SocketClient(server, "/socket/websocket")
                try socket.send(bad)
                guard case .close(1002, _) = try socket.next() else {
                    Issue.record("\(bad) is not closed with 1002")
                    continue
                }
            }
            let socket = try SocketClient(server, "/socket/websocket")
            try socket.send(binary: [0, 255, 255])
            guard case .close(1002, _) = try socket.next() else {
                Issue.record("a truncated binary message")
                return
            }
        }
    }
}
