import Testing
import ZzzAppABI
import ZzzBase64

@testable import ZzzServer

@Suite("Channels over long polling")
struct LongPollTests {
    private func run(
        _ setup: Setup, version: String = "2.0.0", _ body: (TestServer) throws -> Void
    ) throws {
        let channel = TestChannel { channel, event in
            switch (event.kind, event.event) {
            case (ZZZ_CHANNEL_JOIN, _): channel.join()
            case (ZZZ_CHANNEL_MESSAGE, "all"): channel.broadcast("said", event.payload)
            case (ZZZ_CHANNEL_MESSAGE, _): channel.reply(event.ref, "ok", event.payload)
            default: 0
            }
        }
        var options = ChannelSocketOptions()
        options.version = version
        // So that nothing is left over at the end.
        options.socket.idleTimeoutMilliseconds = 1_500
        let handler: @Sendable (Request, Head) -> Void = { [options] request, _ in
            do throws(ChannelCalls.Refusal) {
                try ChannelCalls.poll(request.handle, nil)
            } catch {
                #expect(error.status == ZZZ_ERROR_NOT_FOUND, "\(error.text)")
                try? ChannelCalls.poll(request.handle, options)
            }
        }
        let site = try TestApp.site(
            channels: [try channel.definition()],
            [.get("/socket/longpoll", handler), .post("/socket/longpoll", handler), TestChannel.route(options)])
        try TestServer.run(setup, site: site, body)
    }

    /// The token of a new session.
    private func open(_ server: TestServer) throws -> String {
        let answer = try server.get("/socket/longpoll?vsn=2.0.0")
        #expect(answer.status == 200)
        #expect(answer.header("cache-control")?.contains("no-store") == true)
        let text = answer.text
        try #require(text.hasPrefix(#"{"status":410,"token":""#) && text.hasSuffix(#"","messages":[]}"#), "\(text)")
        return String(text.dropFirst(23).dropLast(16))
    }

    private func post(_ server: TestServer, _ token: String, _ lines: String) throws -> String {
        try server.client().ask(
            "POST /socket/longpoll?vsn=2.0.0&token=\(token) HTTP/1.1\r\nHost: a\r\n"
                + "Content-Type: application/x-ndjson\r\nContent-Length: \(lines.utf8.count)\r\n\r\n\(lines)"
        ).text
    }

    private func messages(_ server: TestServer, _ token: String) throws -> String {
        let text = try server.get("/socket/longpoll?vsn=2.0.0&token=\(token)").text
        let start = try #require(text.firstRange(of: #""messages":"#))
        #expect(text.hasPrefix(#"{"status":200,"token":"\#(token)","#))
        return String(text[start.upperBound...].dropLast())
    }

    @Test("a session: join, messages both ways, with sockets beside it", arguments: Setup.plain)
    func session(setup: Setup) throws {
        try run(setup) { server in
            let token = try open(server)
            #expect(try post(server, token, #"["1","1","room:1","phx_join",{}]"#) == #"{"status":200}"#)
            #expect(
                try messages(server, token)
                    == #"["[\"1\",\"1\",\"room:1\",\"phx_reply\",{\"status\":\"ok\",\"response\":{}}]"]"#)
            let socket = try SocketClient(server, "/socket/websocket")
            _ = try socket.join("room:1")
            // A question that waits is answered by what comes.
            let client = try server.client()
            try client.send("GET /socket/longpoll?token=\(token) HTTP/1.1\r\nHost: a\r\n\r\n")
            try socket.send(#"["1","2","room:1","all","é\"\n"]"#)
            try socket.expect(#"[null,null,"room:1","said","é\"\n"]"#)
            let answer = try client.receiveResponse().text
            #expect(answer.hasSuffix(#""messages":["[null,null,\"room:1\",\"said\",\"é\\\"\\n\"]"]}"#), "\(answer)")
            let lines = (0..<50).map { #"["1","\#($0)","room:1","n",\#($0)]"# }.joined(separator: "\n")
            #expect(try post(server, token, lines) == #"{"status":200}"#)
            let got = try messages(server, token)
            for number in 0..<50 { #expect(got.contains(#"\"response\":\#(number)}"#)) }
            socket.client.close()
        }
    }

    @Test("a token in a field, as later clients send it", arguments: Setup.singlePlain)
    func field(setup: Setup) throws {
        try run(setup) { server in
            let token = try open(server)
            _ = try post(server, token, #"[null,"1","phoenix","heartbeat",{}]"#)
            let answer = try server.client().ask(
                "GET /socket/longpoll HTTP/1.1\r\nHost: a\r\nX-Phoenix-Longpoll-Token: \(token)\r\n\r\n")
            #expect(answer.text.hasPrefix(#"{"status":200,"token":"\#(token)","messages":["#))
        }
    }

    @Test("tokens that lead nowhere", arguments: Setup.singlePlain)
    func tokens(setup: Setup) throws {
        try run(setup) { server in
            let token = try open(server)
            let made = (token.first == "A" ? "B" : "A") + token.dropFirst()
            let guessed = token.dropLast(1) + (token.last == "A" ? "B" : "A")
            for bad in [made, String(guessed), "x", "", String(repeating: "A", count: 32), "%00"] {
                #expect(try post(server, bad, "[]") == #"{"status":410}"#)
            }
            // A client whose session is gone starts anew; for one that has none there is a new one.
            #expect(try server.get("/socket/longpoll?token=\(guessed)").text == #"{"status":410}"#)
            for none in ["x", "", "undefined", "%00"] {
                #expect(try server.get("/socket/longpoll?token=\(none)").text.hasPrefix(#"{"status":410,"token":""#))
            }
        }
    }

    @Test("a version that is not spoken is refused where such clients look for it", arguments: Setup.singlePlain)
    func version(setup: Setup) throws {
        try run(setup, version: "3.0.0") { server in
            let answer = try server.get("/socket/longpoll")
            #expect(answer.status == 200 && answer.text == #"{"status":403}"#)
        }
    }

    @Test("no session begins while the server drains", arguments: Setup.singlePlain)
    func draining(setup: Setup) throws {
        try run(setup) { server in
            let client = try server.client()
            try client.send("GET /socket/longpoll HTTP/1.1\r\nHost: a\r\n")
            #expect(server.eventually { server.server.snapshot().loops.reduce(0) { $0 + $1.active } == 1 })
            server.server.beginDraining()
            try client.send("\r\n")
            let answer = try client.receiveResponse()
            #expect(answer.text == #"{"status":500}"# && answer.closes)
        }
    }

    @Test("a binary message is base64, and what is neither ends the session", arguments: Setup.singlePlain)
    func binary(setup: Setup) throws {
        try run(setup) { server in
            let token = try open(server)
            _ = try post(server, token, #"["1","1","room:1","phx_join",{}]"#)
            _ = try messages(server, token)
            let message: [UInt8] = [0, 1, 1, 6, 1] + Array("12room:1nhello".utf8)
            let text = Base64.encode(message, .standard)
            #expect(try post(server, token, text) == #"{"status":200}"#)
            #expect(try messages(server, token).contains("phx_reply"))
            #expect(try post(server, token, "!!!") == #"{"status":200}"#)
            #expect(server.eventually { (try? self.post(server, token, "[]")) == #"{"status":410}"# })
        }
    }

    @Test("too many lines are refused")
    func lines() throws {
        try run(Setup.singlePlain[0]) { server in
            let token = try open(server)
            let line = #"[null,"1","phoenix","heartbeat",{}]"# + "\n"
            #expect(try post(server, token, String(repeating: line, count: 1_000)) == #"{"status":200}"#)
            #expect(try post(server, token, String(repeating: line, count: 1_001)) == #"{"status":400}"#)
        }
    }
}
