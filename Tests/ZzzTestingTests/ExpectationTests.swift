import Synchronization
import Testing
import Zzz
import ZzzTesting

/// What a test is told when something else came than it expected.
@Suite struct ExpectationTests {
    /// Runs what must record one issue, at the line that has it, and returns what it says.
    private func complaint(
        _ location: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
    ) async throws -> String {
        let found = Mutex<[Issue]>([])
        try await withKnownIssue(sourceLocation: location) {
            try await body()
        } matching: { issue in
            found.withLock { $0.append(issue) }
            return true
        }
        let issues = found.withLock { $0 }
        #expect(issues.count == 1, sourceLocation: location)
        let issue = try #require(issues.first, sourceLocation: location)
        #expect(issue.sourceLocation?.fileID == location.fileID, sourceLocation: location)
        #expect(issue.sourceLocation?.line == location.line, sourceLocation: location)
        return issue.comments.map(\.rawValue).joined(separator: "\n")
    }

    @Test(arguments: TestClient.Transport.allCases)
    func aStatusIsReportedWithTheWholeResponseAndTheLog(_ transport: TestClient.Transport) async throws {
        let client = try sample(transport)
        let text = try await complaint { try await client.get("/fail").expectStatus(200) }
        #expect(text.hasPrefix("GET /fail: expected 200 OK, got 409 Conflict\nHTTP/1.1 409 Conflict\n"))
        #expect(text.contains("\n\nThe order was sent already."))
        #expect(text.contains("\n\nlogged meanwhile:\nwarning: about to fail (order=7"))
    }

    @Test func everyExpectationThatIsNotMet() async throws {
        let page = try await sample(.inProcess).get("/json").send()
        let cases: [(String, (TestResponse) -> Void)] = [
            ("expected a field x-none, got none", { $0.expectHeader("x-none") }),
            (
                "expected content-type: text/html, got \"application/json\"",
                { $0.expectHeader("content-type", "text/html") }
            ),
            ("expected content-type to contain \"html\", got", { $0.expectHeader("content-type", contains: "html") }),
            ("expected no field date, got \"", { $0.expectNoHeader("date") }),
            ("expected the type text/html, got application/json", { $0.expectContentType("text/html") }),
            ("expected the body \"x\"", { $0.expectBody("x") }),
            ("expected a body of 2 bytes, got one of 62 that differs at byte 1", { $0.expectBody([0x7B, 0]) }),
            ("expected a body that contains \"Linus\"", { $0.expectBody(contains: "Linus") }),
            ("expected a body without \"Ada\"", { $0.expectBody(lacks: "Ada") }),
            ("expected a redirect to /x, got 200 OK", { $0.expectRedirect(to: "/x") }),
            ("expected $.total to be 3, got 2", { $0.expectJSON("$.total", 3) }),
            ("expected $.none to be null, got nothing", { $0.expectJSON("$.none", JSONValue.null) }),
            (
                "expected $.users[*].name to be [\"Ada\"], got [\"Ada\",\"Grace\"]",
                { $0.expectJSON("$.users[*].name", ["Ada"]) }
            ),
            ("expected $.users to have 1 elements, got [", { $0.expectJSON("$.users", count: 1) }),
            ("expected $.total to have 1 elements, got 2", { $0.expectJSON("$.total", count: 1) }),
            ("expected $.total to be absent, got 2", { $0.expectNoJSON("$.total") }),
            ("expected $ to be {\"a\":1}, got {", { $0.expectJSON(["a": 1]) }),
            ("users: the JSON path \"users\" does not begin with $", { $0.expectJSON("users", 1) }),
        ]
        for (expected, body) in cases {
            let found = Mutex<[String]>([])
            withKnownIssue {
                body(page)
            } matching: { issue in
                found.withLock { $0 += issue.comments.map(\.rawValue) }
                return true
            }
            let texts = found.withLock { $0 }
            #expect(texts.count == 1)
            #expect(texts.first?.hasPrefix("GET /json: " + expected) == true, "\(texts) instead of \(expected)")
        }
    }

    @Test func everyExpectationThatIsMet() async throws {
        let client = try sample(.inProcess)
        try await client.get("/json").expectStatus(200).expectHeader("Content-Type", "application/json")
            .expectHeader("content-type", contains: "json").expectNoHeader("x-none")
            .expectContentType("application/json").expectBody(contains: "Ada").expectBody(lacks: "Linus")
            .expectJSON("$.users[0].name", "Ada").expectJSON("$.users[-1]", ["name": "Grace"])
            .expectJSON("$.users[0]", ["age": 36, "name": "Ada"] as JSONValue)
            .expectJSON("$.total", 2.0).expectJSON("$.users[*].name", ["Ada", "Grace"])
            .expectJSON("$.users[*].age", count: 1).expectJSON("$.users", count: 2).expectJSON("$.users[0].*", count: 2)
            .expectNoJSON("$.users[2]").expectNoJSON("$.users[*].email")
        try await client.get("/binary").expectStatus(200).expectBody([0xFF, 0xFE, 0x00])
    }

    @Test func aBodyThatIsNoJSON() async throws {
        let client = try sample(.inProcess)
        let text = try await complaint { try await client.get("/").send().expectJSON("$.a", 1) }
        #expect(text.hasPrefix("GET /: $.a: "))
        await #expect(throws: (any Error).self) { try await client.get("/").send().json() }
        let page = try await client.get("/json").send()
        #expect(throws: TestFailure.self) { try page.decode(Int.self, at: "$.none") }
        #expect(throws: DecodingError.self) { try page.decode(String.self, at: "$.total") }
        #expect(try page.decode(Int.self, at: "$.total") == 2)
    }

    @Test func bodiesThatCannotBeShown() async throws {
        let client = try TestClient(
            Routes {
                get("/binary") { context in context.send([0xFF], contentType: "image/png") }
                get("/long") { _ in String(repeating: "x", count: 100_000) }
            })
        let binary = try await complaint { try await client.get("/binary").expectStatus(404) }
        #expect(binary.hasSuffix("\n\n(1 bytes)"))
        let long = try await complaint { try await client.get("/long").expectStatus(404) }
        #expect(long.hasSuffix("xxx... (100000 bytes)"))
        #expect(long.utf8.count < 3_000)
    }

    @Test func anAppThatMisusesTheContractIsTold() async throws {
        let client = try TestClient(
            Routes {
                get("/") { context in
                    context.setHeader("X-A", "line\r\nend")
                    context.text("x")
                }
            })
        let text = try await complaint { try await client.get("/").expectStatus(200) }
        #expect(text.contains("logged meanwhile:\nerror: "))
        #expect(text.contains("header 0 is not sent"))
    }
}
