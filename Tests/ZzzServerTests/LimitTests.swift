import Testing
import ZzzAppABI
import ZzzIO

@testable import ZzzServer

/// Limits on what a peer may send and hold, each at n-1, n and n+1.
@Suite struct LimitTests {
    private static let route = TestRoute.get("/*rest") { request, head in request.respond("\(head.headers.count)") }

    @Test(arguments: Setup.all, [-1, 0, 1])
    func theRequestLineIsLimited(_ setup: Setup, beyond: Int) throws {
        let limit = 100
        try TestServer.run(setup, [Self.route], configure: { $0.limits.parser.requestLineBytes = limit }) { server in
            let client = try server.client()
            let fixed = "GET / HTTP/1.1".utf8.count
            let path = "/" + String(repeating: "a", count: limit + beyond - fixed)
            let answer = try client.get(path)
            #expect(answer.status == (beyond > 0 ? 414 : 200))
            #expect(answer.closes == (beyond > 0))
            if beyond > 0 { try client.expectEnd() } else { #expect(try client.get(path).status == 200) }
        }
    }

    @Test(arguments: Setup.all, [-1, 0, 1])
    func theHeaderBytesAreLimited(_ setup: Setup, beyond: Int) throws {
        // More than a read buffer, so that the head moves while it arrives.
        let limit = 40_000
        try TestServer.run(setup, [Self.route], configure: { $0.limits.parser.headerBytes = limit }) { server in
            let client = try server.client()
            let fixed = "Host: a\r\nX: \r\n".utf8.count
            let line = "X: " + String(repeating: "b", count: limit + beyond - fixed) + "\r\n"
            let answer = try client.get("/x", line)
            #expect(answer.status == (beyond > 0 ? 431 : 200))
            #expect(answer.closes == (beyond > 0))
            if beyond > 0 { try client.expectEnd() } else { #expect(try client.get("/x", line).text == "2") }
        }
    }

    @Test(arguments: Setup.all, [-1, 0, 1])
    func theHeaderCountIsLimited(_ setup: Setup, beyond: Int) throws {
        let limit = 10
        try TestServer.run(setup, [Self.route], configure: { $0.limits.parser.fieldCount = limit }) { server in
            let client = try server.client()
            let lines = (1..<(limit + beyond)).map { "X-\($0): y\r\n" }.joined()
            let answer = try client.get("/x", lines)
            #expect(answer.status == (beyond > 0 ? 431 : 200))
            if beyond <= 0 { #expect(answer.text == "\(limit + beyond)") } else { try client.expectEnd() }
        }
    }

    @Test(arguments: Setup.all)
    func whatTheParserRefusesIsAnsweredAndCounted(_ setup: Setup) throws {
        let cases = [
            ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505), ("\u{16}\u{3}\u{1}", 400),
            ("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 501), ("GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n", 417),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ]
        try TestServer.run(setup, [Self.route]) { server in
            for (request, status) in cases {
                let client = try server.client()
                try client.send(request)
                let answer = try client.receiveResponse()
                #expect(answer.status == status, "\(request)")
                #expect(answer.closes)
                try client.expectEnd()
            }
            #expect(server.total(\.malformed) == UInt64(cases.count))
            #expect(server.total(\.requests) == 0)
        }
    }

    /// A bad request behind good ones: those are answered, it is refused, and nothing behind it is looked at.
    @Test(arguments: Setup.all)
    func aBadRequestIsRefusedBehindGoodOnes(_ setup: Setup) throws {
        try TestServer.run(setup, [Self.route]) { server in
            let client = try server.client()
            let good = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"
            try client.send(good + good + "BAD\r\n" + good)
            #expect(try client.receiveResponse().status == 200)
            #expect(try client.receiveResponse().status == 200)
            #expect(try client.receiveResponse().status == 400)
            try client.expectEnd()
        }
    }

    /// One below the limit, at it, and the ones beyond it wait until there is room.
    @Test(arguments: Setup.plain)
    func connectionsBeyondTheLimitWait(_ setup: Setup) throws {
        let limit = 4
        try TestServer.run(setup, [Self.route], configure: { $0.limits.connections = limit }) { server in
            var clients: [Client] = []
            for count in 1...limit {
                let client = try server.client()
                #expect(try client.get("/x").status == 200)
                clients.append(client)
                #expect(server.eventually { server.server.snapshot().isAtConnectionLimit == (count == limit) })
            }
            for _ in 0..<3 {
                // The kernel takes the connection; the server does not.
                let client = try server.client()
                try client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(!client.hasInput(withinMilliseconds: 50))
                #expect(server.server.openConnections == limit)
                // Others that are open go on.
                #expect(try clients[1].get("/x").status == 200)
                clients.removeFirst().close()
                #expect(try client.receiveResponse().status == 200)
                clients.append(client)
            }
            #expect(server.server.snapshot().limitReached >= 1)
            server.server.apply(limits: ServerLimits(), logsAccess: false)
            #expect(server.eventually { !server.server.snapshot().isAtConnectionLimit })
            for _ in 0..<limit { #expect(try server.client().get("/x").status == 200) }
        }
    }

    /// Many at once, through a limit of one: each is served, one after the other.
    @Test(arguments: Setup.plain)
    func manyConnectionsPassThroughALimitOfOne(_ setup: Setup) throws {
        try TestServer.run(setup, [Self.route], configure: { $0.limits.connections = 1 }) { server in
            let clients = try (0..<30).map { _ in try server.client() }
            let answered = Probe(0)
            let threads = clients.map { client in
                TestThread {
                    do {
                        if try client.get("/x", "Connection: close\r\n").status == 200 { answered.update { $0 += 1 } }
                    } catch {
                        Issue.record(error)
                    }
                    client.close()
                }
            }
            for thread in threads { thread.join() }
            #expect(answered.current == 30)
        }
    }

    /// 63, 64, and one more than may be in flight.
    @Test(arguments: Setup.single)
    func requestsBeyondWhatMayBeInFlightAre503(_ setup: Setup) throws {
        let waiting = Probe<[Request]>([])
        let routes = [
            TestRoute.get("/wait") { request, _ in
                request.retain()
                waiting.update { $0.append(request) }
            },
            Self.route,
        ]
        try TestServer.run(setup, routes, configure: { $0.requestsInFlightPerLoop = 64 }) { server in
            var clients: [Client] = []
            for count in 1...64 {
                let client = try server.client()
                clients.append(client)
                try client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(waiting.wait { $0.count == count })
                if count == 63 { #expect(try server.get("/x").status == 200) }
            }
            let refused = try server.client()
            let answer = try refused.get("/x")
            #expect(answer.status == 503)
            #expect(answer.closes)
            try refused.expectEnd()
            waiting.current[0].respond("done")
            waiting.current[0].release()
            #expect(try clients[0].receiveResponse().text == "done")
            #expect(try server.get("/x").status == 200)
            for request in waiting.current.dropFirst() {
                request.respond("done")
                request.release()
            }
            for client in clients.dropFirst() { #expect(try client.receiveResponse().text == "done") }
        }
    }

    /// Requests that wait hold read buffers. There must be some left for the connections that would wake them up.
    @Test(arguments: Setup.all)
    func requestsThatWaitDoNotStarveTheOthers(_ setup: Setup) throws {
        let waiting = Probe<[Request]>([])
        let routes = [
            TestRoute.get("/wait") { request, _ in
                request.retain()
                waiting.update { $0.append(request) }
            },
            TestRoute.get("/wake") { request, _ in
                let all = waiting.update { list in
                    defer { list = [] }
                    return list
                }
                for other in all {
                    other.respond("woken")
                    other.release()
                }
                request.respond("awake")
            },
        ]
        try TestServer.run(
            setup, routes,
            configure: {
                $0.loop.providedBuffers = 4
                $0.loop.maxProvidedBuffers = 8
                $0.limits.connections = 200
            }
        ) { server in
            let clients = try (0..<100).map { _ in try server.client() }
            for client in clients { try client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n") }
            #expect(waiting.wait { $0.count == 100 })
            // Heads that are not whole hold buffers, too.
            let slow = try (0..<50).map { _ in try server.client() }
            for client in slow { try client.send("GET /wa") }
            #expect(try server.get("/wake").text == "awake")
            for client in clients { #expect(try client.receiveResponse().text == "woken") }
        }
    }
}
