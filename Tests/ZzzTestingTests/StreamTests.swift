import Testing
import Zzz
import ZzzTesting

/// Responses that come piece by piece.
@Suite struct StreamTests {
    @Test(arguments: TestClient.Transport.allCases)
    func aWholeStream(_ transport: TestClient.Transport) async throws {
        let client = try sample(transport)
        let response = try await client.get("/stream").expectStatus(200).expectBody("0 1 2 ")
            .expectHeader("transfer-encoding", "chunked")
        #expect(response.trailers["x-count"] == "3")
        #expect(response.interim.map(\.status) == [103])
        #expect(response.interim.first?.headers["link"] == "</style.css>; rel=preload")
        // The same connection again.
        try await client.get("/stream").expectStatus(200).expectBody("0 1 2 ")
    }

    @Test(arguments: TestClient.Transport.allCases)
    func pieceByPiece(_ transport: TestClient.Transport) async throws {
        let stream = try await sample(transport).get("/stream").open()
        stream.response.expectStatus(200)
        var text = ""
        for try await piece in stream { text += String(decoding: piece, as: UTF8.self) }
        #expect(text == "0 1 2 ")
        #expect(stream.trailers["x-count"] == "3")
        #expect(try await stream.next() == nil)
    }

    @Test(arguments: TestClient.Transport.allCases)
    func serverSentEventsUntilTheClientLeaves(_ transport: TestClient.Transport) async throws {
        let client = try sample(transport)
        let stream = try await client.get("/events").open()
        stream.response.expectStatus(200).expectContentType("text/event-stream")
        for number in 1...3 {
            let event = try #require(try await stream.nextEvent())
            #expect(event.data == "tick \(number)")
            #expect(event.name == "clock")
            #expect(event.id == "\(number)")
        }
        stream.close()
        await #expect(throws: TestFailure.self) {
            while try await stream.next() != nil {}
        }
    }

    @Test("a response may begin before the request has ended", arguments: TestClient.Transport.allCases)
    func bothWaysAtOnce(_ transport: TestClient.Transport) async throws {
        let client = try TestClient(
            Routes {
                post("/", streamBody: true, bodyLimitBytes: 16 << 20) { context in
                    try context.earlyHints(["</a>; rel=preload"])
                    try await context.stream { writer in
                        for try await piece in context.bodyStream { try await writer.write(piece) }
                    }
                }
            }, over: transport)
        // More than all buffers on the way hold.
        let bytes = [UInt8](repeating: 7, count: 8 << 20) + [1]
        let echo = try await client.post("/").body(bytes, contentType: "a/b").expectStatus(200).expectBody(bytes)
        #expect(echo.interim.map(\.status) == [103])
    }

    @Test(arguments: TestClient.Transport.allCases)
    func aBodyThatIsCutIsAFailure(_ transport: TestClient.Transport) async throws {
        let client = try sample(transport)
        let failure = await #expect(throws: TestFailure.self) { try await client.get("/cut").send() }
        #expect(failure?.description.contains("GET /cut: the connection was closed within the body") == true)
        #expect(failure?.description.contains("logged meanwhile:") == true)
        try await client.get("/").expectStatus(200)
    }

    @Test(arguments: TestClient.Transport.allCases)
    func anAppThatDoesNotAnswer(_ transport: TestClient.Transport) async throws {
        let client = try sample(transport) { $0.deadline = .milliseconds(50) }
        let failure = await #expect(throws: TestFailure.self) { try await client.get("/never").send() }
        #expect(failure?.description.contains("the app did not answer in time") == true)
        #expect(failure?.description.contains("StreamTests.swift:") == true)
    }

    @Test(arguments: TestClient.Transport.allCases)
    func anAppThatTakesTooLong(_ transport: TestClient.Transport) async throws {
        let client = try sample(transport) { $0.requestTimeout = .milliseconds(50) }
        try await client.get("/never").expectStatus(503)
    }
}
