import Testing
import ZzzAppABI
import ZzzIO

@testable import ZzzServer

/// Going down: idle connections end, busy ones finish and say so.
@Suite struct DrainTests {
    @Test(arguments: Setup.all)
    func idleConnectionsEndAndBusyOnesFinish(_ setup: Setup) throws {
        let waiting = Probe<[Request]>([])
        let routes = [
            TestRoute.get("/") { request, _ in request.respond("hello") },
            TestRoute.get("/wait") { request, _ in
                request.retain()
                waiting.update { $0.append(request) }
            },
            TestRoute.get("/begun") { request, _ in
                request.retain()
                request.begin(first: "one ")
                waiting.update { $0.append(request) }
            },
            TestRoute.post("/") { request, head in request.respond(head.body) },
        ]
        try TestServer.run(setup, routes) { server in
            let idle = try server.client()
            #expect(try idle.get("/").text == "hello")
            let fresh = try server.client()
            #expect(server.eventually { server.server.openConnections == 2 })
            let busy = try server.client()
            try busy.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let begun = try server.client()
            try begun.send("GET /begun HTTP/1.1\r\nHost: a\r\n\r\n")
            try #require(waiting.wait { $0.count == 2 })
            let inHead = try server.client()
            try inHead.send("GET / HTTP/1.1\r\nHos")
            let inBody = try server.client()
            try inBody.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab")
            #expect(server.eventually { server.server.snapshot().loops.reduce(0) { $0 + $1.active } == 4 })

            server.server.beginDraining()
            try idle.expectEnd()
            try fresh.expectEnd()
            #expect(throws: (any Error).self) { try server.client().get("/") }
            for request in waiting.current {
                request.write("two")
                request.finish()
                request.respond("late")
                request.release()
            }
            let late = try busy.receiveResponse()
            #expect(late.text == "late")
            #expect(late.closes)
            try busy.expectEnd()
            #expect(try begun.receiveResponse().text == "one two")
            try begun.expectEnd()
            try inHead.send("t: a\r\n\r\n")
            #expect(try inHead.receiveResponse().closes)
            try inHead.expectEnd()
            try inBody.send("cd")
            let body = try inBody.receiveResponse()
            #expect(body.text == "abcd")
            #expect(body.closes)
            try inBody.expectEnd()
            #expect(server.eventually { server.server.openConnections == 0 })
        }
    }

    /// A response that is still on its way when the draining begins arrives whole, and then the connection ends.
    @Test(arguments: Setup.all)
    func aResponseOnItsWayArrivesWhole(_ setup: Setup) throws {
        let large = [UInt8](repeating: 0x61, count: 8_000_000)
        let route = TestRoute.get("/") { request, _ in request.respond(large) }
        try TestServer.run(setup, [route]) { server in
            let client = try server.client(receiveBuffer: 65_536)
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let head = try client.receiveHead()
            #expect(head.header("connection") == nil)
            server.server.beginDraining()
            #expect(try client.receive(large.count) == large)
            try client.expectEnd()
        }
    }

    @Test(arguments: Setup.all)
    func stopCutsWhatIsLeftAndTellsTheApps(_ setup: Setup) throws {
        let events = Probe<[String]>([])
        let route = TestRoute.stream("/") { request, _ in
            request.retain()
            request.readBody { _, event in events.update { $0.append("\(event)") } }
            request.onClosed { request in
                events.update { $0.append("closed") }
                request.release()
            }
        }
        let gone = Probe(false)
        try {
            var configuration = Server.Configuration()
            configuration.loops = setup.loops
            configuration.loop.backend = setup.backend == .epoll ? .epoll : .ioUring
            let server = try Server(configuration, events: nil)
            try server.start()
            server.publish(try SiteTable(sites: [try TestApp.site(gone: gone, [route])]))
            let address = try server.listen([try Listener(address: .parse("127.0.0.1:0"))]).address
            let clients = try (0..<5).map { _ in try Client(address) }
            for client in clients { try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n") }
            var tries = 0
            while server.snapshot().loops.reduce(0, { $0 + $1.active }) < 5, tries < 20_000 { tries += 1 }
            server.stop()
            for client in clients { try client.expectEnd() }
            #expect(events.current.count { $0 == "failed" } == 5)
            #expect(events.current.count { $0 == "closed" } == 5)
            #expect(server.openConnections == 0)
            server.stop()
        }()
        #expect(gone.awaitValue(true), "the app goes with the server")
    }
}
