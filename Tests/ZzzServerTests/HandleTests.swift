import Testing
import ZzzAppABI

@testable import ZzzServer

/// Handles that name nothing: an app may hold on to one, or make one up, and nothing happens.
@Suite struct HandleTests {
    private static func everyCall(_ request: Request) -> [Int32] {
        [
            request.respond("x"), request.begin(), request.write("x"), request.finish(), request.inform(103),
            request.abort(), request.sendFile(-1, offset: 0, length: 1), request.upgrade([("upgrade", "x")]),
            request.readBody { _, _ in }, request.onClosed { _ in }, request.onWritable { _ in }, request.release(),
            request.retain(), request.trailers() == nil ? Int32(ZZZ_ERROR_GONE) : 0,
            request.peer() == nil ? Int32(ZZZ_ERROR_GONE) : 0,
            request.tls() == nil ? Int32(ZZZ_ERROR_GONE) : 0, request.loop == nil ? Int32(ZZZ_ERROR_GONE) : 0,
        ]
    }

    private static func bits(worker: UInt64, _ slot: Int, _ serial: Int) -> UInt64 {
        worker << 56 | UInt64(slot) << 32 | UInt64(serial)
    }

    private static let allGone = [Int32](repeating: Int32(ZZZ_ERROR_GONE), count: 17)

    @Test(arguments: Setup.all)
    func aHandleIsDeadWhenItsRequestHasEnded(_ setup: Setup) throws {
        let old = Probe<Request?>(nil)
        let calls = Probe<[Int32]>([])
        let routes = [
            TestRoute.get("/") { request, _ in
                old.set(request)
                request.respond("first")
            },
            TestRoute.get("/again") { request, _ in
                // The slot is in use again, by this request: the old handle does not reach it.
                calls.set(Self.everyCall(old.current!))
                request.respond("second")
            },
        ]
        try TestServer.run(setup, routes) { server in
            let client = try server.client()
            #expect(try client.get("/").text == "first")
            #expect(Self.everyCall(old.current!) == Self.allGone, "from another thread")
            #expect(try client.get("/again").text == "second")
            #expect(calls.current == Self.allGone)
        }
    }

    @Test(arguments: Setup.all)
    func aMadeUpHandleIsGone(_ setup: Setup) throws {
        let wrong = Probe<[UInt64]>([])
        let held = Probe<Request?>(nil)
        let routes = [
            TestRoute.get("/garbage") { request, _ in
                var state = UInt64(0x1234_5678_9ABC_DEF1)
                let own = UInt64(UInt(bitPattern: request.handle))
                func check(_ bits: UInt64) {
                    if bits != own, Self.everyCall(Request(bits: bits)) != Self.allGone {
                        wrong.update { $0.append(bits) }
                    }
                }
                // Every slot of the first chunk with every serial it may have had, in use or not; and random bits.
                for slot in 0..<70 { for serial in 0..<12 { check(Self.bits(worker: own >> 56, slot, serial)) } }
                for _ in 0..<2_000 {
                    state ^= state << 13
                    state ^= state >> 7
                    state ^= state << 17
                    check(state)
                    check(state & 0xFF_0000_00FF_FFFF)
                }
                check(0)
                check(.max)
                request.respond("fine")
            },
            TestRoute.get("/") { request, _ in request.respond("fine") },
        ]
        try TestServer.run(setup, routes) { server in
            let client = try server.client()
            for _ in 0..<3 { #expect(try client.get("/").text == "fine") }
            #expect(try client.get("/garbage").text == "fine")
            #expect(wrong.current == [])
            for _ in 0..<3 { #expect(try client.get("/").text == "fine") }
            _ = held
        }
    }

    /// While its head or its body is still arriving, a request is nobody's.
    @Test(arguments: Setup.all)
    func aRequestThatIsStillArrivingHasNoHandle(_ setup: Setup) throws {
        let statuses = Probe<[[Int32]]>([])
        let route = TestRoute.post("/") { request, head in request.respond(head.body) }
        let guess = TestRoute.get("/guess") { request, _ in
            let own = UInt64(UInt(bitPattern: request.handle))
            for slot in 0..<4 {
                for serial in 0..<8 {
                    let bits = Self.bits(worker: own >> 56, slot, serial)
                    if bits != own { statuses.update { $0.append(Self.everyCall(Request(bits: bits))) } }
                }
            }
            request.respond("guessed")
        }
        try TestServer.run(setup, [route, guess]) { server in
            let inHead = try server.client()
            try inHead.send("POST / HTTP/1.1\r\nHos")
            let inBody = try server.client()
            try inBody.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab")
            #expect(server.eventually { server.server.snapshot().loops.reduce(0) { $0 + $1.active } == 2 })
            for _ in 0..<(setup.loops * 4) { #expect(try server.get("/guess").text == "guessed") }
            #expect(statuses.current.allSatisfy { $0 == Self.allGone })
            try inHead.send("t: a\r\nContent-Length: 1\r\n\r\nx")
            #expect(try inHead.receiveResponse().text == "x")
            try inBody.send("cd")
            #expect(try inBody.receiveResponse().text == "abcd")
        }
    }
}
