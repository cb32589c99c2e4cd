import Testing
import Zzz
import ZzzTesting

@testable import guestbook

/// What visitors read.
@Suite struct PagesTests {
    @Test(arguments: TestClient.Transport.allCases)
    func theFirstPageSaysWhatItIs(_ transport: TestClient.Transport) async throws {
        try await guestbook(over: transport).get("/").expectStatus(200).expectContentType("text/html")
            .expectBody(contains: "the example app of Zzz").expectBody(contains: "No entries yet")
            .expectHeader("content-security-policy").expectHeader("x-content-type-options", "nosniff")
            .expectNoHeader("set-cookie")
    }

    @Test func entriesComeNewestFirstInPages() async throws {
        let client = try guestbook()
        try client.fill(23)
        let first = try await client.get("/").expectStatus(200).expectBody(contains: "23 entries")
            .expectBody(contains: "Page 1 of 3").expectBody(contains: "href=\"/?page=2\"")
            .expectBody(lacks: "Newer").expectBody(lacks: "Message 13<")
        let ids = first.text.split(separator: "id=\"entry-").dropFirst().map { Int($0.prefix(2)) }
        #expect(ids == (14...23).reversed())
        try await client.get("/?page=3").expectStatus(200).expectBody(contains: "Message 1<")
            .expectBody(contains: "Newer").expectBody(lacks: "Older").expectBody(lacks: "the example app")
        for page in ["0", "4", "-1", "9223372036854775807"] {
            try await client.get("/?page=\(page)").expectStatus(404)
        }
        try await client.get("/?page=x").expectStatus(200).expectBody(contains: "Page 1 of 3")
    }

    @Test func anEntryHasAPageOfItsOwn() async throws {
        let client = try guestbook()
        try client.fill(1)
        try await client.get("/entries/1").expectStatus(200).expectBody(contains: "Message 1")
            .expectBody(contains: "<time datetime=\"1970-01-01T00:00:01Z\">1 January 1970, 00:00</time>")
        try await client.get("/entries/2").expectStatus(404)
        try await client.get("/entries/x").expectStatus(400)
    }

    @Test func whatVisitorsWriteIsShownAndNeverRun() async throws {
        let client = try guestbook()
        let text = "<script>alert(1)</script> & \"quotes\" 'too' \u{1F600}"
        try await client.write(text, text)
        try await client.get("/").expectStatus(200).expectBody(lacks: "<script").expectBody(
            contains: "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quotes&quot; &#39;too&#39; \u{1F600}")
    }

    @Test func errorsArePagesOfTheBook() async throws {
        let client = try guestbook()
        try await client.get("/nowhere").header("Accept", "text/html").expectStatus(404).expectContentType("text/html")
            .expectBody(contains: "There is no such page in this book.").expectBody(contains: "style.css")
        try await client.delete("/").header("Accept", "text/html").expectStatus(405).expectContentType("text/html")
        try await client.get("/nowhere").header("Accept", "application/json").expectStatus(404)
            .expectContentType("application/problem+json")
    }

    @Test func assetsAreServedAndNothingBesideThem() async throws {
        let client = try guestbook()
        let style = try await client.get("/assets/style.css").expectStatus(200).expectContentType("text/css")
            .expectHeader("etag")
        try await client.get("/assets/style.css").header("If-None-Match", try #require(style.headers["etag"]))
            .expectStatus(304)
        try await client.get("/assets/icon.svg").expectStatus(200).expectContentType("image/svg+xml")
        for path in ["/assets/", "/assets/none.css", "/assets/..%2fREADME.md", "/assets/%2e%2e/README.md"] {
            let response = try await client.get(path).send()
            #expect([400, 404].contains(response.status.rawValue))
        }
    }

    @Test func whatPagesLinkToIsKept() async throws {
        let client = try guestbook()
        let page = try await client.get("/").expectStatus(200)
        let links = page.text.split(separator: "\"/assets/").dropFirst().map { "/assets/" + $0.prefix { $0 != "\"" } }
        #expect(links.count == 3)
        for link in links {
            try await client.get(link).expectStatus(200).expectHeader("cache-control", contains: "immutable")
        }
    }

    @Test func pagesAreCompressed() async throws {
        let client = try guestbook()
        try client.fill(10)
        let plain = try await client.get("/").expectStatus(200).expectNoHeader("content-encoding")
        let compressed = try await client.get("/").header("Accept-Encoding", "gzip").expectStatus(200)
            .expectHeader("content-encoding", "gzip").expectHeader("vary", contains: "Accept-Encoding")
        #expect(compressed.body.count < plain.body.count / 2)
    }

    @Test func itCanBeMountedAnywhere() async throws {
        let client = try guestbook { $0.mount = "/book" }
        try client.fill(11)
        let page = try await client.get("/book/").expectStatus(200)
            .expectBody(contains: "href=\"/book/assets/style.css?v=").expectBody(contains: "href=\"/book/?page=2\"")
        #expect(!page.text.contains("href=\"/entries"))
        let form = try await client.get("/book/entries/new").expectStatus(200)
        try await client.post("/book/entries").multipart(["name": "Ada", "message": "Hello"], of: form)
            .expectRedirect(to: "/book/")
    }

    @Test func aBookNeedsASecretAndItsAssets() {
        let incomplete: [JSONValue] = [
            ["assets": "/tmp"], ["secret_key_base": "random"], ["assets": "/none", "secret_key_base": "random"],
        ]
        for configuration in incomplete {
            #expect(throws: (any Error).self) { try TestClient(configuration: configuration) { try Guestbook($0) } }
        }
    }
}
