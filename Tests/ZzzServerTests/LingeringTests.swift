import Testing
import ZzzAppABI

@testable import ZzzServer

/// The end of a connection whose client is still sending (RFC 9112 section 9.6): it must be able to read the response.
@Suite struct LingeringTests {
    private static let routes = [
        TestRoute.post("/small", limit: 10) { request, head in request.respond(head.body) },
        TestRoute.stream("/refused") { request, _ in request.respond("no", status: 403) },
    ]

    @Test(arguments: Setup.all, ["/small", "/refused", "/nowhere"])
    func aRefusalIsReadableWhileTheClientSends(_ setup: Setup, path: String) throws {
        try TestServer.run(setup, Self.routes) { server in
            for _ in 0..<10 {
                let client = try server.client()
                try client.send("POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: 700000\r\n\r\n")
                // More than the sockets take at once; the server drops it.
                #expect(client.sendSome([UInt8](repeating: 7, count: 700_000)) == 700_000)
                let answer = try client.receiveResponse()
                #expect(answer.status == ["/small": 413, "/refused": 403, "/nowhere": 404][path])
                #expect(answer.closes)
                try client.expectEnd()
            }
        }
    }

    /// It does not go on for ever.
    @Test(arguments: Setup.all)
    func aClientThatDoesNotStopSendingIsCut(_ setup: Setup) throws {
        try TestServer.run(setup, Self.routes) { server in
            let client = try server.client()
            try client.send("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n")
            let piece = [UInt8](repeating: 7, count: 1 << 16)
            var sent = 0
            while sent < 100_000_000, client.sendSome(piece) == piece.count { sent += piece.count }
            #expect(sent < 100_000_000)
            #expect(server.eventually { server.server.openConnections == 0 })
        }
    }

    @Test(arguments: Setup.all)
    func aClientThatNeitherSendsNorClosesIsCut(_ setup: Setup) throws {
        try TestServer.run(setup, Self.routes) { server in
            let client = try server.client()
            let start = milliseconds()
            try client.send("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n")
            #expect(try client.receiveResponse().status == 413)
            try client.expectEnd()
            #expect(server.eventually { server.server.openConnections == 0 })
            #expect(milliseconds() - start < 8_000)
        }
    }
}
