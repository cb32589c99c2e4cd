import Glibc
import Testing
import ZzzAppABI
import ZzzIO

@testable import ZzzServer

/// An app that holds a loop loses it: the request goes on, and so does everybody else.
@Suite("A loop goes to another thread while the app holds it")
struct HandOffTests {
    /// Longer than the stall limit of 20 ms.
    private static func block(milliseconds: Int32 = 120) { poll(nil, 0, milliseconds) }

    private struct Call: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let pattern: String
        let expected: String
        let handler: @Sendable (Request) -> Void

        init(_ name: String, expected: String = "late", _ handler: @escaping @Sendable (Request) -> Void) {
            testDescription = name
            pattern = "/" + name
            self.expected = expected
            self.handler = handler
        }
    }

    /// Each function that an app may call from the thread that has lost the loop.
    private static let calls: [Call] = [
        Call("respond") { #expect($0.respond("late") == 0) },
        Call("stream") {
            #expect($0.begin(first: "la") == 0)
            #expect($0.write("te") == 0)
            #expect($0.finish() == 0)
        },
        Call("inform") {
            #expect($0.inform(103) == 0)
            #expect($0.respond("late") == 0)
        },
        Call("retain") { request in
            #expect(request.retain() == 0)
            let thread = TestThread {
                block(milliseconds: 30)
                #expect(request.respond("late") == 0)
                #expect(request.release() == 0)
            }
            thread.join()
        },
        Call("peer") { #expect($0.respond($0.peer()?.host == "127.0.0.1" ? "late" : "no peer") == 0) },
        Call("loop") { #expect($0.respond($0.loop == 0 ? "late" : "no loop") == 0) },
        Call("twice") {
            #expect($0.respond("late") == 0)
            #expect($0.respond("never") == 0)  // refused on the loop, and reported there
        },
        Call("closing") { #expect($0.respond("late", close: true) == 0) },
    ]

    @Test("and each call of the app still does what it should", arguments: Setup.single, 0..<8)
    func call(setup: Setup, index: Int) throws {
        #expect(Self.calls.count == 8)
        let call = Self.calls[index]
        let routes = [
            TestRoute.get(call.pattern) { request, _ in
                Self.block()
                call.handler(request)
            },
            TestRoute.get("/quick") { request, _ in request.respond("quick") },
        ]
        try TestServer.run(setup, routes) { server in
            let slow = try server.client()
            try slow.send("GET \(call.pattern) HTTP/1.1\r\nHost: a\r\n\r\n")
            let start = milliseconds()
            #expect(try server.get("/quick").text == "quick")
            #expect(milliseconds() - start < 100, "the loop was held")
            var response = try slow.receiveResponse()
            if response.status == 103 { response = try slow.receiveResponse() }
            #expect(response.text == call.expected)
            #expect(server.eventually { server.total(\.handOffs) >= 1 })
            // The connection goes on where the response says so.
            if !response.closes { #expect(try slow.get("/quick").text == "quick") }
        }
    }

    @Test("and what is pipelined behind the request waits for it", arguments: Setup.single)
    func pipelining(setup: Setup) throws {
        let routes = [
            TestRoute.get("/slow") { request, _ in
                Self.block()
                request.respond("slow")
            },
            TestRoute.get("/quick") { request, _ in request.respond("quick") },
        ]
        try TestServer.run(setup, routes) { server in
            let client = try server.client()
            let heads = ["quick", "slow", "quick", "slow", "quick"].map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }
            try client.send(heads.joined())
            let texts = try (0..<5).map { _ in try client.receiveResponse().text }
            #expect(texts == ["quick", "slow", "quick", "slow", "quick"])
        }
    }

    @Test("while it reads a streamed body", arguments: Setup.single)
    func streamedBody(setup: Setup) throws {
        let route = TestRoute.stream("/upload") { request, _ in
            request.retain()
            Self.collect(request, Probe([]))
        }
        try TestServer.run(setup, [route]) { server in
            let client = try server.client()
            try client.send("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc")
            for piece in ["def", "ghi"] {
                poll(nil, 0, 40)
                try client.send(piece)
            }
            #expect(try client.receiveResponse().text == "abcdefghi")
        }
    }

    /// Blocks in each callback.
    private static func collect(_ request: Request, _ bytes: Probe<[UInt8]>) {
        request.readBody { request, event in
            block(milliseconds: 60)
            switch event {
            case .data(let piece):
                bytes.update { $0 += piece }
                collect(request, bytes)
            case .end:
                request.respond(bytes.current)
                request.release()
            case .failed: request.release()
            }
        }
    }

    @Test("and the client that leaves meanwhile is no trouble", arguments: Setup.single)
    func clientLeaves(setup: Setup) throws {
        let left = Probe(false)
        let status = Probe<Int32>(0)
        let route = TestRoute.get("/slow") { request, _ in
            request.onClosed { _ in left.set(true) }
            Self.block(milliseconds: 200)
            status.set(request.respond("late") == 0 ? 1 : 2)
        }
        try TestServer.run(setup, [route]) { server in
            let client = try server.client()
            try client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(server.eventually { server.total(\.handOffs) >= 1 })
            client.reset()
            #expect(status.awaitValue(1) || status.current == 2)
        }
    }

    @Test("a job that blocks, and one that asks for more", arguments: Setup.single)
    func jobs(setup: Setup) throws {
        let link = ServerLink()
        let done = Probe(0)
        try TestServer.run(setup, [TestRoute.get("/") { request, _ in request.respond("here") }]) { server in
            link.server = server.server
            link.post(loop: 0) {
                Self.block()
                link.post(loop: 0) { done.update { $0 += 1 } }
            }
            let start = milliseconds()
            let response = try server.get("/")
            #expect(response.text == "here")
            #expect(milliseconds() - start < 100)
            #expect(done.awaitValue(1))
        }
    }

    @Test("a route that has blocked is called off the loop, until it no longer blocks", arguments: Setup.single)
    func forecast(setup: Setup) throws {
        let isSlow = Probe(true)
        let route = TestRoute.get("/slow") { request, _ in
            if isSlow.current { Self.block(milliseconds: 60) }
            request.respond("done")
        }
        try TestServer.run(setup, [route]) { server in
            var isExpected: Bool { server.site.endpoints.pointee.forecast.isBlocking }
            let client = try server.client()
            #expect(!isExpected)
            for _ in 0..<3 {
                #expect(try client.get("/slow").text == "done")
                #expect(isExpected)
            }
            #expect(server.total(\.handOffs) >= 3)
            isSlow.set(false)
            for _ in 0..<Int(BlockingForecast.patience) { #expect(try client.get("/slow").text == "done") }
            // Another stall would be the machine's.
            #expect(server.eventually { !isExpected })
        }
    }

    @Test("many at once, on every loop", arguments: Setup.all)
    func many(setup: Setup) throws {
        let routes = [
            TestRoute.get("/slow") { request, _ in
                Self.block(milliseconds: 100)
                request.respond("slow")
            },
            TestRoute.get("/quick") { request, _ in request.respond("quick") },
        ]
        try TestServer.run(setup, routes) { server in
            let slow = try (0..<12).map { _ in try server.client() }
            for client in slow { try client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n") }
            for _ in 0..<5 { #expect(try server.get("/quick").text == "quick") }
            for client in slow { #expect(try client.receiveResponse().text == "slow") }
            for client in slow { #expect(try client.get("/quick").text == "quick") }
            let totals = server.site.routeActivity.totals(route: 0)
            #expect(totals.handOffs >= 1)
            #expect(totals.longestStallNanoseconds >= 15_000_000)
        }
    }
}
