import Testing
import ZzzAppABI
import ZzzWebSocket

@testable import ZzzServer

@Suite("WebSockets that an app handles itself")
struct SocketTests {
    /// What came, in words.
    final class Echo: Sendable {
        let events = Probe<[String]>([])
        let body: @Sendable (OpaquePointer?, Int, [UInt8]) -> Void

        init(_ body: @escaping @Sendable (OpaquePointer?, Int, [UInt8]) -> Void = { socket, kind, data in
            if kind == ZZZ_SOCKET_TEXT || kind == ZZZ_SOCKET_BINARY {
                _ = data.withUnsafeBytes { data in
                    // A client that has gone gets nothing.
                    try? SocketCalls.send(socket, data, isBinary: kind == ZZZ_SOCKET_BINARY)
                }
            }
        }) {
            self.body = body
        }

        func route(_ options: SocketOptions = SocketOptions(), answers: Probe<[Int32]>? = nil) -> TestRoute {
            .get("/ws") { request, _ in
                do throws(RequestCalls.Refusal) {
                    _ = try SocketCalls.accept(
                        request.handle, options,
                        { user, socket, event in
                            guard let user, let event else { return }
                            let echo = Unmanaged<Echo>.fromOpaque(user).takeUnretainedValue()
                            let data = Array(event.pointee.data.buffer)
                            let kind = Int(event.pointee.kind)
                            let isText = kind == ZZZ_SOCKET_TEXT || kind == ZZZ_SOCKET_CLOSED
                            let text = isText ? String(decoding: data, as: UTF8.self) : "\(data.count) bytes"
                            echo.events.update {
                                let isLast = kind == ZZZ_SOCKET_CLOSED
                                $0.append(isLast ? "closed \(event.pointee.close_code) \(text)" : text)
                            }
                            echo.body(socket, kind, data)
                        }, Unmanaged.passRetained(self).toOpaque())
                } catch {
                    answers?.update { $0.append(error.status) }
                }
            }
        }
    }

    @Test("messages of every size, both kinds, and the closing handshake", arguments: Setup.all)
    func echo(setup: Setup) throws {
        let echo = Echo()
        try TestServer.run(setup, [echo.route()]) { server in
            let socket = try SocketClient(server, "/ws")
            for size in [0, 1, 125, 126, 65_535, 65_536, 300_000] {
                let text = String(repeating: "x", count: size)
                try socket.send(text)
                try socket.expect(text)
                try socket.send(binary: [UInt8](repeating: 0xFE, count: size))
                #expect(try socket.next() == .binary([UInt8](repeating: 0xFE, count: size)))
            }
            try socket.close(.normal)
            #expect(try socket.next() == .close(1000, ""))
            #expect(echo.events.wait { $0.last == "closed 1000 " })
        }
    }

    @Test("compressed", arguments: Setup.singlePlain)
    func compressed(setup: Setup) throws {
        var options = SocketOptions()
        options.compression = SocketLimits.Compression()
        options.subprotocols = ["v2", "v1"]
        options.headers = [("X-Of-The-App", "yes")]
        try TestServer.run(setup, [Echo().route(options)]) { server in
            let socket = try SocketClient(
                server, "/ws",
                fields: ["Sec-WebSocket-Extensions: permessage-deflate", "Sec-WebSocket-Protocol: v1, v2"])
            #expect(socket.response.header("sec-websocket-protocol") == "v2")
            #expect(socket.response.header("x-of-the-app") == "yes")
            #expect(socket.response.header("sec-websocket-extensions")?.hasPrefix("permessage-deflate") == true)
            let text = (0..<20_000).map { "hello \($0 &* 7919 % 10_007) " }.joined()
            try socket.send(text)
            try socket.expect(text)
        }
    }

    @Test("a client that breaks a rule is closed with its code, and the app hears of it", arguments: Setup.single)
    func violations(setup: Setup) throws {
        var options = SocketOptions()
        options.messageBytes = 100
        options.fragments = 2
        let echo = Echo()
        let cases: [(bytes: [UInt8], code: UInt16)] = [
            ([0x81, 0x01, 0x41], 1002),  // not masked
            ([0x83, 0x80, 0, 0, 0, 0], 1002),  // a reserved opcode
            ([0x81, 0x81, 0, 0, 0, 0, 0xFF], 1007),  // not UTF-8
            ([0x82, 0xFE, 0x00, 0x7E, 0, 0, 0, 0], 1009),  // 126 bytes
            ([0x01, 0x80, 0, 0, 0, 0, 0x00, 0x80, 0, 0, 0, 0, 0x00, 0x80, 0, 0, 0, 0], 1009),  // three fragments
        ]
        try TestServer.run(setup, [echo.route(options)]) { server in
            for (number, (bytes, code)) in cases.enumerated() {
                let socket = try SocketClient(server, "/ws")
                try socket.client.send(bytes)
                guard case .close(code, _) = try socket.next() else {
                    Issue.record("case \(number) is not closed with \(code)")
                    continue
                }
                #expect(echo.events.wait { $0.count == number + 1 })
                #expect(echo.events.current.last?.hasPrefix("closed \(code)") == true)
            }
        }
    }

    @Test("what is no handshake is answered", arguments: Setup.single)
    func handshakes(setup: Setup) throws {
        let answers = Probe<[Int32]>([])
        try TestServer.run(setup, [Echo().route(answers: answers)]) { server in
            let plain = try server.get("/ws")
            #expect(plain.status == 426)
            #expect(plain.header("upgrade") == "websocket")
            let old = try server.get(
                "/ws", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")
            #expect(old.status == 426)
            #expect(old.header("sec-websocket-version") == "13")
            let bad = try server.get(
                "/ws", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                    + "Sec-WebSocket-Key: short\r\n")
            #expect(bad.status == 400)
            #expect(answers.wait { $0 == [Int32](repeating: Int32(ZZZ_ERROR_INVALID), count: 3) })
        }
    }

    @Test("a silent client is pinged, and closed", arguments: Setup.singlePlain)
    func silence(setup: Setup) throws {
        var options = SocketOptions()
        options.pingAfterMilliseconds = 100
        options.idleTimeoutMilliseconds = 400
        let echo = Echo()
        try TestServer.run(setup, [echo.route(options)]) { server in
            let socket = try SocketClient(server, "/ws")
            // It does not read, and so sends no pong.
            let bytes = try socket.client.receive(2)
            #expect(bytes == [0x89, 0x00])
            guard case .close(1000, _) = try socket.next() else {
                Issue.record("not closed")
                return
            }
        }
    }

    @Test("a reader is not slow because much is sent to it at once", arguments: Setup.single)
    func muchAtOnce(setup: Setup) throws {
        var options = SocketOptions()
        options.queuedBytes = 5_000
        let message = [UInt8](repeating: 0x41, count: 1_000)
        let echo = Echo { socket, kind, _ in
            guard kind == ZZZ_SOCKET_TEXT else { return }
            for _ in 0..<20 {
                // `try?`: the client sees what it does not get.
                _ = message.withUnsafeBytes { try? SocketCalls.send(socket, $0, isBinary: true) }
            }
        }
        try TestServer.run(setup, [echo.route(options)]) { server in
            let socket = try SocketClient(server, "/ws")
            try socket.send("go")
            for _ in 0..<20 { #expect(try socket.next() == .binary(message)) }
        }
    }

    @Test("a slow reader is closed with 1013, or does not get everything", arguments: Setup.singlePlain)
    func slowReader(setup: Setup) throws {
        for drops in [false, true] {
            var options = SocketOptions()
            options.queuedBytes = 100_000
            options.dropsWhenSlow = drops
            let statuses = Probe<[Int32]>([])
            let echo = Echo { socket, kind, _ in
                guard kind == ZZZ_SOCKET_TEXT else { return }
                let data = [UInt8](repeating: 0x41, count: 50_000)
                for _ in 0..<1000 {
                    let status: Int32 = data.withUnsafeBytes { data in
                        do throws(RequestCalls.Refusal) {
                            return try SocketCalls.send(socket, data, isBinary: true) ? 1 : 0
                        } catch { return error.status }
                    }
                    statuses.update { $0.append(status) }
                    if status < 0 { break }
                }
            }
            try TestServer.run(setup, [echo.route(options)]) { server in
                let socket = try SocketClient(server, "/ws", receiveBuffer: 4096)
                try socket.send("go")
                #expect(statuses.wait { $0.last ?? 0 < 0 })
                #expect(statuses.current.contains(1), "it is told to wait first")
                #expect(statuses.current.last == Int32(drops ? ZZZ_ERROR_LIMIT : ZZZ_ERROR_GONE))
                var last = SocketClient.Message.end
                for _ in statuses.current.dropLast() { last = try socket.next() }
                #expect(last == .binary([UInt8](repeating: 0x41, count: 50_000)))
                guard !drops else { return }
                guard case .close(1013, _) = try socket.next() else {
                    Issue.record("not closed with 1013")
                    return
                }
            }
        }
    }

    @Test("the server drains: 1012, in batches", arguments: Setup.single)
    func drain(setup: Setup) throws {
        try TestServer.run(
            setup, [Echo().route()],
            configure: {
                $0.limits.drainedSockets = 2
                $0.limits.drainPauseMilliseconds = 200
            }
        ) { server in
            let sockets = try (0..<5).map { _ in try SocketClient(server, "/ws") }
            for socket in sockets {
                try socket.send("x")
                try socket.expect("x")
            }
            let began = milliseconds()
            server.server.beginDraining()
            for socket in sockets { #expect(try socket.next() == .close(1012, "")) }
            #expect(milliseconds() - began >= 400, "three batches")
        }
    }

    @Test("a handshake that comes while the server drains is refused", arguments: Setup.singlePlain)
    func handshakeWhileDraining(setup: Setup) throws {
        try TestServer.run(setup, [Echo().route()]) { server in
            let client = try server.client()
            try client.send("GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
            #expect(server.eventually { server.server.snapshot().loops.reduce(0) { $0 + $1.active } == 1 })
            server.server.beginDraining()
            try client.send("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
            let answer = try client.receiveResponse()
            #expect(answer.status == 503 && answer.closes)
        }
    }

    @Test("other threads send, close and ping", arguments: Setup.single)
    func otherThreads(setup: Setup) throws {
        let handle = Probe<UInt>(0)
        let echo = Echo { socket, kind, data in
            if kind == ZZZ_SOCKET_TEXT { handle.set(UInt(bitPattern: socket)) }
        }
        try TestServer.run(setup, [echo.route()]) { server in
            let socket = try SocketClient(server, "/ws")
            try socket.send("x")
            #expect(handle.wait { $0 != 0 })
            let pointer = OpaquePointer(bitPattern: handle.current)
            for number in 0..<100 {
                _ = try Array("\(number)".utf8).withUnsafeBytes {
                    try SocketCalls.send(pointer, $0, isBinary: false)
                }
            }
            for number in 0..<100 { try socket.expect("\(number)") }
            try [1, 2, 3].withUnsafeBytes { try SocketCalls.ping(pointer, UnsafeRawBufferPointer(rebasing: $0[..<1])) }
            try SocketCalls.close(pointer, 4000, reason: "bye")
            #expect(try socket.next() == .close(4000, "bye"))
            #expect(echo.events.wait { $0.last?.hasPrefix("closed 4000") == true })
            #expect(throws: RequestCalls.Refusal.self) { try SocketCalls.close(pointer, 999, reason: "") }
        }
    }
}
