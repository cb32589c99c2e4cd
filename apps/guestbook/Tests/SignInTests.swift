import Testing
import ZzzTesting

@testable import guestbook

/// Who may remove entries.
@Suite struct SignInTests {
    @Test(arguments: TestClient.Transport.allCases)
    func theKeeperSignsInRemovesAndSignsOut(_ transport: TestClient.Transport) async throws {
        let client = try guestbook(over: transport)
        try client.fill(2)
        try await client.signIn()
        let page = try await client.get("/").expectStatus(200).expectBody(contains: "Welcome, ada.")
            .expectBody(contains: "Signed in as ada").expectBody(contains: "Remove this entry")
        try await client.post("/entries/1").form(["_method": "delete"], of: page).expectRedirect(to: "/")
        try await client.get("/").expectStatus(200).expectBody(contains: "The entry of Visitor 1 is gone.")
            .expectBody(contains: "One entry")
        try await client.post("/entries/1").form(["_method": "delete"], of: page).expectStatus(404)
        try await client.post("/sign-out").form([:], of: page).expectRedirect(to: "/")
        try await client.get("/").expectStatus(200).expectBody(contains: "You are signed out.")
            .expectBody(lacks: "Remove this entry")
    }

    @Test func wrongNamesAndPasswords() async throws {
        let client = try guestbook()
        let page = try await client.get("/sign-in").expectStatus(200)
        for (name, password) in [(keeperName, "wrong"), ("eve", keeperPassword), ("", ""), (keeperName, "")] {
            let again = try await client.post("/sign-in").form(["name": name, "password": password], of: page)
                .expectStatus(401).expectBody(contains: "Name or password are wrong.")
            #expect(again.inputs["name"] == name)
            #expect(again.inputs["password"] == "")
        }
        try await client.post("/sign-in").form([:], of: page).expectStatus(401)
        #expect(!client.log.contains { "\($0)".contains(keeperPassword) })
    }

    @Test func guessesAreLimited() async throws {
        let client = try guestbook()
        let page = try await client.get("/sign-in").expectStatus(200)
        let guess = client.post("/sign-in").form(["name": keeperName, "password": "guess"], of: page)
        // Tokens come back meanwhile, one in 12 seconds: a slow machine may take a few more.
        let count = try await requests(until: .tooManyRequests, atMost: 30) { try await guess.send() }
        #expect((10..<30).contains(count))
        try await guess.header("Accept", "text/html").expectStatus(429).expectHeader("retry-after")
            .expectContentType("text/html")
        // Whoever guesses cannot go on through the API.
        try await client.post("/api/token").json(["name": keeperName, "password": "guess"]).expectStatus(429)
        client.advance(by: .seconds(60))
        try await guess.expectStatus(401)
    }

    @Test func onlyTheKeeperRemoves() async throws {
        let client = try guestbook()
        try client.fill(1)
        let page = try await client.get("/entries/new").expectStatus(200)
        try await client.post("/entries/1").form(["_method": "delete"], of: page).expectRedirect(to: "/sign-in")
        try await client.get("/sign-in").expectStatus(200).expectBody(contains: "Please sign in first.")
        try await client.get("/entries/1").expectStatus(200).expectBody(lacks: "Remove this entry")
    }

    @Test func aCookieThatWasTamperedWithIsNoSession() async throws {
        let client = try guestbook()
        try await client.signIn()
        let cookie = try #require(client.cookies.all.first { $0.name.hasSuffix("_session") })
        #expect(cookie.isHTTPOnly)
        var value = Array(cookie.value.utf8)
        value[5] = value[5] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
        client.cookies.set(cookie.name, String(decoding: value, as: UTF8.self))
        try await client.get("/").expectStatus(200).expectBody(lacks: "Signed in")
        client.cookies.set(cookie.name, cookie.value)
        try await client.get("/").expectStatus(200).expectBody(contains: "Signed in")
    }

    @Test func aSessionHasAnEnd() async throws {
        let client = try guestbook()
        try await client.signIn()
        client.advance(by: .seconds(8 * 3600 - 60))
        try await client.get("/").expectStatus(200).expectBody(contains: "Signed in")
        client.advance(by: .seconds(8 * 3600 + 60))
        try await client.get("/").expectStatus(200).expectBody(lacks: "Signed in")
    }

    @Test func signingInBeginsAnotherSession() async throws {
        let client = try guestbook()
        try await client.get("/sign-in").expectStatus(200)
        let before = try #require(client.cookies.all.first { $0.name.hasSuffix("_session") })
        try await client.signIn()
        #expect(client.cookies[before.name] != before.value)
        // Whoever has planted the old one has nothing.
        let eve = client.visitor()
        eve.cookies.set(before.name, before.value)
        try await eve.get("/").expectStatus(200).expectBody(lacks: "Signed in")
    }

    @Test func theDemonstrationTellsItsPassword() async throws {
        let client = try guestbook(hasKeeper: false)
        let page = try await client.get("/sign-in").expectStatus(200).expectBody(contains: "<code>guestbook</code>")
        try await client.post("/sign-in").form(["name": "demo", "password": "guestbook"], of: page)
            .expectRedirect(to: "/")
        try await guestbook().get("/sign-in").expectStatus(200).expectBody(lacks: "demonstration")
    }
}
