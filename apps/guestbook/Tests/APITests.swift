import Testing
import Zzz
import ZzzTesting

@testable import guestbook

/// The guestbook for programs.
@Suite struct APITests {
    private struct Draft: Encodable {
        var name: String
        var message: String
    }

    @Test(arguments: TestClient.Transport.allCases)
    func aProgramWritesReadsAndRemoves(_ transport: TestClient.Transport) async throws {
        let client = try guestbook(over: transport)
        let token = try await client.token()
        let made = try await client.post("/api/entries").bearer(token).json(Draft(name: "Bot", message: "Beep"))
            .expectStatus(201).expectHeader("location", "/api/entries/1").expectJSON("$.id", 1)
            .expectJSON("$.name", "Bot").expectNoJSON("$.picture")
        let time: String = try made.decode(at: "$.written_at")
        #expect(time.count == 20 && time.hasSuffix("Z"))
        try await client.get("/api/entries/1").expectStatus(200).expectJSON("$.message", "Beep")
        try await client.delete("/api/entries/1").bearer(token).expectStatus(204)
        try await client.get("/api/entries/1").expectStatus(404).expectContentType("application/problem+json")
        try await client.delete("/api/entries/1").bearer(token).expectStatus(404)
    }

    @Test func entriesComeInPages() async throws {
        let client = try guestbook()
        try await client.get("/api/entries").expectStatus(200)
            .expectJSON(["entries": [], "page": 1, "pages": 1, "total": 0] as JSONValue).expectNoHeader("link")
        try client.fill(5)
        try await client.get("/api/entries?per_page=2&page=2").expectStatus(200)
            .expectJSON("$.entries[*].id", [3, 2]).expectJSON("$.pages", 3).expectJSON("$.total", 5)
            .expectHeader(
                "link",
                "</api/entries?page=3&per_page=2>; rel=\"next\", </api/entries?page=1&per_page=2>; rel=\"prev\"")
        try await client.get("/api/entries?page=4&per_page=2").expectStatus(200).expectJSON("$.entries", count: 0)
        for query in ["page=0", "per_page=0", "per_page=101", "page=-1"] {
            try await client.get("/api/entries?\(query)").expectStatus(400)
        }
    }

    @Test func writingNeedsAToken() async throws {
        let client = try guestbook()
        try client.fill(1)
        let draft = Draft(name: "Bot", message: "Beep")
        try await client.post("/api/entries").json(draft).expectStatus(401)
            .expectHeader("www-authenticate", contains: "Bearer realm=\"guestbook\"")
        try await client.delete("/api/entries/1").bearer("a.b.c").expectStatus(401)
        let token = try await client.token()
        let forged = String(token.dropLast(4)) + "AAAA"
        try await client.post("/api/entries").bearer(forged).json(draft).expectStatus(401)
            .expectHeader("www-authenticate", contains: "invalid_token")
        client.advance(by: .seconds(TokenDesk.lifetimeSeconds + 60))
        try await client.post("/api/entries").bearer(token).json(draft).expectStatus(401)
        // Another book's token is none here.
        let other = try await guestbook().token()
        try await client.post("/api/entries").bearer(other).json(draft).expectStatus(401)
    }

    @Test func tokensAreForTheKeeper() async throws {
        let client = try guestbook()
        for (name, password) in [("eve", keeperPassword), (keeperName, "wrong"), ("", "")] {
            try await client.post("/api/token").json(["name": name, "password": password]).expectStatus(401)
        }
        try await client.post("/api/token").json(["name": keeperName]).expectStatus(400)
        try await client.post("/api/token").json(["name": keeperName, "password": keeperPassword]).expectStatus(200)
            .expectHeader("cache-control", "no-store").expectJSON("$.expires_in", 3600)
    }

    @Test func whatIsWrongIsSaidByField() async throws {
        let client = try guestbook()
        let token = try await client.token()
        try await client.post("/api/entries").bearer(token).json(Draft(name: "", message: "")).expectStatus(422)
            .expectContentType("application/problem+json")
            .expectJSON("$.errors.name", "Please tell us your name.")
            .expectJSON("$.errors.message", "Please write something.")
        for body in ["{", "[]", "{\"name\": 1}", "{\"name\": \"a\"}", ""] {
            try await client.post("/api/entries").bearer(token).body(body, contentType: "application/json")
                .expectStatus(400).expectContentType("application/problem+json")
        }
        try await client.post("/api/entries").bearer(token).form(["name": "a"]).expectStatus(415)
        let long = Draft(name: "Bot", message: String(repeating: "x", count: 70_000))
        try await client.post("/api/entries").bearer(token).json(long).expectStatus(413)
        try await client.get("/api/entries").expectStatus(200).expectJSON("$.total", 0)
    }

    @Test func pagesOfOtherSitesMayUseIt() async throws {
        let client = try guestbook()
        try await client.get("/api/entries").header("Origin", "https://other.example").expectStatus(200)
            .expectHeader("access-control-allow-origin", "*")
        try await client.options("/api/entries").header("Origin", "https://other.example")
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", "authorization, content-type").expectStatus(204)
            .expectHeader("access-control-allow-methods", contains: "POST")
            .expectHeader("access-control-allow-headers", contains: "Authorization")
        // But not the pages.
        try await client.get("/").header("Origin", "https://other.example").expectStatus(200)
            .expectNoHeader("access-control-allow-origin")
    }

    @Test func onlyJSONIsSpoken() async throws {
        try await guestbook().get("/api/entries").header("Accept", "text/csv").expectStatus(406)
    }
}
