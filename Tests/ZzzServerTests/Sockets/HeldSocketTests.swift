import CContainment
import Glibc
import Testing
import ZzzAppABI
import ZzzIO
import ZzzWebSocket

@testable import ZzzServer

/// Sockets that an app holds up, and those that it keeps beyond their end.
@Suite("Sockets that are held, and retained")
struct HeldSocketTests {
    /// An app whose socket is known to the test, which says what happens at the first message.
    private final class Held: Sendable {
        let handle = Probe<UInt>(0)
        let echo: SocketTests.Echo

        var pointer: OpaquePointer? { OpaquePointer(bitPattern: handle.current) }
        var events: [String] { echo.events.current }

        init(_ first: @escaping @Sendable (OpaquePointer?) throws -> Void) {
            let handle = handle
            echo = SocketTests.Echo { socket, kind, _ in
                guard kind == ZZZ_SOCKET_TEXT, handle.current == 0 else { return }
                do { try first(socket) } catch { Issue.record(error) }
                handle.set(UInt(bitPattern: socket))
            }
        }

        func route(_ pattern: String = "/ws", _ options: SocketOptions = SocketOptions()) -> TestRoute {
            var route = echo.route(options)
            route.pattern = pattern
            return route
        }
    }

    private static let echo: TestRoute = {
        var route = SocketTests.Echo().route()
        route.pattern = "/echo"
        return route
    }()

    /// Lets the loop turn some times.
    private func turn(_ socket: SocketClient) throws {
        for _ in 0..<5 {
            try socket.send("x")
            try socket.expect("x")
        }
    }

    @Test("a held client is not read from, and nothing of it is lost", arguments: Setup.singlePlain, [true, false])
    func holding(setup: Setup, isOnLoop: Bool) throws {
        let held = Held { if isOnLoop { try SocketCalls.hold($0) } }
        var options = SocketOptions()
        options.messageBytes = 1 << 20
        try TestServer.run(setup, [held.route("/ws", options), Self.echo]) { server in
            let (socket, other) = (try SocketClient(server, "/ws"), try SocketClient(server, "/echo"))
            try socket.send("hold")
            try #require(held.handle.wait { $0 != 0 })
            if !isOnLoop { try SocketCalls.hold(held.pointer) }
            try turn(other)
            let total = 40
            let sent = Probe(0)
            nonisolated(unsafe) let sender = socket  // used by one thread at a time
            let thread = TestThread {
                for number in 0..<total {
                    do {
                        try sender.send(binary: [UInt8](repeating: UInt8(number), count: 1 << 20))
                    } catch { Issue.record(error) }
                    sent.set(number + 1)
                }
            }
            // It gets rid of what the kernel takes, and no more.
            var before = -1
            while sent.current == 0 || sent.current != before {
                before = sent.current
                for _ in 0..<10 { try turn(other) }
            }
            #expect(sent.current < total)
            #expect(held.events == ["hold"])
            try SocketCalls.goOn(held.pointer)
            #expect(held.echo.events.wait { $0.count == total + 1 })
            thread.join()
            try socket.close()
            #expect(try socket.next() == .close(1000, ""))
        }
    }

    @Test("what lies in one read is handed out one by one", arguments: Setup.single)
    func oneByOne(setup: Setup) throws {
        let held = Held { try SocketCalls.hold($0) }
        try TestServer.run(setup, [held.route(), Self.echo]) { server in
            let (socket, other) = (try SocketClient(server, "/ws"), try SocketClient(server, "/echo"))
            // "a", "b" and "c", masked with nothing.
            try socket.client.send([UInt8]("abc".utf8).flatMap { [0x81, 0x81, 0, 0, 0, 0, $0] })
            try #require(held.handle.wait { $0 != 0 })
            try turn(other)
            #expect(held.events == ["a"])
            try SocketCalls.goOn(held.pointer)
            #expect(held.echo.events.wait { $0 == ["a", "b", "c"] })
        }
    }

    @Test("a held client is not silent", arguments: Setup.singlePlain)
    func silence(setup: Setup) throws {
        let held = Held { try SocketCalls.hold($0) }
        var options = SocketOptions()
        options.idleTimeoutMilliseconds = 200
        try TestServer.run(setup, [held.route("/ws", options), Self.echo]) { server in
            let (socket, other) = (try SocketClient(server, "/ws"), try SocketClient(server, "/echo"))
            try socket.send("a")
            try #require(held.handle.wait { $0 != 0 })
            let start = milliseconds()
            while milliseconds() < start + 1000 { try turn(other) }
            #expect(held.events == ["a"])
            try SocketCalls.goOn(held.pointer)
            // From here on it is.
            guard case .close(1000, _) = try socket.next() else {
                Issue.record("not closed")
                return
            }
        }
    }

    @Test("a client that leaves while it is held", arguments: Setup.single)
    func leaving(setup: Setup) throws {
        let held = Held { try SocketCalls.hold($0) }
        try TestServer.run(setup, [held.route(), Self.echo]) { server in
            let (socket, other) = (try SocketClient(server, "/ws"), try SocketClient(server, "/echo"))
            for text in ["a", "b"] { try socket.send(text) }
            try #require(held.handle.wait { $0 != 0 })
            socket.client.shutdownWrite()
            try turn(other)
            #expect(held.events == ["a"])
            try SocketCalls.goOn(held.pointer)
            #expect(held.echo.events.wait { $0 == ["a", "b", "closed 1006 "] })
        }
    }

    @Test("a retained socket keeps its generation", arguments: Setup.single)
    func retaining(setup: Setup) throws {
        let held = Held { try SocketCalls.retain($0) }
        let gone = Probe(false)
        var old: Site? = try TestApp.site(generation: 1, gone: gone, [held.route()])
        let activity = old!.activity
        let new = try TestApp.site(generation: 2, [Self.echo])
        try TestServer.run(setup, site: new) { server in
            server.server.publish(try SiteTable(sites: [old!]))
            old = nil
            let socket = try SocketClient(server, "/ws")
            try socket.send("a")
            try #require(held.handle.wait { $0 != 0 })
            server.server.publish(try SiteTable(sites: [new]))
            // It goes on in its old generation.
            try socket.send("b")
            #expect(held.echo.events.wait { $0.count == 2 })
            try socket.close()
            #expect(held.echo.events.wait { $0.last == "closed 1000 " })
            let other = try SocketClient(server, "/echo")
            try turn(other)
            #expect(activity.totals.sockets == 1 && !gone.current)
            #expect(server.server.sockets(limit: 9).count == 2)
            // From another thread these are for the loop to refuse.
            try SocketCalls.close(held.pointer, 1000, reason: "")
            try SocketCalls.goOn(held.pointer)
            try SocketCalls.release(held.pointer)
            #expect(gone.awaitValue(true))
            #expect(activity.totals.sockets == 0)
            try SocketCalls.release(held.pointer)
        }
    }

    @Test("what can be done with a socket that has closed, and one that is not retained", arguments: Setup.singlePlain)
    func refusals(setup: Setup) throws {
        let statuses = Probe<[Int32]>([])
        let calls: [@Sendable (OpaquePointer?) throws -> Void] = [
            { _ = try SocketCalls.send($0, UnsafeRawBufferPointer(start: nil, count: 0), isBinary: true) },
            { try SocketCalls.ping($0, UnsafeRawBufferPointer(start: nil, count: 0)) },
            { try SocketCalls.close($0, 1000, reason: "") }, SocketCalls.hold, SocketCalls.goOn, SocketCalls.retain,
            SocketCalls.release, SocketCalls.release,
        ]
        let held = Held { pointer in
            statuses.update { $0.append(Self.status { try SocketCalls.release(pointer) }) }
            try SocketCalls.retain(pointer)
        }
        try TestServer.run(setup, [held.route()]) { server in
            let link = ServerLink()
            link.server = server.server
            let socket = try SocketClient(server, "/ws")
            try socket.send("a")
            try #require(held.handle.wait { $0 != 0 })
            #expect(statuses.current == [Int32(ZZZ_ERROR_STATE)])
            socket.client.close()
            #expect(held.echo.events.wait { $0.last == "closed 1006 " })
            let pointer = Probe(held.handle.current)
            link.post(loop: 0) {
                for call in calls {
                    let status = Self.status { try call(OpaquePointer(bitPattern: pointer.current)) }
                    statuses.update { $0.append(status) }
                }
            }
            let gone = Int32(ZZZ_ERROR_GONE)
            #expect(statuses.wait { $0.dropFirst() == [gone, gone, gone, gone, gone, gone, 0, gone] })
        }
    }

    private static func status(_ body: () throws -> Void) -> Int32 {
        do {
            try body()
            return 0
        } catch { return (error as? RequestCalls.Refusal)?.status ?? .max }
    }

    @Test("the sockets of an app that is not served any more are closed", arguments: Setup.single)
    func removing(setup: Setup) throws {
        let held = Held { _ in }
        let app = try TestApp.site(name: "app", mount: "/app", [held.route()])
        let other = try TestApp.site(name: "other", [Self.echo])
        try TestServer.run(setup, site: other) { server in
            server.server.publish(try SiteTable(sites: [app, other]))
            let (socket, bystander) = (try SocketClient(server, "/app/ws"), try SocketClient(server, "/echo"))
            server.server.publish(try SiteTable(sites: [other]))
            #expect(try socket.next() == .close(1012, "the app is not served any more"))
            #expect(held.echo.events.wait { $0.last?.hasPrefix("closed 1012") == true })
            try turn(bystander)
        }
    }

    // MARK: Work on behalf of a socket

    private static let isInstalled: Bool = zzz_containment_install() == 0

    @Test("a fault in a job of a socket's ends the socket", arguments: Setup.single)
    func faults(setup: Setup) throws {
        try #require(Self.isInstalled)
        let held = Held { try SocketCalls.retain($0) }
        try TestServer.run(setup, [held.route(), Self.echo]) { server in
            let (socket, other) = (try SocketClient(server, "/ws"), try SocketClient(server, "/echo"))
            try socket.send("a")
            try #require(held.handle.wait { $0 != 0 })
            let link = ServerLink()
            link.server = server.server
            #expect(link.post(loop: 0, for: Request(held.pointer)) { fatalError("wanted by a test") })
            guard case .close(1011, _) = try socket.next() else {
                Issue.record("not closed")
                return
            }
            #expect(server.events.faults.wait { $0.count == 1 })
            #expect(server.events.faults.current.first?.work == .socket)
            #expect(server.events.faults.current.first?.outcome == .cut)
            #expect(server.eventually { server.site.activity.totals.sockets == 1 })
            try turn(other)
        }
    }

    @Test("a job that blocks does not hold the socket up", arguments: Setup.single)
    func blocking(setup: Setup) throws {
        let held = Held { _ in }
        let gate = Gate()
        try TestServer.run(setup, [held.route()]) { server in
            let socket = try SocketClient(server, "/ws")
            try socket.send("a")
            try #require(held.handle.wait { $0 != 0 })
            let link = ServerLink()
            link.server = server.server
            #expect(
                link.post(loop: 0, for: Request(held.pointer)) {
                    gate.isEntered.set(true)
                    _ = gate.isOpen.awaitValue(true)
                })
            #expect(gate.isEntered.awaitValue(true))
            for text in ["b", "c"] { try socket.send(text) }
            #expect(held.echo.events.wait { $0 == ["a", "b", "c"] })
            gate.isOpen.set(true)
            try socket.send("d")
            #expect(held.echo.events.wait { $0.last == "d" })
        }
    }

    private final class Gate: Sendable {
        let isEntered = Probe(false)
        let isOpen = Probe(false)
    }

    @Test("a callback that blocks is not called once more, also not for what became writable", arguments: Setup.single)
    func blockingCallback(setup: Setup) throws {
        let gate = Gate()
        let isInside = Probe(false)
        let overlaps = Probe(0)
        let kinds = Probe<[Int]>([])
        let echo = SocketTests.Echo { socket, kind, _ in
            if isInside.update({ inside in defer { inside = true }; return inside }) { overlaps.update { $0 += 1 } }
            defer { isInside.set(false) }
            kinds.update { $0.append(kind) }
            guard kind == ZZZ_SOCKET_TEXT else { return }
            let data = [UInt8](repeating: 0x41, count: 1 << 20)
            for _ in 0..<16 {
                // `try?`: the client reads slowly, and that is all that matters here.
                data.withUnsafeBytes { _ = try? SocketCalls.send(socket, $0, isBinary: true) }
            }
            gate.isEntered.set(true)
            _ = gate.isOpen.awaitValue(true)
        }
        var options = SocketOptions()
        options.queuedBytes = 20 << 20
        try TestServer.run(setup, [echo.route(options)]) { server in
            let socket = try SocketClient(server, "/ws", receiveBuffer: 4096)
            try socket.send("a")
            #expect(gate.isEntered.awaitValue(true))
            #expect(server.eventually { server.total(\.handOffs) >= 1 })
            for _ in 0..<16 { _ = try socket.next() }
            #expect(server.eventually { server.server.sockets(limit: 1).items.first?.queuedBytes == 0 })
            #expect(kinds.current == [ZZZ_SOCKET_TEXT])
            gate.isOpen.set(true)
            #expect(kinds.wait { $0 == [ZZZ_SOCKET_TEXT, ZZZ_SOCKET_WRITABLE] })
            #expect(overlaps.current == 0)
        }
    }
}
