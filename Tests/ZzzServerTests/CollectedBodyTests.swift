import Testing
import ZzzAppABI

@testable import ZzzServer

/// Request bodies that the server collects before it calls the handler.
@Suite struct CollectedBodyTests {
    private static let echo = TestRoute.post("/", limit: 1_000) { request, head in
        #expect(head.has(Int(ZZZ_REQUEST_BODY_COMPLETE)))
        request.respond(head.body, headers: [("x-length", "\(head.contentLength)")])
    }

    static func chunked(_ body: [UInt8], sizes: [Int], trailers: String = "") -> [UInt8] {
        var all: [UInt8] = []
        var rest = body[...]
        for size in sizes where !rest.isEmpty {
            let chunk = rest.prefix(size)
            all += Array("\(String(chunk.count, radix: 16))\r\n".utf8) + chunk + [0x0D, 0x0A]
            rest = rest.dropFirst(size)
        }
        if !rest.isEmpty { all += Array("\(String(rest.count, radix: 16))\r\n".utf8) + rest + [0x0D, 0x0A] }
        return all + Array("0\r\n\(trailers)\r\n".utf8)
    }

    private static func head(length: Int) -> [UInt8] {
        Array("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\r\n".utf8)
    }
    private static let chunkedHead = Array("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)

    @Test(arguments: Setup.all, [0, 1, 999, 1_000])
    func aBodyUpToTheLimitArrivesWhole(_ setup: Setup, count: Int) throws {
        try TestServer.run(setup, [Self.echo]) { server in
            let client = try server.client()
            let body = pattern(count)
            for _ in 0..<2 {
                try client.send(Self.head(length: count) + body)
                let answer = try client.receiveResponse()
                #expect(answer.body == body)
                #expect(answer.header("x-length") == "\(count)")
                try client.send(Self.chunkedHead + Self.chunked(body, sizes: [1, 100, 7]))
                let other = try client.receiveResponse()
                #expect(other.body == body)
                #expect(other.header("x-length") == "-1")
            }
        }
    }

    @Test(arguments: Setup.all)
    func aBodyBeyondTheLimitIs413(_ setup: Setup) throws {
        try TestServer.run(setup, [Self.echo]) { server in
            let byLength = try server.client()
            try byLength.send(Self.head(length: 1_001))
            let answer = try byLength.receiveResponse()
            #expect(answer.status == 413)
            #expect(answer.closes)
            try byLength.expectEnd()
            let byChunks = try server.client()
            try byChunks.send(Self.chunkedHead + Self.chunked(pattern(1_001), sizes: [500]))
            let other = try byChunks.receiveResponse()
            #expect(other.status == 413)
            #expect(other.closes)
            try byChunks.expectEnd()
            #expect(server.site.activity.totals.requests == 2)
        }
    }

    /// A chunk size is only a promise: nothing is refused before too much has come, and nothing allocated before it
    /// has.
    @Test(arguments: Setup.single)
    func anAnnouncedChunkCostsNothing(_ setup: Setup) throws {
        try TestServer.run(setup, [Self.echo]) { server in
            let client = try server.client()
            try client.send(Self.chunkedHead + Array("7ffffffffffffff\r\n".utf8) + pattern(1_000))
            #expect(!client.hasInput(withinMilliseconds: 50))
            try client.send([0])
            #expect(try client.receiveResponse().status == 413)
        }
    }

    @Test(arguments: Setup.all)
    func aBodyInPiecesIsPutTogether(_ setup: Setup) throws {
        let route = TestRoute.post("/") { request, head in request.respond(head.body) }
        try TestServer.run(setup, [route]) { server in
            let client = try server.client()
            for count in [3, 20_000, 200_000] {
                let body = pattern(count, seed: UInt64(count))
                for message in [
                    Self.head(length: count) + body, Self.chunkedHead + Self.chunked(body, sizes: [1, 5_000, 40_000]),
                ] {
                    // Cuts in the head, behind it, and at places of no meaning in the body.
                    var rest = message[...]
                    for size in [10, 40, 17, 1, 1, 4_096, 16_384, 60_000] {
                        try client.send(Array(rest.prefix(size)))
                        rest = rest.dropFirst(size)
                    }
                    try client.send(Array(rest))
                    #expect(try client.receiveResponse().body == body)
                }
            }
        }
    }

    @Test(arguments: Setup.all)
    func trailersOfACollectedBodyAreReadable(_ setup: Setup) throws {
        let route = TestRoute.post("/") { request, head in
            let trailers = request.trailers() ?? []
            request.respond(trailers.map { "\($0.name)=\($0.value)" }.joined(separator: ",") + head.text)
        }
        try TestServer.run(setup, [route]) { server in
            let client = try server.client()
            let trailers = "X-A: 1\r\nX-B: 2\r\n"
            let message = Self.chunkedHead + Self.chunked(Array("body".utf8), sizes: [], trailers: trailers)
            try client.send(message)
            #expect(try client.receiveResponse().text == "X-A=1,X-B=2body")
            // Nothing of them is left for the next request.
            try client.send(Self.head(length: 1) + [0x78])
            #expect(try client.receiveResponse().text == "x")
        }
    }

    @Test(arguments: Setup.all)
    func aMalformedBodyIs400(_ setup: Setup) throws {
        try TestServer.run(setup, [Self.echo]) { server in
            for bad in ["zz\r\n", "5\nhello", "5\r\nhelloXX", "0\r\nContent-Length: 5\r\n\r\n"] {
                let client = try server.client()
                try client.send(Self.chunkedHead + Array(bad.utf8))
                let answer = try client.receiveResponse()
                #expect(answer.status == 400)
                #expect(answer.closes)
                try client.expectEnd()
            }
        }
    }

    @Test(arguments: Setup.all)
    func aClientThatLeavesInTheBodyLeavesNothing(_ setup: Setup) throws {
        let called = Probe(0)
        let route = TestRoute.post("/") { request, _ in
            called.update { $0 += 1 }
            request.respond()
        }
        try TestServer.run(setup, [route]) { server in
            for reset in [true, false] {
                let client = try server.client()
                try client.send(Self.head(length: 50_000) + pattern(20_000))
                #expect(server.eventually { server.site.activity.totals.inFlight == 1 })
                if reset { client.reset() } else { client.close() }
                #expect(server.eventually { server.site.activity.totals.inFlight == 0 })
            }
            #expect(called.current == 0)
            #expect(server.site.activity.totals.errors == 0)
        }
    }

    /// The handler has the whole body, so there is nothing to read; where there is none, its end can be read.
    @Test(arguments: Setup.all)
    func aCollectedBodyIsNotReadAgain(_ setup: Setup) throws {
        let statuses = Probe<[Int32]>([])
        let route = TestRoute.post("/") { request, head in
            request.retain()
            let status = request.readBody { request, event in
                request.respond("\(event)")
                request.release()
            }
            statuses.update { $0.append(status) }
            if status < 0 {
                request.respond(head.body)
                request.release()
            }
        }
        try TestServer.run(setup, [route]) { server in
            let client = try server.client()
            try client.send(Self.head(length: 3) + pattern(3))
            #expect(try client.receiveResponse().body == pattern(3))
            try client.send(Self.head(length: 0))
            #expect(try client.receiveResponse().text == "end")
            #expect(statuses.current == [Int32(ZZZ_ERROR_STATE), 0])
        }
    }
}
