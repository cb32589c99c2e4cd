import Testing
import Zzz
import ZzzTesting

@testable import chat

/// The assets as they are in the source.
private let assets = String(#filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined()) + "/assets"

private func chat(over transport: TestClient.Transport = .inProcess) throws -> TestClient {
    try TestClient(over: transport, configuration: ["assets": .string(assets)]) { try Chat($0) }
}

@Suite struct ChatTests {
    @Test func thePageAndItsFiles() async throws {
        let client = try chat()
        let page = try await client.get("/").expectStatus(200).expectContentType("text/html")
        #expect(page.text.contains("data-socket=\"/socket\""))
        #expect(page.text.contains("maxlength=\"30\"") && page.text.contains("maxlength=\"2000\""))
        for file in ["chat.js", "room.js", "style.css", "icon.svg"] {
            try await client.get("/assets/\(file)").expectStatus(200)
        }
    }

    // MARK: Getting in

    @Test(arguments: ["Ada", "Ada Lovelace", "陈", "O'Neil-Smith", "👩‍🚀", String(repeating: "x", count: 30)])
    func names(_ name: String) async throws {
        let socket = try await chat().socket("/socket", params: ["name": name])
        try await socket.join("room:lobby").expectPush("presence_state")
    }

    @Test(arguments: [
        "", " ", " Ada", "Ada ", "Ada  Lovelace", "A\nB", "A\tB", "A\u{202E}B", "A\u{0}",
        String(repeating: "x", count: 31), "x" + String(repeating: "\u{301}", count: 100),
    ])
    func namesThatAreNone(_ name: String) async throws {
        let request = try chat().get("/socket/websocket").query("vsn", "2.0.0").query("name", name)
        try await request.upgradingToWebSocket().expectStatus(403)
    }

    @Test func withoutANameNobodyGetsIn() async throws {
        try await chat().get("/socket/websocket").query("vsn", "2.0.0").upgradingToWebSocket().expectStatus(403)
    }

    // MARK: Rooms

    @Test(arguments: TestClient.Transport.allCases)
    func twoPeopleTalk(_ transport: TestClient.Transport) async throws {
        let client = try chat(over: transport)
        let ada = try await client.socket("/socket", params: ["name": "Ada"]).join("room:lobby")
        try await ada.expectPush("presence_state")
        let bob = try await client.socket("/socket", params: ["name": "Bob"]).join("room:lobby")
        #expect(bob.response["messages"]?.arrayValue?.isEmpty == true)

        try await bob.push("typing").refuteReply()
        try await ada.expectBroadcast("typing", ["name": "Bob"])
        try await bob.push("say", ["text": "Hello, Ada"]).expectReply()
        for channel in [ada, bob] {
            let message = try await channel.expectBroadcast("said").payload
            #expect(message["name"]?.stringValue == "Bob" && message["text"]?.stringValue == "Hello, Ada")
            #expect(message["id"]?.intValue == 1)
        }
        try await bob.refuteBroadcast("typing")

        // Who comes later is told what was said, and an interruption only brings what is new.
        try await ada.push("say", ["text": "Hello"]).expectReply()
        let cleo = try await client.socket("/socket", params: ["name": "Cleo"])
        let texts = try await cleo.join("room:lobby").response["messages"]?.arrayValue?.map { $0["text"]?.stringValue }
        #expect(texts == ["Hello, Ada", "Hello"])
        let later = try await cleo.join("room:lobby", ["after": 1]).response["messages"]?.arrayValue
        #expect(later?.map { $0["id"]?.intValue } == [2])
        #expect(try await cleo.join("room:lobby", ["after": 2]).response["messages"]?.arrayValue?.isEmpty == true)
    }

    @Test func otherRoomsHearNothing() async throws {
        let client = try chat()
        let ada = try await client.socket("/socket", params: ["name": "Ada"]).join("room:one")
        let bob = try await client.socket("/socket", params: ["name": "Bob"]).join("room:two")
        try await ada.push("say", ["text": "Hello"]).expectReply()
        try await bob.refuteBroadcast("said")
    }

    @Test func whoIsThere() async throws {
        let client = try chat()
        let ada = try await client.socket("/socket", params: ["name": "Ada"]).join("room:lobby")
        #expect(try await ada.expectPush("presence_state").payload.objectValue != nil)
        let bob = try await client.socket("/socket", params: ["name": "Bob"])
        let room = try await bob.join("room:lobby")
        let state = try await room.expectPush("presence_state").payload
        #expect(state["Ada"]?["metas"]?.arrayValue?.count == 1)
        try await until { try await ada.expectBroadcast("presence_diff").payload["joins"]?["Bob"] != nil }
        try await bob.close()
        try await until { try await ada.expectBroadcast("presence_diff").payload["leaves"]?["Bob"] != nil }
    }

    /// Differences come together or one by one.
    private func until(_ isThere: () async throws -> Bool) async throws {
        for _ in 0..<5 where try await isThere() { return }
        Issue.record("did not come")
    }

    @Test func theListOfRooms() async throws {
        let client = try chat()
        let ada = try await client.socket("/socket", params: ["name": "Ada"])
        let list = try await ada.join("rooms")
        #expect(list.response["rooms"] == ["lobby"])
        _ = try await ada.join("room:swift")
        try await list.expectBroadcast("opened", ["name": "swift"])
        _ = try await ada.join("room:swift")
        try await list.refuteBroadcast("opened")
        #expect(try await ada.join("rooms").response["rooms"] == ["lobby", "swift"])
    }

    @Test func theListHasAnEnd() async throws {
        let client = try chat()
        for number in 1...RoomList.longest {
            let socket = try await client.socket("/socket", params: ["name": "Ada"])
            _ = try await socket.join("room:r\(number)")
            try await socket.close()
        }
        let socket = try await client.socket("/socket", params: ["name": "Ada"])
        #expect(try await socket.join("rooms").response["rooms"]?.arrayValue?.count == RoomList.longest)
    }

    // MARK: Bad input

    @Test(arguments: ["", "a b", "a/b", "a\nb", "<b>", String(repeating: "a", count: 31)])
    func roomsThatAreNone(_ name: String) async throws {
        let socket = try await chat().socket("/socket", params: ["name": "Ada"])
        try await socket.expectRefusedJoin("room:\(name)")
    }

    @Test func messagesThatAreNone() async throws {
        let socket = try await chat().socket("/socket", params: ["name": "Ada"])
        let room = try await socket.join("room:lobby")
        for text in ["", " \n ", String(repeating: "x", count: 2001)] {
            try await room.push("say", ["text": text]).expectReply("error")
        }
        try await room.push("say", ["words": "Hello"]).expectReply("error")
        try await room.push("say", binary: [1, 2]).expectReply("error")
        try await room.push("shout").expectReply("error")
        try await room.push("say", ["text": String(repeating: "x", count: 2000)]).expectReply()
        try await socket.expectRefusedJoin("room:other", ["after": "yesterday"])
        try await socket.expectRefusedJoin("attic")
    }

    @Test func theHistoryHasAnEnd() async throws {
        let client = try chat()
        // Nobody may say more than ten things in a second.
        for name in ["Ada", "Bob", "Cleo", "Dan", "Eve", "Fay"] {
            let room = try await client.socket("/socket", params: ["name": name]).join("room:lobby")
            for number in 1...10 { try await room.push("say", ["text": "message \(number)"]).expectReply() }
        }
        let late = try await client.socket("/socket", params: ["name": "Gus"]).join("room:lobby")
        let ids = late.response["messages"]?.arrayValue?.compactMap { $0["id"]?.intValue }
        #expect(ids == Array(60 - History.kept + 1...60))
    }
}
