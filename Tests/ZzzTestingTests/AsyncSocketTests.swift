import Glibc
import Synchronization
import Testing
import Zzz
import ZzzTesting

/// WebSockets that tasks serve, over the daemon's own code.
@Suite struct AsyncSocketTests {
    /// What the app has done, and what it waits for.
    final class Board: Sendable {
        private let state = Mutex((lines: [String](), isOpen: false, waiting: [UnsafeContinuation<Void, Never>]()))

        var lines: [String] { state.withLock { $0.lines } }
        func add(_ line: String) { state.withLock { $0.lines.append(line) } }

        /// Until `open`, cancelled or not.
        func gate() async {
            await withUnsafeContinuation { continuation in
                let isOpen = state.withLock { state in
                    if !state.isOpen { state.waiting.append(continuation) }
                    return state.isOpen
                }
                if isOpen { continuation.resume() }
            }
        }

        func open() {
            let waiting = state.withLock { state in
                state.isOpen = true
                return state.waiting
            }
            for continuation in waiting { continuation.resume() }
        }

        /// Asks until it holds, with the daemon's other work in between.
        func eventually(_ client: TestClient, _ condition: ([String]) -> Bool) async throws -> Bool {
            let end = ContinuousClock.now + .seconds(30)
            while ContinuousClock.now < end {
                if condition(lines) { return true }
                try await client.get("/").expectStatus(200)
            }
            return condition(lines)
        }

        /// Waits until nothing is added any more while the daemon does other work.
        func settle(_ client: TestClient) async throws -> Int {
            var count = -1
            while count != lines.count || count == 0 {
                count = lines.count
                for _ in 0..<20 { try await client.get("/").expectStatus(200) }
            }
            return count
        }
    }

    struct TaskApp: App {
        let board: Board
        static let pieces = 200
        static let piece = [UInt8](repeating: 7, count: 64 << 10)

        func routes() -> [Route] {
            get("/") { _ in "" }
            webSocket("/echo", subprotocols: ["echo"]) { _ in
                { socket in
                    for try await message in socket.messages { try await socket.send(message) }
                    board.add("\(socket.closed?.code.rawValue ?? 0) \(socket.closed?.reason ?? "")")
                }
            }
            webSocket("/rooms/:name") { context in
                guard let user = context.query["user"] else { throw Abort(.unauthorized) }
                let name = try context.params.require("name")
                return { socket in
                    try await socket.send("welcome to \(name), \(user)")
                    for try await message in socket.messages {
                        switch message.text {
                        case "leave": return
                        case "close": try socket.close(4001, reason: "as you wish")
                        case "crash": throw Crash()
                        default: try await socket.send(json: ["number": message.decode(Int.self)])
                        }
                    }
                }
            }
            webSocket("/slow") { _ in
                { socket in
                    var bytes = 0
                    for try await message in socket.messages {
                        if bytes == 0 { await board.gate() }
                        bytes += message.bytes.count
                        guard message.isBinary else { return try await socket.send("\(bytes)") }
                    }
                }
            }
            webSocket("/flood", options: Self.smallQueue) { _ in
                { socket in
                    for number in 0..<Self.pieces {
                        try await socket.send(Self.piece)
                        board.add("\(number)")
                    }
                }
            }
            webSocket("/sleeper") { _ in
                { socket in
                    try await socket.send("asleep")
                    do { try await Task.sleep(for: .seconds(600)) } catch { board.add("woken") }
                    // Whatever else the machine does, on this thread it goes on.
                    usleep(300_000)
                    board.add("left \(socket.closed?.code.rawValue ?? 0)")
                }
            }
            webSocket("/late") { _ in
                usleep(50_000)
                return { socket in
                    try await socket.send("hello")
                    for try await message in socket.messages { try await socket.send(message) }
                }
            }
            webSocket("/ticker") { _ in
                { socket in
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask {
                            for number in 1...3 { try await socket.send("tick \(number)") }
                        }
                        group.addTask {
                            for try await message in socket.messages { try await socket.send(message.text) }
                        }
                        try await group.waitForAll()
                    }
                    board.add("both")
                }
            }
        }

        private static var smallQueue: WebSocketOptions {
            var options = WebSocketOptions()
            options.queuedBytes = 256 << 10
            return options
        }

        private struct Crash: Error {}

        func stop() { board.add("stop") }
    }

    private let board = Board()

    @Test(arguments: TestClient.Transport.allCases)
    func messages(_ transport: TestClient.Transport) async throws {
        let client = try TestClient(TaskApp(board: board), over: transport)
        let socket = try await client.get("/echo").webSocket(subprotocols: ["other", "echo"])
        #expect(socket.subprotocol == "echo")
        for size in [0, 1, 200, 100_000] {
            try await socket.send(String(repeating: "x", count: size))
            try await socket.expect(.text(String(repeating: "x", count: size)))
            try await socket.send([UInt8](repeating: 0xFE, count: size))
            try await socket.expect(.binary([UInt8](repeating: 0xFE, count: size)))
        }
        try await socket.close(4000, reason: "bye")
        try await socket.expectClose(4000)
        #expect(try await board.eventually(client) { $0 == ["4000 bye"] })
        let other = try await client.get("/echo").webSocket()
        other.cut()
        #expect(try await board.eventually(client) { $0 == ["4000 bye", "1006 "] })
    }

    @Test func theAppDecides() async throws {
        let client = try TestClient(TaskApp(board: board))
        try await client.get("/rooms/one").upgradingToWebSocket().expectStatus(401)
        try await client.get("/rooms/one?user=ada").expectStatus(426)
        for (text, code) in [("leave", 1000), ("close", 4001), ("crash", 1011), ("no number", 1003)] {
            let socket = try await client.get("/rooms/one?user=ada").webSocket()
            try await socket.expect(.text("welcome to one, ada"))
            try await socket.send("17")
            try await socket.expect(.text(#"{"number":17}"#))
            try await socket.send(text)
            try await socket.expectClose(UInt16(code))
        }
        #expect(client.log.filter { $0.level == .error }.map(\.message).allSatisfy { $0.hasSuffix(": Crash()") })
        #expect(client.log.count { $0.level == .error } == 1)
    }

    @Test(arguments: TestClient.Transport.allCases)
    func aSlowFunctionHoldsItsClient(_ transport: TestClient.Transport) async throws {
        let client = try TestClient(TaskApp(board: board), over: transport)
        let socket = try await client.get("/slow").webSocket()
        let total = 400
        let sent = Board()
        async let sending: Void = {
            for number in 0..<total {
                try await socket.send(TaskApp.piece)
                sent.add("\(number)")
            }
            try await socket.send("x")
        }()
        // What the kernel and the daemon keep on the way is far less.
        #expect(try await sent.settle(client) < total)
        board.open()
        try await sending
        try await socket.expect(.text("\(total * TaskApp.piece.count + 1)"))
        try await socket.expectClose(1000)
    }

    @Test(arguments: TestClient.Transport.allCases)
    func aSlowClientHoldsItsFunction(_ transport: TestClient.Transport) async throws {
        let client = try TestClient(TaskApp(board: board), over: transport)
        let socket = try await client.get("/flood").webSocket()
        #expect(try await board.settle(client) < TaskApp.pieces)
        for _ in 0..<TaskApp.pieces { try await socket.expect(.binary(TaskApp.piece)) }
        try await socket.expectClose(1000)
        #expect(board.lines.count == TaskApp.pieces)
    }

    @Test func aClientThatLeavesWhileItIsSentTo() async throws {
        let client = try TestClient(TaskApp(board: board))
        let socket = try await client.get("/flood").webSocket()
        #expect(try await board.settle(client) < TaskApp.pieces)
        socket.cut()
        let echo = try await client.get("/echo").webSocket()
        try await echo.send("x")
        try await echo.expect(.text("x"))
        #expect(client.log.allSatisfy { $0.level < .error })
    }

    @Test func bothAtOnce() async throws {
        let client = try TestClient(TaskApp(board: board))
        let socket = try await client.get("/ticker").webSocket()
        for number in 1...3 { try await socket.expect(.text("tick \(number)")) }
        try await socket.send("hello")
        try await socket.expect(.text("hello"))
        try await socket.close()
        try await socket.expectClose(1000)
        #expect(try await board.eventually(client) { $0 == ["both"] })
    }

    /// The thread has lost the loop when it accepts the socket: messages do not overtake its opening.
    @Test func aSlowDecision() async throws {
        let client = try TestClient(TaskApp(board: board))
        for _ in 0..<5 {
            let socket = try await client.get("/late").webSocket()
            for number in 0..<3 { try await socket.send("\(number)") }
            try await socket.expect(.text("hello"))
            for number in 0..<3 { try await socket.expect(.text("\(number)")) }
        }
    }

    /// The task is cancelled with its socket, and the app stays until the task has ended.
    @Test func theEnd() async throws {
        var client: TestClient? = try TestClient(TaskApp(board: board))
        var socket: TestWebSocket? = try await client?.get("/sleeper").webSocket()
        try await socket?.expect(.text("asleep"))
        try await socket?.close(4000)
        try await socket?.expectClose(4000)
        (client, socket) = (nil, nil)
        #expect(board.lines == ["woken", "left 4000", "stop"])
    }
}
