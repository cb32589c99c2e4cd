import Testing
import ZzzAppABI

@testable import ZzzServer

/// What is reported about each answered request.
@Suite struct AccessLogTests {
    private static func entry(
        _ method: String, _ target: String, _ status: UInt16, _ bytes: UInt64, app: String = "test"
    ) -> TestEvents.Access {
        TestEvents.Access(
            method: method, target: target, authority: method.isEmpty ? "" : "a", status: status, bodyBytes: bytes,
            app: app, generation: app.isEmpty ? 0 : 1, versionMinor: method.isEmpty ? 0 : 1, peer: "127.0.0.1",
            isDurationSane: true)
    }

    @Test(arguments: Setup.all)
    func eachAnswerIsReportedOnce(_ setup: Setup) throws {
        let file = try TemporaryFile(pattern(100))
        let routes = [
            TestRoute.get("/whole") { request, _ in request.respond("hello") },
            TestRoute.get("/chunked") { request, _ in
                request.begin(first: "hel")
                request.write("lo, you")
                request.finish()
            },
            TestRoute.get("/file") { request, _ in request.sendFile(file.open(), offset: 0, length: 100) },
            TestRoute.get("/late") { request, _ in
                request.retain()
                _ = TestThread {
                    request.respond("late")
                    request.release()
                }
            },
            TestRoute.get("/forgotten") { _, _ in },
            TestRoute.post("/body", limit: 3) { request, head in request.respond(head.body) },
        ]
        let missing = "404 Not Found\n".utf8.count
        let failed = "500 Internal Server Error\n".utf8.count
        let expected = [
            Self.entry("GET", "/whole?q=1", 200, 5), Self.entry("HEAD", "/whole", 200, 0),
            Self.entry("GET", "/chunked", 200, 10), Self.entry("GET", "/file", 200, 100),
            Self.entry("GET", "/late", 200, 4), Self.entry("GET", "/forgotten", 500, UInt64(failed)),
            Self.entry("GET", "/nowhere", 404, UInt64(missing)), Self.entry("POST", "/body", 200, 2),
        ]
        try TestServer.run(setup, routes, configure: { $0.logsAccess = true }) { server in
            let client = try server.client()
            for entry in expected {
                let rest = entry.method == "POST" ? "Content-Length: 2\r\n\r\nab" : "\r\n"
                _ = try client.ask(
                    "\(entry.method) \(entry.target) HTTP/1.1\r\nHost: a\r\n\(rest)", hasBody: entry.method != "HEAD")
            }
            #expect(server.events.accesses.awaitValue(expected))
            server.server.apply(limits: ServerLimits(), logsAccess: false)
            #expect(try client.get("/whole").text == "hello")
            #expect(server.events.accesses.current == expected)
        }
    }

    /// A request that was refused before its head was read shows nothing of the one before in the same memory.
    @Test(arguments: Setup.all)
    func aRefusedHeadShowsNothingOfAnEarlierRequest(_ setup: Setup) throws {
        let routes = [TestRoute.get("/*rest") { request, _ in request.respond("hello") }]
        try TestServer.run(
            setup, routes,
            configure: {
                $0.logsAccess = true
                $0.limits.headerDeadlineMilliseconds = 200
            }
        ) { server in
            for refused in ["BAD\r\n", "GET /half", "GET / HTTP/1.1\r\n\r\n"] {
                server.events.accesses.set([])
                for _ in 0..<3 { #expect(try server.client().get("/secret").text == "hello") }
                let client = try server.client()
                try client.send(refused)
                let answer = try client.receiveResponse()
                #expect(answer.status == (refused == "GET /half" ? 408 : 400))
                let entry = Self.entry("", "", UInt16(answer.status), UInt64(answer.body.count), app: "")
                #expect(server.events.accesses.wait { $0.count == 4 })
                #expect(server.events.accesses.current.last == entry)
            }
        }
    }
}
