// What docs/testing.md shows, as code that compiles and tests that pass: DocumentationTests compares the two.
import Testing
import Zzz
import ZzzTesting

@Suite struct TestingExamples {
    @Test func theFrontPageGreets() async throws {
        let client = try TestClient(Greeter())
        try await client.get("/").header("Accept-Language", "en").expectStatus(200).expectBody(contains: "Hello")
    }

    @Test(arguments: TestClient.Transport.allCases)
    func theSameTestOverBoth(_ transport: TestClient.Transport) async throws {
        let client = try TestClient(Greeter(), over: transport)
        try await client.get("/users/7").expectStatus(200).expectJSON("$.name", "Ada")
    }

    @Test func askingInManyWays() async throws {
        let client = try TestClient(Greeter())
        try await client.get("/users").query("page", 2).header("Accept", "application/json").expectStatus(200)
        try await client.post("/users").json(NewUser(name: "Ada")).bearer("token").expectStatus(201)
        try await client.post("/sign-in").form(["name": "Ada", "password": "secret"]).expectRedirect(to: "/")
        let picture = TestFile("picture", name: "ada.png", contentType: "image/png", [0x89, 0x50, 0x4E, 0x47])
        try await client.post("/pictures").multipart(["title": "Ada"], files: [picture]).expectStatus(201)
        try await client.put("/raw").body("text").expectStatus(204)
        try await client.put("/raw").chunks([[1, 2], [3]]).expectStatus(204)
        try await client.get("https://admin.example.com/users").expectStatus(200)
        try await client.get("/old").followingRedirects().expectStatus(200)
    }

    @Test func signingUp() async throws {
        let client = try TestClient(Greeter())
        let page = try await client.get("/sign-up").expectStatus(200)
        try await client.post("/sign-up").form(["name": ""], of: page).expectStatus(422)
            .expectBody(contains: "needs a name")
        try await client.post("/sign-up").form(["name": "Ada"], of: page).followingRedirects().expectStatus(200)
        #expect(client.cookies["user"] == "Ada")
    }

    @Test func theClockTicks() async throws {
        let client = try TestClient(Greeter())
        let stream = try await client.get("/clock").open()
        stream.response.expectStatus(200).expectContentType("text/event-stream")
        #expect(try await stream.nextEvent()?.data == "tick 1")
        stream.close()
    }

    @Test func talking() async throws {
        let client = try TestClient(ChatApp())
        let ada = try await client.socket("/socket", token: "ada")
        let eve = try await client.socket("/socket", token: "eve")
        let room = try await ada.join("room:one")
        let other = try await eve.join("room:one", ["since": 7])
        try await room.push("say", ["text": "hi"]).expectReply()
        try await other.expectBroadcast("said", ["text": "hi"])
        try await room.push("nonsense").expectReply("error", ["reason": "there is no event nonsense"])
        try await other.refutePush("said")
        try await eve.expectRefusedJoin("room:closed", reason: "closed")
        try await room.leave()
    }

    @Test func echoing() async throws {
        let client = try TestClient(ChatApp())
        let socket = try await client.get("/echo").query("name", "ada").webSocket()
        try await socket.send("hello")
        try await socket.expect(.text("hello"))
        try await socket.close()
        try await socket.expectClose(1000)
        try await client.get("/socket/websocket").upgradingToWebSocket().expectStatus(403)
    }

    @Test func withSettings() async throws {
        let client = try TestClient(
            configuration: ["greeting": "Good morning"],
            settings: {
                $0.mount = "/greeter"
                $0.hosts = ["*.example.com"]
                $0.baseURL = "https://www.example.com"
                $0.bodyLimitBytes = 1_000
                $0.deadline = .seconds(5)
            }) { configuration in try Greeter(configuration) }
        try await client.get("/greeter/").expectStatus(200).expectBody("Good morning")
        #expect(client.log.contains { $0.message == "greeted" })
    }
}

private struct NewUser: Codable {
    var name: String
}

private struct Greeter: App {
    var greeting = "Hello"

    init() {}

    init(_ configuration: Configuration) throws {
        greeting = try configuration.require("greeting")
    }

    func routes() -> [Route] {
        get("/") { context in
            context.log.info("greeted")
            return greeting
        }
        get("/users") { context in "page \(context.query["page", as: Int.self] ?? 1)" }
        get("/users/:id") { _ in JSON(["name": "Ada"]) }
        post("/users") { context in
            context.status = .created
            try context.json(try context.json(as: NewUser.self))
        }
        get("/old") { context in try context.redirect(to: "/") }
        post("/sign-in") { context in try context.redirect(to: "/", status: .seeOther) }
        post("/pictures") { context in
            guard context.headers["content-type"]?.hasPrefix("multipart/form-data") == true else {
                throw Abort(.unsupportedMediaType)
            }
            context.status = .created
            context.text("made")
        }
        put("/raw") { context in context.noContent() }
        signUp()
        get("/clock") { context in
            try await context.events { events in try await events.send(ServerEvent("tick 1")) }
        }
    }

    @RoutesBuilder private func signUp() -> [Route] {
        get("/sign-up") { _ in .html("<form><input type=hidden name=token value=7><input name=name></form>") }
        post("/sign-up", through: [Pipeline { BodyParser() }]) { context in
            guard try context.params.require("token") == "7" else { throw Abort(.forbidden) }
            let name = try context.params.require("name")
            guard !name.isEmpty else { throw Abort(.unprocessableContent, "The form needs a name.") }
            try context.setCookie(Cookie("user", name))
            try context.redirect(to: "/", status: .seeOther)
        }
    }
}

private struct ChatApp: App {
    func routes() -> [Route] {
        socket("/socket", Guest.self)
        webSocket("/echo") { message, socket in try socket.send(message) }
    }
}

private struct Guest: ChannelSocket {
    var name: String
    static func connect(_ request: SocketRequest) -> Guest? { request.token.map { Guest(name: $0) } }
    static let channels = [channel("room:*", GuestRoom.self)]
}

private final class GuestRoom: Channel {
    init(_ join: Join<Guest>) throws { if join.subtopic == "closed" { throw ChannelError("closed") } }

    func handleIn(_ message: borrowing ChannelMessage, on channel: JoinedChannel) throws {
        guard message.event == "say" else { throw ChannelError("there is no event \(message.event)") }
        try channel.broadcast("said", message.payload)
        try message.reply()
    }
}
