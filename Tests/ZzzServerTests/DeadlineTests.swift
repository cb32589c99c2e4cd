import Testing
import ZzzAppABI

@testable import ZzzServer

/// What happens to a peer that takes its time. The times are short, and the tests wait for what follows from them.
@Suite struct DeadlineTests {
    private static let routes = [
        TestRoute.get("/") { request, _ in request.respond("hello") },
        TestRoute.post("/") { request, head in request.respond(head.body) },
        TestRoute.stream("/stream") { request, _ in StreamedBodyTests.Reader().start(request) },
    ]

    /// How long `body` takes, in milliseconds.
    private static func time(_ body: () throws -> Void) rethrows -> Int {
        let start = milliseconds()
        try body()
        return milliseconds() - start
    }

    @Test(arguments: Setup.all)
    func aHeadThatDoesNotEndIs408(_ setup: Setup) throws {
        try TestServer.run(setup, Self.routes, configure: { $0.limits.headerDeadlineMilliseconds = 300 }) { server in
            let first = try server.client()
            let second = try server.client()
            #expect(try second.get("/").text == "hello")
            for client in [first, second] {
                let duration = try Self.time {
                    try client.send("GET / HTTP/1.1\r\nHost: a\r\nX-")
                    let answer = try client.receiveResponse()
                    #expect(answer.status == 408)
                    #expect(answer.closes)
                    try client.expectEnd()
                }
                #expect(duration >= 150)
            }
            #expect(server.site.activity.totals.requests == 1)
        }
    }

    /// A byte now and then does not help: the deadline counts from the first one, or from accept on a new connection.
    @Test(arguments: Setup.all, [false, true])
    func theDeadlineOfAHeadIsAbsolute(_ setup: Setup, isKept: Bool) throws {
        try TestServer.run(setup, Self.routes, configure: { $0.limits.headerDeadlineMilliseconds = 600 }) { server in
            let client = try server.client()
            if isKept { #expect(try client.get("/").text == "hello") }
            let duration = try Self.time {
                // A new connection has let most of its time pass without a byte.
                if !isKept { #expect(!client.hasInput(withinMilliseconds: 350)) }
                try client.send("GET / HTTP/1.1\r\n")
                while !client.hasInput(withinMilliseconds: 20) { _ = client.sendSome(Array("X-A: b\r\n".utf8)) }
                #expect(try client.receiveResponse().status == 408)
            }
            #expect(duration >= 500)
            #expect(duration < 4_000)
        }
    }

    @Test(arguments: Setup.all)
    func aNewConnectionWithoutARequestIsClosed(_ setup: Setup) throws {
        try TestServer.run(setup, Self.routes, configure: { $0.limits.headerDeadlineMilliseconds = 200 }) { server in
            let client = try server.client()
            let duration = try Self.time { try client.expectEnd() }
            #expect(duration >= 150)
        }
    }

    @Test(arguments: Setup.all)
    func anIdleConnectionIsClosedWithoutAWord(_ setup: Setup) throws {
        try TestServer.run(setup, Self.routes, configure: { $0.limits.keepAliveIdleMilliseconds = 250 }) { server in
            let client = try server.client()
            for _ in 0..<3 { #expect(try client.get("/").text == "hello") }
            let duration = try Self.time { try client.expectEnd() }
            #expect(duration >= 200)
        }
    }

    /// The same after an answer from another thread, and after one that was streamed.
    @Test(arguments: Setup.all)
    func anIdleConnectionIsClosedAfterALateAnswer(_ setup: Setup) throws {
        let route = TestRoute.get("/") { request, _ in
            request.retain()
            _ = TestThread {
                request.begin(first: "hel")
                request.write("lo")
                request.finish()
                request.release()
            }
        }
        try TestServer.run(setup, [route], configure: { $0.limits.keepAliveIdleMilliseconds = 250 }) { server in
            let client = try server.client()
            #expect(try client.get("/").text == "hello")
            let duration = try Self.time { try client.expectEnd() }
            #expect(duration >= 200)
        }
    }

    /// An empty line is no request that takes too long (RFC 9112 section 2.2).
    @Test(arguments: Setup.all)
    func anEmptyLineAloneIsClosedWithoutAWord(_ setup: Setup) throws {
        try TestServer.run(setup, Self.routes, configure: { $0.limits.headerDeadlineMilliseconds = 200 }) { server in
            let client = try server.client()
            #expect(try client.get("/").text == "hello")
            try client.send("\r\n")
            try client.expectEnd()
        }
    }

    @Test(arguments: Setup.all, ["/", "/stream"])
    func aBodyThatStopsIs408(_ setup: Setup, path: String) throws {
        try TestServer.run(setup, Self.routes, limits: { $0.bodyIdleMilliseconds = 300 }) { server in
            let client = try server.client()
            try client.send("POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n")
            // Each piece gives it new time.
            for _ in 0..<3 {
                #expect(!client.hasInput(withinMilliseconds: 150))
                try client.send("a")
            }
            let duration = try Self.time {
                let answer = try client.receiveResponse()
                #expect(answer.status == 408)
                #expect(answer.closes)
                try client.expectEnd()
            }
            #expect(duration >= 200)
        }
    }

    /// The client is not to blame for a handler that does not read.
    @Test(arguments: Setup.all)
    func aBodyThatNobodyReadsHasNoDeadline(_ setup: Setup) throws {
        let waiting = Probe<Request?>(nil)
        let route = TestRoute.stream("/") { request, _ in
            request.retain()
            request.readBody { request, _ in waiting.set(request) }
        }
        try TestServer.run(
            setup, [route], configure: { $0.limits.headerDeadlineMilliseconds = 100 },
            limits: { $0.bodyIdleMilliseconds = 150 }
        ) { server in
            let client = try server.client()
            try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n")
            #expect(!client.hasInput(withinMilliseconds: 20))
            try client.send("hel")
            try #require(waiting.wait { $0 != nil })
            #expect(!client.hasInput(withinMilliseconds: 500), "no deadline while the app is busy")
            try client.send("lo")
            waiting.current!.readBody { request, event in
                request.respond("\(event)")
                request.release()
            }
            #expect(try client.receiveResponse().text == "data([108, 111])")
        }
    }

    /// The deadlines of a head and of an idle connection mean nothing once a handler has the request, whatever it is
    /// doing.
    @Test(arguments: Setup.all)
    func anEarlierDeadlineDoesNothingInALaterPhase(_ setup: Setup) throws {
        let waiting = Probe<Request?>(nil)
        let large = [UInt8](repeating: 0x61, count: 900_000)
        let routes = [
            TestRoute.get("/late") { request, _ in
                request.retain()
                waiting.set(request)
            },
            // Most of what it has written waits for a slow reader, below the high-water mark.
            TestRoute.get("/slow") { request, _ in
                request.retain()
                request.begin(length: Int64(large.count) + 3)
                request.write(large)
                waiting.set(request)
            },
            TestRoute.stream("/body") { request, _ in
                request.retain()
                request.readBody { request, event in
                    request.respond("\(event)")
                    request.release()
                }
            },
        ]
        try TestServer.run(
            setup, routes,
            configure: {
                $0.limits.headerDeadlineMilliseconds = 150
                $0.limits.keepAliveIdleMilliseconds = 150
            }
        ) { server in
            for _ in 0..<2 {
                let client = try server.client(receiveBuffer: 16_384)
                try client.send("GET /late HTTP/1.1\r\nHost: a\r\n\r\n")
                try #require(waiting.wait { $0 != nil })
                #expect(!client.hasInput(withinMilliseconds: 500))
                waiting.current!.respond("late")
                waiting.update { $0!.release(); $0 = nil }
                #expect(try client.receiveResponse().text == "late")

                try client.send("POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n")
                #expect(!client.hasInput(withinMilliseconds: 500))
                try client.send("A")
                #expect(try client.receiveResponse().text == "data([65])")

                try client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
                try #require(waiting.wait { $0 != nil })
                _ = try client.receiveHead()
                // Nothing is read for longer than any deadline but the one for writing.
                #expect(server.eventually(afterMilliseconds: 500) { true })
                waiting.current!.write("end")
                waiting.current!.finish()
                waiting.update { $0!.release(); $0 = nil }
                #expect(try client.receive(large.count + 3) == large + Array("end".utf8))
            }
        }
    }

    @Test(arguments: Setup.all, ["/whole", "/streamed", "/posted", "/file", "/closing"])
    func aPeerThatReadsNothingIsCut(_ setup: Setup, path: String) throws {
        let large = [UInt8](repeating: 0x61, count: 30_000_000)
        let file = try TemporaryFile(large)
        let routes = [
            TestRoute.get("/whole") { request, _ in request.respond(large) },
            TestRoute.get("/closing") { request, _ in request.respond(large, close: true) },
            TestRoute.get("/streamed") { request, _ in
                request.retain()
                request.begin()
                request.write(large)
                request.onClosed { $0.release() }
            },
            TestRoute.get("/posted") { request, _ in
                request.retain()
                _ = TestThread {
                    request.respond(large)
                    request.release()
                }
            },
            TestRoute.get("/file") { request, _ in
                request.sendFile(file.open(), offset: 0, length: large.count)
            },
        ]
        try TestServer.run(
            setup, routes, configure: { $0.limits.writeStallMilliseconds = 300 },
            limits: { $0.writeStallMilliseconds = 300 }
        ) { server in
            let client = try server.client(receiveBuffer: 16_384)
            let start = milliseconds()
            try client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(server.eventually { server.total(\.stalled) == 1 })
            #expect(milliseconds() - start >= 250)
            #expect(server.eventually { server.server.openConnections == 0 })
        }
    }

    @Test(arguments: Setup.all)
    func aPeerThatReadsSlowlyIsNotCut(_ setup: Setup) throws {
        let large = [UInt8](repeating: 0x61, count: 6_000_000)
        let route = TestRoute.get("/") { request, _ in request.respond(large) }
        try TestServer.run(
            setup, [route], configure: { $0.limits.writeStallMilliseconds = 400 },
            limits: { $0.writeStallMilliseconds = 400 }
        ) { server in
            let client = try server.client(receiveBuffer: 65_536)
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try client.receiveHead()
            let start = milliseconds()
            var received = 0
            while received < large.count {
                // Reads for over a second in all, and never pauses for long.
                if milliseconds() - start < 1_200 { #expect(server.eventually(afterMilliseconds: 40) { true }) }
                let count = try client.receiveSome(400_000).count
                try #require(count > 0, "the connection ended after \(received) bytes")
                received += count
            }
            #expect(received == large.count)
            #expect(server.total(\.stalled) == 0)
        }
    }
}
