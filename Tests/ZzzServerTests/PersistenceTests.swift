import Testing
import ZzzAppABI

@testable import ZzzServer

/// Whether a connection is kept after a response (RFC 9112 section 9.3).
@Suite struct PersistenceTests {
    private static let routes = [
        TestRoute.get("/") { request, _ in request.respond("hello") },
        TestRoute.get("/close") { request, _ in request.respond("hello", close: true) },
    ]

    @Test(arguments: Setup.all)
    func theConnectionIsKeptOrClosedAsTheRulesSay(_ setup: Setup) throws {
        let cases: [(request: String, connection: String?)] = [
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", nil),
            ("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", nil),
            ("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "close"),
            ("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Close\r\n\r\n", "close"),
            ("GET /close HTTP/1.1\r\nHost: a\r\n\r\n", "close"),
            ("GET / HTTP/1.0\r\n\r\n", "close"),
            ("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "keep-alive"),
            ("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", "close"),
            ("GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n", nil),
            ("GET /nowhere HTTP/1.0\r\n\r\n", "close"),
        ]
        try TestServer.run(setup, Self.routes) { server in
            for (request, connection) in cases {
                let client = try server.client()
                let answer = try client.ask(request)
                #expect(answer.header("connection") == connection, "\(request)")
                #expect(answer.version == "HTTP/1.1")
                if connection == "close" {
                    try client.expectEnd()
                } else {
                    #expect(try client.get("/").text == "hello", "\(request)")
                }
            }
        }
    }

    @Test(arguments: Setup.all)
    func whatIsPipelinedBehindACloseIsNotAnswered(_ setup: Setup) throws {
        try TestServer.run(setup, Self.routes) { server in
            let client = try server.client()
            let one = "GET /close HTTP/1.1\r\nHost: a\r\n\r\n"
            try client.send(one + one)
            #expect(try client.receiveResponse().closes)
            try client.expectEnd()
            #expect(server.site.activity.totals.requests == 1)
        }
    }

    @Test(arguments: Setup.all, [1, 3])
    func theLastOfSoManyRequestsClosesTheConnection(_ setup: Setup, limit: Int) throws {
        try TestServer.run(setup, Self.routes, configure: { $0.limits.requestsPerConnection = limit }) { server in
            for isPipelined in [false, true] {
                let client = try server.client()
                let one = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
                if isPipelined { for _ in 0...limit { try client.send(one) } }
                for index in 1...limit {
                    if !isPipelined { try client.send(one) }
                    #expect(try client.receiveResponse().closes == (index == limit))
                }
                try client.expectEnd()
            }
        }
    }

    /// A client that has said all it wants to say still gets its answers: at once, late, and larger than the sockets'
    /// buffers.
    @Test(arguments: Setup.all)
    func aHalfClosedClientGetsItsResponse(_ setup: Setup) throws {
        let link = ServerLink()
        let large = [UInt8](repeating: 0x61, count: 3_000_000)
        let routes = [
            TestRoute.get("/now") { request, _ in request.respond("now") },
            TestRoute.get("/large") { request, _ in request.respond(large) },
            TestRoute.get("/late") { request, _ in
                request.retain()
                _ = TestThread {
                    request.respond(large)
                    request.release()
                }
            },
            TestRoute.get("/streamed") { request, _ in
                request.retain()
                link.post(loop: request.loop!) {
                    request.begin()
                    request.write(large)
                    request.finish()
                    request.release()
                }
            },
        ]
        try TestServer.run(setup, routes) { server in
            link.server = server.server
            for paths in [["/now"], ["/large"], ["/late"], ["/streamed"], ["/now", "/late", "/large", "/now"]] {
                let client = try server.client(receiveBuffer: 65_536)
                for path in paths { try client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n") }
                client.shutdownWrite()
                for path in paths {
                    let answer = try client.receiveResponse()
                    #expect(answer.body == (path == "/now" ? Array("now".utf8) : large), "\(paths)")
                }
                try client.expectEnd()
            }
        }
    }

    /// Half a request and the end: nothing is owed for it, but what was asked before is.
    @Test(arguments: Setup.all)
    func anUnfinishedRequestDoesNotTakeTheResponseBeforeIt(_ setup: Setup) throws {
        let large = [UInt8](repeating: 0x61, count: 3_000_000)
        let routes = [
            TestRoute.get("/large") { request, _ in request.respond(large) },
            TestRoute.post("/post") { request, head in request.respond(head.body) },
        ]
        try TestServer.run(
            setup, routes, configure: { $0.limits.pipelinedResponseBytes = 10_000_000 }
        ) { server in
            for rest in ["GET /la", "POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc"] {
                let client = try server.client(receiveBuffer: 65_536)
                try client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n" + rest)
                client.shutdownWrite()
                #expect(try client.receiveResponse().body == large)
                try client.expectEnd()
            }
        }
    }

    @Test(arguments: Setup.all)
    func anEmptyLineBeforeARequestIsIgnored(_ setup: Setup) throws {
        try TestServer.run(setup, Self.routes) { server in
            let client = try server.client()
            #expect(try client.ask("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n").text == "hello")
            try client.send("\r")
            try client.send("\n")
            #expect(try client.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n").text == "hello")
        }
    }
}
