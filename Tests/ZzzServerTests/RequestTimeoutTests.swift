import CContainment
import Glibc
import Testing
import ZzzAppABI
import ZzzIO

@testable import ZzzServer

/// A handler that does not begin its response in time is answered for, and told.
@Suite("A request has a deadline")
struct RequestTimeoutTests {
    private static let quick = TestRoute.get("/quick") { request, _ in request.respond("quick") }

    private static func timeout(_ milliseconds: UInt64) -> (inout SiteLimits) -> Void {
        { $0.requestTimeoutMilliseconds = milliseconds }
    }

    @Test("503 within it and 200 ms, the app is told, and its late answer is refused", arguments: Setup.single)
    func retained(setup: Setup) throws {
        let told = Probe(false)
        let status = Probe<Int32>(0)
        let route = TestRoute.get("/never") { request, _ in
            request.retain()
            request.onClosed { request in
                told.set(true)
                status.set(request.respond("late"))
                request.release()
            }
        }
        try TestServer.run(setup, [route, Self.quick], limits: Self.timeout(300)) { server in
            let client = try server.client()
            let start = milliseconds()
            let response = try client.get("/never")
            #expect(response.status == 503)
            #expect((290...1_500).contains(milliseconds() - start))
            #expect(told.awaitValue(true))
            #expect(status.awaitValue(Int32(ZZZ_ERROR_GONE)))
            // The connection goes on.
            #expect(try client.get("/quick").text == "quick")
            #expect(server.site.routeActivity.totals(route: 0).timeouts == 1)
        }
    }

    @Test("a response that has begun has time", arguments: Setup.single)
    func begun(setup: Setup) throws {
        let route = TestRoute.get("/slow") { request, _ in
            request.retain()
            request.begin(first: "be")
            let thread = TestThread {
                poll(nil, 0, 500)
                request.write("gun")
                request.finish()
                request.release()
            }
            thread.join()
        }
        try TestServer.run(setup, [route], limits: Self.timeout(5_000)) { server in
            let response = try server.get("/slow")
            #expect(response.text == "begun")
        }
    }

    @Test("the time that the client takes for its body does not count", arguments: Setup.single)
    func slowBody(setup: Setup) throws {
        let route = TestRoute.stream("/upload") { request, _ in
            request.retain()
            Self.readToEnd(request)
        }
        try TestServer.run(setup, [route], limits: Self.timeout(150)) { server in
            let client = try server.client()
            try client.send("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n")
            for piece in ["a", "b", "c"] {
                poll(nil, 0, 250)
                try client.send(piece)
            }
            #expect(try client.receiveResponse().text == "read")
        }
    }

    private static func readToEnd(_ request: Request) {
        request.readBody { request, event in
            guard case .data = event else {
                request.respond("read")
                request.release()
                return
            }
            readToEnd(request)
        }
    }

    @Test("a handler that blocks past it comes back to a request that is gone", arguments: Setup.single)
    func blocked(setup: Setup) throws {
        let status = Probe<Int32>(0)
        let route = TestRoute.get("/block") { request, _ in
            poll(nil, 0, 600)
            status.set(request.respond("late"))
        }
        try TestServer.run(setup, [route, Self.quick], limits: Self.timeout(150)) { server in
            let client = try server.client()
            let start = milliseconds()
            #expect(try client.get("/block").status == 503)
            #expect(milliseconds() - start < 550)
            #expect(try client.get("/quick").text == "quick")
            // Posted to the loop, where the response has ended already.
            #expect(server.eventually { server.server.snapshot().loops.allSatisfy { $0.active == 0 } })
        }
    }

    @Test("an endless loop is frozen, and its processor time stops growing", arguments: Setup.single)
    func endless(setup: Setup) throws {
        try #require(zzz_containment_install() == 0)
        // An app whose code is this test's.
        let app = OpaquePointer(bitPattern: 0x5A5A_0000 + (setup.backend == .epoll ? 1 : 2))
        var (low, high): (UInt64, UInt64) = (0, 0)
        let here: @convention(c) () -> Void = {}
        let code = unsafeBitCast(here, to: UnsafeRawPointer.self)
        #expect(zzz_image_add(code, UnsafeMutableRawPointer(app), &low, &high))
        let route = TestRoute.get("/spin") { _, _ in Self.spin() }
        try TestServer.run(setup, site: TestApp.site(limits: {
            var limits = SiteLimits()
            limits.requestTimeoutMilliseconds = 100
            return limits
        }(), app: app, [route, Self.quick])) { server in
            let client = try server.client()
            #expect(try client.get("/spin").status == 503)
            #expect(try client.get("/quick").text == "quick")
            #expect(server.eventually { server.events.faults.current.first?.kind == .endlessLoop })
        }
    }

    @inline(never)
    private static func spin() {
        var number: UInt64 = 1
        while number != 0 { number = number &* 6_364_136_223_846_793_005 | 1 }
    }
}
