import Testing
import ZzzAppABI

@testable import Zzz

/// WebSockets that a task serves.
@Suite struct AsyncWebSocketTests {
    private let host = FakeHost()
    private var journal: Journal { host.channels.journal }

    init() throws {
        let (journal, gate) = (host.channels.journal, host.channels.gate)
        try host.load {
            webSocket("/echo") { _ in
                { socket in for try await message in socket.messages { try await socket.send(message) } }
            }
            webSocket("/rooms/:name", subprotocols: ["a"]) { context in
                let name = try context.params.require("name")
                guard name != "closed" else { throw Abort(.forbidden) }
                context.setHeader("X-Room", name)
                return { socket in
                    try await socket.send("hello \(name)")
                    for try await message in socket.messages { try await Self.answer(message, socket) }
                    journal.write("ended \(socket.closed?.code.rawValue ?? 0) \(Task.isCancelled)")
                }
            }
            webSocket("/slow") { _ in
                { socket in
                    for try await message in socket.messages {
                        journal.write(message.text)
                        await gate.wait()
                    }
                    journal.write("ended \(Task.isCancelled)")
                }
            }
            webSocket("/children") { _ in
                { socket in
                    await withThrowingTaskGroup(of: Void.self) { group in
                        for number in 1...2 {
                            group.addTask { for try await _ in socket.messages { journal.write("\(number)") } }
                        }
                        do { _ = try await group.next() } catch { journal.write("\(error)") }
                        group.cancelAll()
                        do { _ = try await group.next() } catch { journal.write("\(type(of: error))") }
                    }
                }
            }
        }
    }

    private static func answer(_ message: WebSocketMessage, _ socket: AsyncWebSocket) async throws {
        switch message.text {
        case "json": try await socket.send(json: ["a": 1])
        case "bytes": try await socket.send([65, 66])
        case "decode": _ = try message.decode(Int.self)
        case "crash": throw MisuseError("crashed")
        case "gone": throw HostError("push", code: HostStatus.gone)
        case "close": try socket.close(4001, reason: "enough")
        case "two": for text in ["one", "two"] { try await socket.send(text) }
        default: try await socket.send("\(message.text) \(message.isBinary)")
        }
    }

    private func open(_ path: String = "/rooms/one") throws -> FakeWebSocket {
        #expect(host.get(path).status == 101)
        return try #require(host.channels.webSockets.last)
    }

    private func end(_ socket: FakeWebSocket, _ code: UInt16 = 1000) {
        socket.receive(ZZZ_SOCKET_CLOSED, code: code)
        host.channels.gate.open()
        host.drain()
        #expect(socket.retains == 0)
    }

    @Test func messages() throws {
        let socket = try open()
        #expect(socket.retains == 1)
        let request = socket.options
        #expect(request.subprotocols == "a" && request.headers.contains { $0 == ("X-Room", "one") })
        for text in ["json", "bytes", "x"] { socket.receive(ZZZ_SOCKET_TEXT, text) }
        socket.receive(ZZZ_SOCKET_BINARY, "raw")
        #expect(socket.sent == ["text hello one", #"text {"a":1}"#, "binary AB", "text x false", "text raw true"])
        end(socket)
        #expect(journal.take() == ["ended 1000 true"])
        #expect(host.log.isEmpty)
    }

    /// Whoever waits for a message is woken within the host's call: nothing is posted.
    @Test func noTurnOfTheLoopIsLost() throws {
        let socket = try open("/echo")
        let posted = host.postedCount
        for number in 0..<100 { socket.receive(ZZZ_SOCKET_TEXT, "\(number)") }
        #expect(socket.sent == (0..<100).map { "text \($0)" })
        #expect(host.postedCount == posted && !socket.isHeld)
        end(socket)
    }

    @Test func refusing() throws {
        #expect(host.get("/rooms/closed").status == 403)
        #expect(host.get("/echo", headers: [("Origin", "https://evil.org")]).status == 403)
        host.channels.acceptStatus = (HostStatus.invalid, "no Upgrade")
        #expect(host.get("/echo").status == 426)
        #expect(host.channels.webSockets.isEmpty && host.log.allSatisfy { !$0.message.contains("crash") })
    }

    // MARK: Slow ones

    @Test(arguments: [(count: 16, size: 1), (count: 4, size: 16 << 10), (count: 1, size: 64 << 10)])
    func whatIsNotTakenHoldsTheClient(_ limit: (count: Int, size: Int)) throws {
        let socket = try open("/slow")
        socket.receive(ZZZ_SOCKET_TEXT, "first")
        let texts = (0..<limit.count).map { String(repeating: "\($0 % 10)", count: limit.size) }
        for text in texts.dropLast() { socket.receive(ZZZ_SOCKET_TEXT, text) }
        #expect(!socket.isHeld)
        socket.receive(ZZZ_SOCKET_TEXT, texts.last ?? "")
        #expect(socket.isHeld)
        // One that was on its way.
        socket.receive(ZZZ_SOCKET_TEXT, "last")
        for _ in texts.indices {
            #expect(socket.isHeld)
            host.channels.gate.open()
            host.drain()
        }
        #expect(socket.isHeld)
        host.channels.gate.open()
        host.drain()
        #expect(!socket.isHeld)
        #expect(journal.take() == ["first"] + texts + ["last"])
        end(socket)
        #expect(journal.take() == ["ended true"])
    }

    @Test func sendingWaitsForASlowClient() throws {
        let socket = try open()
        socket.sent = []
        socket.sendStatus = HostStatus.wait
        socket.receive(ZZZ_SOCKET_TEXT, "two")
        #expect(socket.sent == ["text one"])
        socket.receive(ZZZ_SOCKET_WRITABLE)
        #expect(socket.sent == ["text one", "text two"])
        socket.sendStatus = 0
        socket.receive(ZZZ_SOCKET_WRITABLE)
        socket.receive(ZZZ_SOCKET_TEXT, "x")
        #expect(socket.sent.last == "text x false")
        end(socket)
    }

    @Test func sendingEndsWithTheSocket() throws {
        let socket = try open()
        socket.sendStatus = HostStatus.wait
        socket.receive(ZZZ_SOCKET_TEXT, "two")
        end(socket, 1006)
        // It has thrown, and that is no fault.
        #expect(journal.take() == [] && host.log.isEmpty)
    }

    /// From another thread a message is sent by the loop, which knows whether there is room.
    @Test func sendingFromElsewhere() throws {
        let socket = try open("/slow")
        socket.receive(ZZZ_SOCKET_TEXT, "first")
        let echo = try open("/echo")
        host.isOnLoop = false
        let posted = host.postedCount
        echo.receive(ZZZ_SOCKET_TEXT, "a")
        #expect(echo.sent == [] && host.postedCount == posted + 1)
        host.isOnLoop = true
        host.drain()
        #expect(echo.sent == ["text a"])
        host.isOnLoop = false
        host.postStatus = HostStatus.limit
        echo.receive(ZZZ_SOCKET_TEXT, "b")
        #expect(try #require(echo.closed).code == 1011)
        host.isOnLoop = true
        host.postStatus = 0
        for socket in [socket, echo] { end(socket) }
    }

    // MARK: The end

    @Test func theClientCloses() throws {
        let socket = try open("/slow")
        for text in ["one", "two"] { socket.receive(ZZZ_SOCKET_TEXT, text) }
        socket.receive(ZZZ_SOCKET_CLOSED, "bye", code: 1001)
        #expect(journal.take() == ["one"] && socket.retains == 1)
        for _ in 1...2 {
            host.channels.gate.open()
            host.drain()
        }
        // What had come before is there still.
        #expect(journal.take() == ["two", "ended true"])
        #expect(socket.retains == 0 && socket.closed == nil)
    }

    @Test func theAppCloses() throws {
        let socket = try open()
        socket.receive(ZZZ_SOCKET_TEXT, "close")
        #expect(try #require(socket.closed) == (4001, "enough"))
        socket.sent = []
        socket.receive(ZZZ_SOCKET_TEXT, "late")
        #expect(socket.sent == [] && socket.retains == 1)
        end(socket, 4001)
        #expect(journal.take() == ["ended 4001 true"])
    }

    @Test func errors() throws {
        for (text, code, log) in [
            ("crash", 1011, "crashed"), ("decode", 1003, nil), ("gone", 1011, "push: refused with status -3"),
        ] as [(String, UInt16, String?)] {
            host.log = []
            let socket = try open()
            socket.receive(ZZZ_SOCKET_TEXT, text)
            #expect(try #require(socket.closed).code == code)
            #expect(socket.retains == 0)
            #expect(host.log.map(\.message).allSatisfy { $0.hasSuffix(": \(log ?? "")") })
            #expect(host.log.count == (log == nil ? 0 : 1))
            socket.receive(ZZZ_SOCKET_TEXT, "nobody is there")
            end(socket)
        }
    }

    /// The host has begun to close it, and the task is the first to notice.
    @Test func aSocketThatGoes() throws {
        let socket = try open()
        socket.isGone = true
        socket.receive(ZZZ_SOCKET_TEXT, "x")
        #expect(host.log.isEmpty && socket.retains == 0)
        end(socket, 1012)
    }

    @Test func aClosingSocketIsHeldNoMore() throws {
        let socket = try open()
        socket.sendStatus = HostStatus.wait
        for _ in 0...16 { socket.receive(ZZZ_SOCKET_TEXT, "close") }
        #expect(!socket.isHeld && socket.closed != nil)
        end(socket)
    }

    @Test func oneTaskReads() throws {
        let socket = try open("/children")
        #expect(journal.take() == ["two tasks read one WebSocket", "CancellationError"])
        #expect(try #require(socket.closed) == (1000, ""))
        end(socket)
    }

    @Test func anOlderDaemon() throws {
        let host = FakeHost()
        host.tableBytes[ZZZ_WEBSOCKET_EXTENSION] = 40
        try host.load { webSocket("/echo") { message, socket in try socket.send(message) } }
        let other = FakeHost()
        other.tableBytes[ZZZ_WEBSOCKET_EXTENSION] = 40
        #expect(throws: StartupError.self) { try other.load { webSocket("/echo") { _ in { _ in } } } }
        let oldest = FakeHost()
        oldest.tableBytes[ZZZ_WEBSOCKET_EXTENSION] = 32
        #expect(throws: StartupError.self) { try oldest.load { get("/") { _ in "" } } }
    }
}
