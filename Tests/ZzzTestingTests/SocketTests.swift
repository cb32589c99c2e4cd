import Testing
import Zzz
import ZzzTesting

/// Channels over the daemon's own code, with the kit's client.
@Suite struct SocketTests {
    @Test(arguments: TestClient.Transport.allCases)
    func joiningAndAsking(_ transport: TestClient.Transport) async throws {
        let client = try TestClient(SocketApp(), over: transport)
        let socket = try await client.socket("/socket", params: ["name": "ada"])
        let room = try await socket.join("room:one", ["any": 1])
        #expect(room.response == ["you": "ada"])
        try await room.push("echo", ["a": [1, 2]]).expectReply("ok", ["a": [1, 2]])
        try await room.push("x").expectReply("error", ["reason": "there is no x"])
        #expect(try await room.push("bytes", binary: [1, 2, 3]).expectReply().binary == [3, 2, 1])
        try await room.push("push")
        #expect(try await room.expectPush("pushed").binary == [1, 2, 3])
        try await room.push("quiet").refuteReply()
        try await socket.heartbeat()
        try await room.leave()
        try await room.push("echo").expectReply("error", ["reason": "unmatched topic"])
        try await socket.close()
    }

    @Test func tokens() async throws {
        let client = try TestClient(SocketApp())
        let socket = try await client.socket("/socket", token: "ada")
        #expect(socket.webSocket.subprotocol == "phoenix")
        #expect(try await socket.join("room:one").response == ["you": "ada"])
    }

    @Test func refusals() async throws {
        let client = try TestClient(SocketApp())
        try await client.get("/socket/websocket").upgradingToWebSocket().expectStatus(403)
        let evil = client.get("/socket/websocket").query("name", "ada").header("Origin", "https://evil.example")
        try await evil.upgradingToWebSocket().expectStatus(403)
        try await client.get("/socket/websocket").query("name", "ada").query("vsn", "9.0.0").upgradingToWebSocket()
            .expectStatus(403)
        try await client.get("/socket/websocket").query("name", "ada").expectStatus(426)
        await #expect(throws: TestFailure.self) { try await client.socket("/socket") }
        let socket = try await client.socket("/socket", params: ["name": "ada"])
        try await socket.expectRefusedJoin("room:closed", reason: "closed")
        try await socket.expectRefusedJoin("room:broken", reason: "join crashed")
        try await socket.expectRefusedJoin("other", reason: "unmatched topic")
        for number in 1...5 { _ = try await socket.join("room:\(number)") }
        try await socket.expectRefusedJoin("room:6", reason: "too many channels joined")
        await #expect(throws: TestFailure.self) { try await socket.join("room:closed") }
    }

    @Test func broadcasts() async throws {
        let client = try TestClient(SocketApp())
        let (ada, eve) = (
            try await client.socket("/socket", params: ["name": "ada"]),
            try await client.socket("/socket", params: ["name": "eve"])
        )
        let (first, second) = (try await ada.join("room:one"), try await eve.join("room:one"))
        let elsewhere = try await eve.join("room:two")
        try await first.push("say", ["text": "hi"])
        for channel in [first, second] { try await channel.expectBroadcast("said", ["text": "hi"]) }
        try await first.push("others", ["text": "you"])
        try await second.expectBroadcast("said", ["text": "you"])
        try await first.push("whisper", ["to": "eve"])
        try await second.expectPush("whispered", ["to": "eve"])
        try await client.post("/announce/one").body("tea").expectStatus(200)
        for channel in [first, second] { try await channel.expectBroadcast("announced", ["text": "tea"]) }
        try await elsewhere.push("news")
        for channel in [first, second, elsewhere] { try await channel.expectPush("flash", ["text": "now"]) }
        try await first.refutePush("whispered")
        try await first.refuteBroadcast("said")
        try await elsewhere.refuteBroadcast("said")
    }

    @Test func presence() async throws {
        let client = try TestClient(SocketApp())
        let (ada, eve) = (
            try await client.socket("/socket", params: ["name": "ada"]),
            try await client.socket("/socket", params: ["name": "eve"])
        )
        let first = try await ada.join("room:one")
        let state = try await first.expectPush("presence_state").payload
        #expect(state["ada"]?["nick"] == "ADA")
        #expect(state["ada"]?["metas"]?[0]?["mood"] == "good")
        let second = try await eve.join("room:one")
        try await second.expectPush("presence_state")
        while try await first.expectBroadcast("presence_diff").payload["joins"]?["eve"]?["nick"] != "EVE" {}
        try await second.push("mood", Member.Mood(mood: "bad"))
        while true {
            let difference = try await first.expectBroadcast("presence_diff").payload
            if difference["joins"]?["eve"]?["metas"]?[0]?["mood"] == "bad" { break }
        }
        let list = try await client.get("/who/one").expectStatus(200)
        #expect(try list.decode([String: [Member.Mood]].self)["eve"] == [Member.Mood(mood: "bad")])
        eve.webSocket.cut()
        while try await first.expectBroadcast("presence_diff").payload["leaves"]?["eve"] == nil {}
    }

    @Test func theEnd() async throws {
        let client = try TestClient(SocketApp())
        let socket = try await client.socket("/socket", params: ["name": "ada"])
        let crashing = try await socket.join("room:one")
        try await crashing.push("crash")
        try await crashing.expectCrash()
        let stopping = try await socket.join("room:one")
        try await stopping.push("stop")
        try await stopping.expectClosed()
        #expect(client.log.contains { $0.level == .error && $0.message.contains("handleIn: Broken()") })
        try await client.post("/kick/ada").expectStatus(200)
        try await socket.expectClose(1001)
    }

    @Test func channelsThatAwait() async throws {
        let client = try TestClient(SocketApp())
        let socket = try await client.socket("/socket", params: ["name": "ada"])
        try await socket.expectRefusedJoin("slow:closed", reason: "closed")
        let room = try await socket.join("slow:one")
        var pushes: [TestPush] = []
        for _ in 0..<20 { pushes.append(try await room.push("count")) }
        for (index, push) in pushes.enumerated() { try await push.expectReply("ok", ["count": index + 1]) }
        try await room.leave()
    }

    // MARK: WebSockets

    @Test(arguments: TestClient.Transport.allCases)
    func webSockets(_ transport: TestClient.Transport) async throws {
        let client = try TestClient(SocketApp(), over: transport)
        let socket = try await client.get("/echo").webSocket()
        try await socket.send("hello")
        try await socket.expect(.text("hello"))
        let long = [UInt8](repeating: 7, count: 100_000)
        try await socket.send(long)
        try await socket.expect(.binary(long))
        try await socket.ping([1])
        try await socket.expect(.pong([1]))
        try await socket.refute()
        try await socket.close(4000)
        try await socket.expectClose(4000)
        await #expect(throws: TestFailure.self) { try await socket.send("more") }
        await #expect(throws: TestFailure.self) { try await socket.next() }
    }

    @Test func webSocketsThatClose() async throws {
        let client = try TestClient(SocketApp())
        let request = client.get("/closing").query("name", "ada")
        let socket = try await request.webSocket(subprotocols: ["a", "b"])
        #expect(socket.subprotocol == "b")
        try await socket.expect(.text("hello"))
        try await socket.send("4001")
        try await socket.expect(.closed(4001, reason: "as you wish"))
        let other = try await request.webSocket()
        try await other.send("not a number")
        try await other.expectClose(1003)
        try await client.get("/closing?name=nobody").upgradingToWebSocket().expectStatus(401)
    }

    /// What is not met is an issue, and the test goes on.
    @Test func expectationsThatFail() async throws {
        let client = try TestClient(SocketApp(), settings: { $0.deadline = .milliseconds(300) })
        let socket = try await client.socket("/socket", params: ["name": "ada"])
        let room = try await socket.join("room:one")
        await withKnownIssue { try await room.push("echo", ["a": 1]).expectReply("ok", ["a": 2]) }
        await withKnownIssue { try await room.push("echo", ["a": 1]).expectReply("error") }
        await withKnownIssue { try await room.push("quiet").expectReply() }
        await withKnownIssue { try await room.expectPush("never") }
        await withKnownIssue {
            try await room.push("say", ["a": 1])
            try await room.expectBroadcast("said", ["a": 2])
        }
        await withKnownIssue {
            try await room.push("say", ["a": 1])
            try await room.refuteBroadcast("said")
        }
        await withKnownIssue { try await socket.expectRefusedJoin("room:two") }
        await withKnownIssue { try await socket.expectClose(1001) }
        let echo = try await client.get("/echo").webSocket()
        await withKnownIssue {
            try await echo.send("a")
            try await echo.expect(.text("b"))
        }
        await withKnownIssue {
            try await echo.send("a")
            try await echo.refute()
        }
    }
}
