import Testing
import Zzz
import ZzzTesting

/// What reaches the app, and what comes back: the same over both transports.
@Suite struct RequestTests {
    @Test(arguments: TestClient.Transport.allCases)
    func aRequestIsAnsweredByTheRoute(_ transport: TestClient.Transport) async throws {
        let client = try sample(transport)
        try await client.get("/").expectStatus(200).expectBody("Hello").expectContentType("text/plain")
            .expectHeader("content-length", "5").expectHeader("date")
        try await client.get("/items/a%20b%2Fc").expectStatus(.ok).expectBody("a b/c")
        try await client.get("/sleep").expectStatus(200).expectBody("42")
    }

    @Test(arguments: TestClient.Transport.allCases)
    func theDaemonsOwnAnswers(_ transport: TestClient.Transport) async throws {
        let client = try sample(transport)
        try await client.get("/nowhere").expectStatus(404)
        try await client.delete("/").expectStatus(405).expectHeader("allow", "GET, HEAD, OPTIONS")
        try await client.head("/").expectStatus(200).expectBody("").expectHeader("content-length", "5")
        try await client.options("/").expectStatus(204).expectHeader("allow", "GET, HEAD, OPTIONS")
        try await client.get("/items/%zz").expectStatus(400)
        try await client.get("/items/..").expectStatus(400)
        try await client.request("BREW", "/").expectStatus(501)
        try await client.get("/").header("X-Long", String(repeating: "a", count: 100_000)).expectStatus(431)
        // The connection that was closed for it is not used again.
        try await client.get("/").expectStatus(200)
    }

    @Test(arguments: TestClient.Transport.allCases, ["GET", "POST", "PUT", "PATCH", "DELETE", "SEARCH"])
    func everyMethodArrives(_ transport: TestClient.Transport, _ method: String) async throws {
        let client = try sample(transport)
        try await client.request(method, "/echo").expectStatus(200).expectBody(contains: "\(method) /echo\n")
    }

    @Test(arguments: TestClient.Transport.allCases)
    func fieldsAndQueriesArriveAsWritten(_ transport: TestClient.Transport) async throws {
        let client = try sample(transport)
        try await client.get("/echo?a=%41&b").query("c", "d e&f").query("g", 1).header("X-A", "1").header("X-A", "2")
            .bearer("secret").expectStatus(200)
            .expectBody(contains: "GET /echo?a=%41&b&c=d+e%26f&g=1\n")
            .expectBody(contains: "X-A: 1\nX-A: 2\nAuthorization: Bearer secret\nHost: localhost")
    }

    @Test(arguments: TestClient.Transport.allCases)
    func bodiesOfEveryKind(_ transport: TestClient.Transport) async throws {
        let client = try sample(transport)
        let order = SampleApp.Order(id: 7, items: ["tea"])
        let made = try await client.post("/orders").json(order).expectStatus(201).expectJSON("$.items[0]", "tea")
        #expect(try made.decode(SampleApp.Order.self) == order)
        #expect(try made.decode([String].self, at: "$.items") == ["tea"])
        try await client.post("/orders").body("{", contentType: "application/json").expectStatus(400)
        try await client.post("/form").form(["name": "Ada L.", "tags[]": "a&b", "tags[]": "ü"]).expectStatus(200)
            .expectBody("Ada L. a&b,ü")
        try await client.put("/echo").body("text").expectStatus(200).expectBody(contains: "\n\ntext")
        try await client.put("/echo").body("").expectStatus(200).expectBody(contains: "Content-Length: 0")
        try await client.put("/upload").chunks([[1], [], [2, 3]]).expectStatus(200).expectBody("3")
        try await client.put("/upload").body([0xFF, 0], contentType: "a/b").expectStatus(200).expectBody("2")
    }

    @Test(arguments: TestClient.Transport.allCases)
    func multipartAsBrowsersWriteIt(_ transport: TestClient.Transport) async throws {
        let client = try sample(transport)
        let file = TestFile("pic\"ture", name: "a\r\n.png", contentType: "image/png", Array("PNG".utf8))
        let sent = try await client.post("/echo").multipart(["a": "1", "b": "2"], files: [file]).expectStatus(200)
        let boundary = try #require(sent.text.split(separator: "boundary=").last?.prefix { $0 != "\n" })
        let body = """
            --\(boundary)
            Content-Disposition: form-data; name="a"

            1
            --\(boundary)
            Content-Disposition: form-data; name="b"

            2
            --\(boundary)
            Content-Disposition: form-data; name="pic%22ture"; filename="a%0D%0A.png"
            Content-Type: image/png

            PNG
            --\(boundary)--

            """
        let lines = body.split(separator: "\n", omittingEmptySubsequences: false)
        sent.expectBody(contains: "\n\n" + lines.joined(separator: "\r\n"))
    }

    @Test(arguments: TestClient.Transport.allCases)
    func aBodyAtTheLimitAndPastIt(_ transport: TestClient.Transport) async throws {
        let client = try sample(transport) { $0.bodyLimitBytes = 100_000 }
        for (count, status) in [(99_999, 200), (100_000, 200), (100_001, 413)] as [(Int, Status)] {
            try await client.put("/upload").body([UInt8](repeating: 1, count: count), contentType: "a/b")
                .expectStatus(status)
        }
        // Far more than any buffer holds: refused before all of it was sent.
        try await client.put("/echo").body([UInt8](repeating: 1, count: 16 << 20), contentType: "a/b")
            .expectStatus(413)
    }

    @Test(arguments: TestClient.Transport.allCases)
    func manyRequestsAtOnce(_ transport: TestClient.Transport) async throws {
        let client = try sample(transport)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<40 {
                group.addTask {
                    try await client.get(number % 2 == 0 ? "/sleep" : "/items/\(number)").expectStatus(200)
                        .expectBody(number % 2 == 0 ? "42" : "\(number)")
                }
            }
            try await group.waitForAll()
        }
    }

    @Test(arguments: TestClient.Transport.allCases)
    func whereTheAppIs(_ transport: TestClient.Transport) async throws {
        let plain = try sample(transport)
        try await plain.get("/where").expectStatus(200).expectBody("http://localhost  127.0.0.1")
        try await plain.get("https://example.com/where").expectStatus(200).expectBody("https://example.com  127.0.0.1")
        let mounted = try sample(transport) {
            $0.mount = "/shop"
            $0.hosts = ["*.example.com"]
            $0.baseURL = "https://www.example.com:8443"
        }
        try await mounted.get("/shop/where").expectStatus(200).expectBody("https://www.example.com /shop 127.0.0.1")
        try await mounted.get("/where").expectStatus(404)
        try await mounted.get("http://localhost/shop/where").expectStatus(421)
    }

    @Test(arguments: TestClient.Transport.allCases)
    func redirectsAreFollowedOnRequest(_ transport: TestClient.Transport) async throws {
        let client = try sample(transport)
        try await client.get("/old").expectRedirect(to: "/items/new").expectRedirect(to: "http://localhost/items/new")
        let landed = try await client.get("/old").followingRedirects().expectStatus(200).expectBody("new")
        #expect(landed.request == "GET /items/new")
        try await client.get("/elsewhere").followingRedirects().expectRedirect(to: "https://example.com/")
        await #expect(throws: TestFailure.self) { try await client.get("/loop").followingRedirects(limit: 3).send() }
    }

    @Test(
        arguments: TestClient.Transport.allCases,
        [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")])
    func aRedirectedPost(_ transport: TestClient.Transport, _ expected: (status: Int, method: String)) async throws {
        let client = try sample(transport)
        let landed = try await client.post("/redirect/\(expected.status)").body("text").followingRedirects()
            .expectStatus(200).expectBody(contains: "\(expected.method) /echo\n")
        #expect(landed.text.hasSuffix("\n\ntext") == (expected.method == "POST"))
        #expect(landed.text.contains("Content-Type") == (expected.method == "POST"))
    }

    @Test(arguments: TestClient.Transport.allCases)
    func aFormIsFilledInOnItsPage(_ transport: TestClient.Transport) async throws {
        let client = try TestClient(
            Routes {
                get("/") { _ in
                    .html("<form><input type=hidden name='token' value='a&amp;b'><input name=name value=old></form>")
                }
                post("/") { context in context.bodyText }
            }, over: transport)
        let page = try await client.get("/").expectStatus(200)
        try await client.post("/").form(["name": "new", "name": "er"], of: page).expectStatus(200)
            .expectBody("token=a%26b&name=new&name=er")
        try await client.post("/").multipart([:], of: page).expectStatus(200)
            .expectBody(contains: "name=\"name\"\r\n\r\nold\r\n").expectBody(contains: "\r\n\r\na&b\r\n")
    }
}
