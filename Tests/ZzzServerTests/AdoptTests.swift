import Glibc
import Testing
import ZzzAppABI
import ZzzIO

@testable import ZzzServer

/// Connections that were not accepted here, and such as are answered from a table of their own.
@Suite struct AdoptTests {
    /// A connection of two unix sockets, the one end of which the server has.
    private func adopted(_ server: TestServer, _ transport: Transport = Transport()) throws -> Client {
        var ends: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0)
        try #require(fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0)
        server.server.adopt(ends[1], peer: SocketAddress(.ipv4(address: 0x0102_0304, port: 5)), transport)
        return Client(adopting: ends[0])
    }

    @Test(arguments: Setup.plain)
    func anAdoptedConnectionIsServedLikeAnother(_ setup: Setup) throws {
        let route = TestRoute.get("/") { request, head in
            request.respond("\(request.peer()?.host ?? "") \(head.has(ZZZ_REQUEST_SECURE))")
        }
        try TestServer.run(setup, [route]) { server in
            let clients = try (0..<4).map { _ in try adopted(server) }
            for _ in 0..<2 {
                for client in clients { #expect(try client.get("/").text == "1.2.3.4 false") }
            }
            #expect(server.server.openConnections == 4)
        }
    }

    @Test(arguments: Setup.singlePlain)
    func aTableOfItsOwnAnswers(_ setup: Setup) throws {
        func site(_ text: String, hosts: [String] = []) throws -> Site {
            try TestApp.site(name: text, hosts: hosts, [.get("/") { request, head in
                request.respond("\(text) \(head.has(ZZZ_REQUEST_SECURE))")
            }])
        }
        let own = try site("own")
        let other = try site("other", hosts: ["other.example"])
        try TestServer.run(setup, site: site("published")) { server in
            var transport = Transport()
            transport.table = try SiteTable(sites: [own])
            transport.isSecure = true
            #expect(try adopted(server, transport).get("/").text == "own true")
            let listener = try Listener(address: .parse("127.0.0.1:0"))
            let listening = try server.server.listen([listener], transport)
            #expect(try Client(listening.address).get("/").text == "own true")
            transport.table = try SiteTable(sites: [other])
            #expect(try adopted(server, transport).get("/").status == 421)
            #expect(try server.get("/").text == "published false")
            #expect(own.activity.totals.requests == 2)
        }
    }

    @Test("a client that closes its unix socket while the handler waits has gone", arguments: Setup.plain)
    func aClientThatHangsUp(_ setup: Setup) throws {
        let left = Probe(false)
        let waits = Probe(false)
        let route = TestRoute.get("/") { request, _ in
            request.retain()
            request.onClosed { request in
                left.set(true)
                request.release()
            }
            waits.set(true)
        }
        try TestServer.run(setup, [route]) { server in
            let client = try adopted(server)
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(waits.awaitValue(true))
            client.close()
            #expect(left.awaitValue(true))
        }
    }

    @Test("but one that has only ended its side waits for the response", arguments: Setup.plain)
    func aClientThatHasSaidAll(_ setup: Setup) throws {
        let route = TestRoute.get("/") { request, _ in
            request.retain()
            _ = TestThread {
                request.respond("late")
                request.release()
            }
        }
        try TestServer.run(setup, [route]) { server in
            let client = try adopted(server)
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            client.shutdownWrite()
            #expect(try client.receiveResponse().text == "late")
        }
    }
}
