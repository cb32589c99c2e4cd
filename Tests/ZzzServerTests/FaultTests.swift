import CContainment
import Glibc
import Testing
import ZzzAppABI
import ZzzIO

@testable import ZzzServer

/// A fault in an app's code costs its request and its thread. The tests trap in this very process, and go on.
@Suite("A fault in an app costs one request")
struct FaultTests {
    /// Installs the handlers, once for the process.
    private static let isInstalled: Bool = zzz_containment_install() == 0

    enum Kind: String, CaseIterable, Sendable {
        case trap, segfault, abort, overflow

        var signal: Int32 {
            switch self {
            case .trap: SIGILL
            case .segfault, .overflow: SIGSEGV
            case .abort: SIGABRT
            }
        }

        @inline(never)
        func happen() {
            switch self {
            case .trap: fatalError("wanted by a test")
            case .segfault: UnsafeMutablePointer<Int>(bitPattern: 8)!.pointee = 1
            case .abort: Glibc.abort()
            case .overflow: _ = Self.recurse(1)
            }
        }

        @inline(never)
        private static func recurse(_ depth: Int) -> Int { depth == 0 ? 0 : recurse(depth + 1) + 1 }
    }

    private static let quick = TestRoute.get("/quick") { request, _ in request.respond("quick") }

    @Test("in a handler: 500, and everybody else goes on", arguments: Setup.single, Kind.allCases)
    func handler(setup: Setup, kind: Kind) throws {
        try #require(Self.isInstalled)
        let route = TestRoute.get("/fault") { _, _ in kind.happen() }
        try TestServer.run(setup, [route, Self.quick]) { server in
            let other = try server.client()
            #expect(try other.get("/quick").text == "quick")
            let client = try server.client()
            let response = try client.get("/fault")
            #expect(response.status == 500)
            #expect(!response.closes)
            #expect(try client.get("/quick").text == "quick")
            #expect(try other.get("/quick").text == "quick")
            let fault = try #require(server.events.faults.current.first)
            #expect(fault.kind == .signal(kind.signal))
            #expect(fault.outcome == .answered(500))
            #expect(fault.route == 0)
            #expect(fault.work == .request)
            #expect(fault.isStackOverflow == (kind == .overflow))
            #expect(fault.frames.count > 3)
            #expect(server.site.routeActivity.totals(route: 0).faults == 1)
        }
    }

    @Test("after the response has begun: the connection is cut", arguments: Setup.single)
    func streaming(setup: Setup) throws {
        try #require(Self.isInstalled)
        let route = TestRoute.get("/fault") { request, _ in
            request.begin(first: "half")
            Kind.trap.happen()
        }
        try TestServer.run(setup, [route, Self.quick]) { server in
            let client = try server.client()
            try client.send("GET /fault HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.receiveHead().status == 200)
            let rest = client.receiveToEnd()
            #expect(String(decoding: rest, as: UTF8.self).contains("half"))
            #expect(!String(decoding: rest, as: UTF8.self).hasSuffix("0\r\n\r\n"))
            #expect(try server.get("/quick").text == "quick")
            #expect(server.eventually { server.events.faults.current.first?.outcome == .cut })
        }
    }

    @Test("after the response: the client has it", arguments: Setup.single)
    func afterTheResponse(setup: Setup) throws {
        try #require(Self.isInstalled)
        let route = TestRoute.get("/fault") { request, _ in
            request.respond("whole")
            Kind.trap.happen()
        }
        try TestServer.run(setup, [route, Self.quick]) { server in
            let client = try server.client()
            #expect(try client.get("/fault").text == "whole")
            #expect(try client.get("/quick").text == "quick")
            #expect(server.eventually { server.events.faults.current.first?.outcome == .answered(200) })
        }
    }

    @Test("in a job for a request, and in one for nobody", arguments: Setup.single)
    func jobs(setup: Setup) throws {
        try #require(Self.isInstalled)
        let link = ServerLink()
        let route = TestRoute.get("/fault") { request, _ in
            request.retain()
            link.post(loop: 0, for: request) { Kind.trap.happen() }
        }
        try TestServer.run(setup, [route, Self.quick]) { server in
            link.server = server.server
            let response = try server.get("/fault")
            #expect(response.status == 500)
            link.post(loop: 0) { Kind.trap.happen() }
            #expect(server.eventually { server.events.faults.current.count == 2 })
            #expect(server.events.faults.current.map(\.work) == [.request, .job])
            #expect(try server.get("/quick").text == "quick")
        }
    }

    @Test("in a callback: while a body arrives, and when the client has left", arguments: Setup.single)
    func callbacks(setup: Setup) throws {
        try #require(Self.isInstalled)
        let routes = [
            TestRoute.stream("/body") { request, _ in
                request.retain()
                request.readBody { _, _ in Kind.trap.happen() }
            },
            TestRoute.get("/closed") { request, _ in
                request.retain()
                request.onClosed { _ in Kind.trap.happen() }
            },
            Self.quick,
        ]
        try TestServer.run(setup, routes) { server in
            let client = try server.client()
            #expect(try client.ask("POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc").status == 500)
            let leaver = try server.client()
            try leaver.send("GET /closed HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(server.eventually { server.site.activity.totals.requests == 2 })
            leaver.reset()
            #expect(server.eventually { server.events.faults.current.count == 2 })
            #expect(server.events.faults.current.last?.outcome == .nobodyWaited)
            #expect(try server.get("/quick").text == "quick")
        }
    }

    @Test("on a thread that has lost the loop before", arguments: Setup.single)
    func afterAHandOff(setup: Setup) throws {
        try #require(Self.isInstalled)
        let route = TestRoute.get("/fault") { _, _ in
            poll(nil, 0, 100)
            Kind.trap.happen()
        }
        try TestServer.run(setup, [route, Self.quick]) { server in
            let client = try server.client()
            #expect(try client.get("/fault").status == 500)
            #expect(try client.get("/quick").text == "quick")
            #expect(server.total(\.handOffs) >= 1)
            #expect(server.events.faults.current.first?.outcome == .answered(500))
        }
    }

    @Test("empties the request's temporary files, unless they have got a name", arguments: Setup.single)
    func temporaryFiles(setup: Setup) throws {
        try #require(Self.isInstalled)
        let files = try (0..<3).map { _ in try TemporaryFile(pattern(1_000)) }
        let descriptors = files.map { Glibc.open($0.path, O_RDWR | O_CLOEXEC) }
        defer { for descriptor in descriptors { close(descriptor) } }
        // The first and the last have no name any more.
        unlink(files[0].path)
        unlink(files[2].path)
        let routes = [
            TestRoute.get("/fault") { request, _ in
                for descriptor in descriptors[..<2] { #expect(request.keepTemporaryFile(dup(descriptor)) == 0) }
                Kind.trap.happen()
            },
            TestRoute.get("/quick") { request, _ in
                #expect(request.keepTemporaryFile(dup(descriptors[2])) == 0)
                request.respond("quick")
            },
        ]
        try TestServer.run(setup, routes) { server in
            let client = try server.client()
            #expect(try client.get("/quick").text == "quick")
            #expect(try client.get("/fault").status == 500)
            let sizes = descriptors.map { descriptor in
                var status = stat()
                fstat(descriptor, &status)
                return Int(status.st_size)
            }
            #expect(sizes == [0, 1_000, 1_000])
            #expect(server.eventually { files[1].openDescriptors == 1 })
        }
    }

    @Test("handles of the request are dead afterwards", arguments: Setup.single)
    func handles(setup: Setup) throws {
        try #require(Self.isInstalled)
        let kept = Probe<UInt64>(0)
        let route = TestRoute.get("/fault") { request, _ in
            request.retain()
            kept.set(UInt64(UInt(bitPattern: request.handle)))
            Kind.trap.happen()
        }
        try TestServer.run(setup, [route, Self.quick]) { server in
            let client = try server.client()
            #expect(try client.get("/fault").status == 500)
            #expect(try client.get("/quick").text == "quick")
            #expect(Request(bits: kept.current).respond("late") == Int32(ZZZ_ERROR_GONE))
            #expect(Request(bits: kept.current).release() == Int32(ZZZ_ERROR_GONE))
        }
    }

    @Test("what was pipelined behind it is answered", arguments: Setup.single)
    func pipelining(setup: Setup) throws {
        try #require(Self.isInstalled)
        let route = TestRoute.get("/fault") { _, _ in Kind.trap.happen() }
        try TestServer.run(setup, [route, Self.quick]) { server in
            let client = try server.client()
            let heads = ["quick", "fault", "quick"].map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }
            try client.send(heads.joined())
            let statuses = try (0..<3).map { _ in try client.receiveResponse().status }
            #expect(statuses == [200, 500, 200])
        }
    }
}
