import Testing
import ZzzAppABI

@testable import Zzz

/// WebSockets whose messages an app handles itself.
@Suite struct WebSocketTests {
    private let host = FakeHost()
    private let journal = Journal()

    private final class Recorder: WebSocketHandler {
        let name: String
        let journal: Journal

        init(_ name: String, _ journal: Journal) {
            self.name = name
            self.journal = journal
        }

        func opened(_ socket: WebSocket) throws { try socket.send("hello \(name)") }

        func received(_ message: borrowing Payload, from socket: WebSocket) throws {
            switch message.text {
            case "crash": throw MisuseError("crashed")
            case "json": try socket.send(json: ["a": 1])
            case "decode": _ = try message.decode(Int.self)
            case "bytes": try socket.send([65, 66])
            case "ping": try socket.ping([67])
            case "close": try socket.close(4001, reason: "enough")
            default: journal.write("\(try socket.send(message))")
            }
        }

        func pong(_ data: borrowing Payload, from socket: WebSocket) { journal.write("pong \(data.text)") }
        func writable(_ socket: WebSocket) { journal.write("writable") }
        func closed(_ code: WebSocketCloseCode, reason: String) { journal.write("closed \(code.rawValue) \(reason)") }
        deinit { journal.write("deinit") }
    }

    init() throws {
        let journal = journal
        var options = WebSocketOptions()
        options.messageBytes = 100
        let limited = options
        try host.load {
            webSocket("/echo") { message, socket in try socket.send(message) }
            webSocket("/rooms/:name", subprotocols: ["b", "a"], options: limited) { context in
                let name = try context.params.require("name")
                guard name != "closed" else { throw Abort(.forbidden) }
                context.setHeader("X-Room", name)
                return Recorder(name, journal)
            }
        }
    }

    private func open(_ path: String = "/rooms/one") throws -> FakeWebSocket {
        let request = host.get(path)
        #expect(request.status == 101)
        return try #require(host.channels.webSockets.last)
    }

    @Test func aFunction() throws {
        let socket = try open("/echo")
        socket.receive(ZZZ_SOCKET_TEXT, "hi")
        socket.receive(ZZZ_SOCKET_BINARY, "raw")
        #expect(socket.sent == ["text hi", "binary raw"])
        socket.receive(ZZZ_SOCKET_CLOSED, code: 1000)
    }

    @Test func opening() throws {
        let socket = try open()
        #expect(socket.sent == ["text hello one"])
        #expect(socket.options.subprotocols == "b, a" && socket.options.messageBytes == 100)
        #expect(socket.options.headers.contains { $0 == ("X-Room", "one") })
    }

    @Test func refusing() throws {
        #expect(host.get("/rooms/closed").status == 403)
        #expect(host.get("/rooms/one", headers: [("Origin", "https://evil.org")]).status == 403)
        #expect(host.channels.webSockets.isEmpty)
        host.channels.acceptStatus = (HostStatus.invalid, "no Upgrade")
        let request = host.get("/rooms/one")
        #expect(request.status == 426 && !request.isAborted)
        host.channels.acceptStatus = (HostStatus.limit, "too many")
        #expect(host.get("/rooms/one").status == 500)
        // What was made for a socket that did not come is gone.
        #expect(journal.take() == ["deinit", "deinit"])
    }

    @Test func messages() throws {
        let socket = try open()
        socket.sent = []
        for text in ["json", "bytes", "ping", "x"] { socket.receive(ZZZ_SOCKET_TEXT, text) }
        #expect(socket.sent == [#"text {"a":1}"#, "binary AB", "ping C", "text x"])
        socket.receive(ZZZ_SOCKET_PONG, "C")
        socket.sendStatus = HostStatus.wait
        socket.receive(ZZZ_SOCKET_TEXT, "y")
        socket.receive(ZZZ_SOCKET_WRITABLE)
        #expect(journal.take() == ["true", "pong C", "false", "writable"])
        socket.receive(ZZZ_SOCKET_TEXT, "close")
        #expect(try #require(socket.closed) == (4001, "enough"))
    }

    @Test func theEnd() throws {
        let socket = try open()
        socket.receive(ZZZ_SOCKET_CLOSED, "bye", code: 1001)
        #expect(journal.take() == ["closed 1001 bye", "deinit"])
        #expect(socket.closed == nil)
    }

    @Test func errors() throws {
        let socket = try open()
        socket.receive(ZZZ_SOCKET_TEXT, "crash")
        #expect(try #require(socket.closed) == (1011, ""))
        #expect(host.log.last?.message.hasSuffix(": crashed") == true)
        socket.closed = nil
        // The client's mistake.
        socket.receive(ZZZ_SOCKET_TEXT, "decode")
        #expect(socket.closed?.code == 1003)
        socket.closed = nil
        host.log = []
        socket.isGone = true
        socket.receive(ZZZ_SOCKET_TEXT, "json")
        #expect(socket.closed == nil && host.log.isEmpty)
        socket.isGone = false
        socket.sendStatus = HostStatus.limit
        socket.receive(ZZZ_SOCKET_TEXT, "json")
        #expect(host.log.last?.message.hasSuffix("send: the message was dropped") == true)
    }
}
