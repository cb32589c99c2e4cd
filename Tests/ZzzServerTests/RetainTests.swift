import Testing
import ZzzAppABI

@testable import ZzzServer

/// retain and release, and what the server does for a request that the app forgot.
@Suite struct RetainTests {
    @Test(arguments: Setup.all)
    func releasingMoreOftenThanRetainingIsRefused(_ setup: Setup) throws {
        let statuses = Probe<[Int32]>([])
        let route = TestRoute.get("/") { request, _ in
            statuses.set([
                request.release(), request.retain(), request.retain(), request.release(), request.release(),
                request.release(),
            ])
            request.respond("fine")
        }
        try TestServer.run(setup, [route]) { server in
            let client = try server.client()
            #expect(try client.get("/").text == "fine")
            let state = Int32(ZZZ_ERROR_STATE)
            #expect(statuses.current == [state, 0, 0, 0, 0, state])
            #expect(try client.get("/").text == "fine")
        }
    }

    @Test(arguments: Setup.all)
    func aForgottenResponseIsAnswered500(_ setup: Setup) throws {
        let routes = [
            TestRoute.get("/now") { _, _ in },
            TestRoute.get("/thread") { request, _ in
                request.retain()
                _ = TestThread { request.release() }
            },
            TestRoute.get("/fine") { request, _ in request.respond("fine") },
        ]
        try TestServer.run(setup, routes) { server in
            let client = try server.client()
            for path in ["/now", "/thread", "/now"] {
                let answer = try client.get(path)
                #expect(answer.status == 500)
                #expect(answer.text == "500 Internal Server Error\n")
                #expect(!answer.closes)
            }
            #expect(try client.get("/fine").text == "fine")
            #expect(server.events.misuses.current.count == 3)
            #expect(server.events.misuses.current[0] == "test 1 /now: the app let go of the request without a response")
            #expect(server.site.activity.totals.errors == 3)
        }
    }

    @Test(arguments: Setup.all)
    func aForgottenStreamingResponseCutsTheConnection(_ setup: Setup) throws {
        let routes = [
            TestRoute.get("/now") { request, _ in
                request.begin()
                request.write("half")
            },
            TestRoute.get("/thread") { request, _ in
                request.retain()
                request.begin(length: 100)
                request.write("half")
                _ = TestThread { request.release() }
            },
        ]
        try TestServer.run(setup, routes) { server in
            for path in ["/now", "/thread"] {
                let client = try server.client()
                try client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
                let all = String(decoding: client.receiveToEnd(), as: UTF8.self)
                #expect(all.hasPrefix("HTTP/1.1 200 OK\r\n"))
                #expect(!all.hasSuffix("0\r\n\r\n"), "it must not look whole")
            }
            #expect(server.events.misuses.current.count == 2)
            #expect(server.total(\.aborted) == 2)
            #expect(server.eventually { server.site.activity.totals.errors == 2 })
        }
    }

    /// HTTP/1.0 without a length: the end of the connection is the end of the body, so a cut must be told from it by a
    /// reset.
    @Test(arguments: Setup.all)
    func aCutBodyThatEndsWithTheConnectionIsReset(_ setup: Setup) throws {
        let routes = [
            TestRoute.get("/forgotten") { request, _ in
                request.begin()
                request.write("half")
            },
            TestRoute.get("/aborted") { request, _ in
                request.begin()
                request.write("half")
                request.abort()
            },
        ]
        try TestServer.run(setup, routes) { server in
            for path in ["/forgotten", "/aborted"] {
                let client = try server.client()
                try client.send("GET \(path) HTTP/1.0\r\n\r\n")
                let failure = #expect(throws: Client.Failure.self) {
                    while !(try client.receiveSome()).isEmpty {}
                }
                #expect(failure?.description.hasSuffix("errno 104") == true)
            }
        }
    }

    @Test(arguments: Setup.all)
    func noCallbackComesAfterTheLastRelease(_ setup: Setup) throws {
        let called = Probe<[String]>([])
        let requests = Probe<[Request]>([])
        let route = TestRoute.stream("/") { request, _ in
            request.retain()
            request.onClosed { _ in called.update { $0.append("closed") } }
            request.onWritable { _ in called.update { $0.append("writable") } }
            request.readBody { _, _ in called.update { $0.append("body") } }
            requests.update { $0.append(request) }
            request.release()
        }
        try TestServer.run(setup, [route]) { server in
            let client = try server.client()
            let answer = try client.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n")
            #expect(answer.status == 500)
            _ = client.sendSome(Array("hello".utf8))
            client.close()
            try server.expectQuiet()
            #expect(called.current == [])
            #expect(requests.current[0].retain() == Int32(ZZZ_ERROR_GONE))
        }
    }

    /// What an app was given stays as it is until the release, whatever the connection does meanwhile.
    @Test(arguments: Setup.all)
    func theRequestsMemoryStaysUntilTheRelease(_ setup: Setup) throws {
        let kept = Probe<[(Request, Head, String)]>([])
        @Sendable func describe(_ head: Head) -> String {
            head.headers.map { "\($0.name): \($0.value)" }.joined(separator: "\n") + head.target + head.params.joined()
                + head.text
        }
        let routes = [
            TestRoute.post("/keep/:name") { request, head in
                request.retain()
                kept.update { $0.append((request, head, describe(head))) }
                request.respond(head.body)
            },
            TestRoute.get("/other") { request, _ in request.respond("other") },
        ]
        try TestServer.run(setup, routes) { server in
            let client = try server.client()
            for index in 0..<6 {
                // Whole in one packet; in two; larger than a buffer; each with a request behind it.
                let size = [10, 5_000, 40_000][index % 3]
                let body = pattern(size, seed: UInt64(index)).map { $0 & 0x3F | 0x40 }
                let fields = "Host: a\r\nX-Mark: \(index)\r\nContent-Length: \(size)\r\n"
                let head = "POST /keep/n%4\(index) HTTP/1.1\r\n\(fields)\r\n"
                try client.send(head)
                try client.send(body + Array("GET /other HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
                #expect(try client.receiveResponse().body == body)
                #expect(try client.receiveResponse().text == "other")
            }
            #expect(server.site.activity.totals.inFlight == 6)
            client.close()
            for (request, head, text) in kept.current {
                #expect(describe(head) == text)
                #expect(request.release() == 0)
            }
        }
    }

    @Test(arguments: Setup.all)
    func theConnectionGoesOnWhileAnAnsweredRequestIsRetained(_ setup: Setup) throws {
        let kept = Probe<[Request]>([])
        let link = ServerLink()
        let routes = [
            TestRoute.get("/now") { request, _ in
                request.retain()
                request.respond("now")
                kept.update { $0.append(request) }
            },
            TestRoute.get("/later") { request, _ in
                request.retain()
                kept.update { $0.append(request) }
                link.post(loop: request.loop!) { request.respond("later") }
            },
            TestRoute.stream("/body") { request, _ in
                request.retain()
                kept.update { $0.append(request) }
                request.readBody { request, _ in request.respond("body") }
            },
        ]
        try TestServer.run(setup, routes) { server in
            link.server = server.server
            let client = try server.client()
            for _ in 0..<3 {
                #expect(try client.get("/now").text == "now")
                #expect(try client.get("/later").text == "later")
                #expect(try client.ask("POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab").text == "body")
            }
            for request in kept.current { #expect(request.release() == 0) }
        }
    }
}
