import Testing
import ZzzAppABI

@testable import ZzzServer

/// 101 and what follows: a plain stream of bytes, both ways.
@Suite struct UpgradeTests {
    private static let head = "GET /up HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: shout\r\n\r\n"

    /// Sends back everything in capitals, and ends when the client ends or says "bye".
    @Sendable private static func shout(_ request: Request) {
        request.readBody { request, event in
            guard case .data(let bytes) = event else {
                request.write(event == .end ? "(end)" : "(failed)")
                request.finish()
                request.release()
                return
            }
            request.write(bytes.map { $0 >= 0x61 && $0 <= 0x7A ? $0 - 0x20 : $0 })
            if bytes == Array("bye".utf8) {
                request.finish()
                request.release()
            } else {
                shout(request)
            }
        }
    }

    private static let now = TestRoute.get("/up") { request, _ in
        request.retain()
        #expect(request.upgrade([("upgrade", "shout")]) == 0)
        shout(request)
    }

    @Test(arguments: Setup.all)
    func bytesGoBothWays(_ setup: Setup) throws {
        try TestServer.run(setup, [Self.now]) { server in
            let client = try server.client()
            let answer = try client.ask(Self.head)
            #expect(answer.status == 101)
            #expect(answer.header("connection") == "upgrade")
            #expect(answer.header("upgrade") == "shout")
            #expect(answer.header("content-length") == nil)
            for text in ["hello", "GET / HTTP/1.1\r\n\r\n", "x"] {
                try client.send(text)
                #expect(try client.receive(text.utf8.count) == Array(text.uppercased().utf8))
            }
            let large = [UInt8](repeating: 0x61, count: 300_000)
            let sender = TestThread { try? client.send(large) }
            #expect(try client.receive(large.count) == [UInt8](repeating: 0x41, count: large.count))
            sender.join()
            client.shutdownWrite()
            #expect(client.receiveToEnd() == Array("(end)".utf8))
        }
    }

    @Test(arguments: Setup.all)
    func theAppEndsTheStream(_ setup: Setup) throws {
        try TestServer.run(setup, [Self.now]) { server in
            let client = try server.client()
            _ = try client.ask(Self.head)
            try client.send("bye")
            #expect(client.receiveToEnd() == Array("BYE".utf8))
            #expect(server.site.activity.totals.errors == 0)
        }
    }

    /// A client that does not wait for the 101 loses nothing, also when the app upgrades later.
    @Test(arguments: Setup.all)
    func bytesSentBeforeTheAnswerBelongToTheStream(_ setup: Setup) throws {
        let waiting = Probe<Request?>(nil)
        let later = TestRoute.get("/up") { request, _ in
            request.retain()
            waiting.set(request)
        }
        try TestServer.run(setup, [Self.now]) { server in
            let client = try server.client()
            #expect(try client.ask(Self.head + "early").status == 101)
            #expect(try client.receive(5) == Array("EARLY".utf8))
        }
        try TestServer.run(setup, [later]) { server in
            let client = try server.client()
            // The first part is behind the head in its buffer, the second comes while the handler has the request.
            try client.send(Self.head + "one ")
            try #require(waiting.wait { $0 != nil })
            try client.send("two ")
            _ = server.server.snapshot()
            try client.send("three")
            let request = waiting.current!
            #expect(request.upgrade([("upgrade", "shout")]) == 0)
            Self.shout(request)
            #expect(try client.receiveResponse().status == 101)
            #expect(try client.receive(13) == Array("ONE TWO THREE".utf8))
        }
    }

    @Test(arguments: Setup.all)
    func onlyARequestThatAsksForItIsUpgraded(_ setup: Setup) throws {
        let statuses = Probe<[Int32]>([])
        let route = TestRoute(methods: .all, pattern: "/up") { request, _ in
            statuses.update { $0.append(request.upgrade([("upgrade", "x")])) }
            request.respond("plain")
        }
        try TestServer.run(setup, [route]) { server in
            let requests = [
                "GET /up HTTP/1.1\r\nHost: a\r\n\r\n", "GET /up HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\n\r\n",
                "GET /up HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
                "POST /up HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\nContent-Length: 1\r\n\r\nx",
            ]
            for request in requests {
                let answer = try server.client().ask(request)
                #expect(answer.text == "plain")
            }
            #expect(statuses.current == [Int32](repeating: Int32(ZZZ_ERROR_STATE), count: 4))
        }
    }

    @Test(arguments: Setup.all)
    func aMalformedFieldLeavesTheRequestUnanswered(_ setup: Setup) throws {
        let statuses = Probe<[Int32]>([])
        let route = TestRoute.get("/up") { request, _ in
            statuses.set([request.upgrade([("upgrade", "x\r\ny: z")]), request.upgrade([("connection", "x")])])
            request.respond("plain")
        }
        try TestServer.run(setup, [route]) { server in
            let client = try server.client()
            #expect(try client.ask(Self.head).text == "plain")
            #expect(statuses.current == [Int32](repeating: Int32(ZZZ_ERROR_INVALID), count: 2))
        }
    }

    @Test(arguments: Setup.all)
    func theAppIsToldWhenTheClientIsReset(_ setup: Setup) throws {
        let events = Probe<[String]>([])
        let route = TestRoute.get("/up") { request, _ in
            request.retain()
            request.upgrade([("upgrade", "x")])
            request.readBody { _, event in events.update { $0.append("\(event)") } }
            request.onClosed { request in
                events.update { $0.append("closed") }
                request.release()
            }
        }
        try TestServer.run(setup, [route]) { server in
            let client = try server.client()
            _ = try client.ask(Self.head)
            client.reset()
            #expect(events.awaitValue(["failed", "closed"]))
        }
    }
}
