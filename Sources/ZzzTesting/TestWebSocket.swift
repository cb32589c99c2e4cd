import Synchronization
import Testing
import Zzz
import ZzzWebSocket

/// A WebSocket to the app: opened by ``TestRequest/webSocket(subprotocols:sourceLocation:)``.
///
/// ```swift
/// let socket = try await client.get("/echo").webSocket()
/// try await socket.send("hello")
/// try await socket.expect(.text("hello"))
/// ```
/// Pings are answered while a message is waited for. The connection is cut when nobody holds the socket any more.
public final class TestWebSocket: Sendable {
    /// What has come over it.
    public enum Message: Sendable, Equatable {
        case text(String)
        case binary([UInt8])
        /// The answer to a ping.
        case pong([UInt8])
        /// The end. 1006: without a closing handshake.
        case closed(UInt16, reason: String)
    }

    /// The answer 101.
    public let response: TestResponse
    private let stream: TestStream
    private let deadline: Duration

    private struct State: ~Copyable {
        var session = WebSocketSession(.client, randomWord: { UInt32.random(in: .min ... .max) })
        var inbox: [Message] = []
        var hasEnded = false
    }

    /// Held while a thread reads or writes: one task uses a socket at a time.
    private let state = Mutex(State())

    init(_ stream: TestStream, deadline: Duration) {
        self.stream = stream
        self.deadline = deadline
        response = stream.response
    }

    /// What was agreed on; nil without one.
    public var subprotocol: String? { response.headers["sec-websocket-protocol"] }

    // MARK: Sending

    public func send(_ text: String) async throws {
        try await change { session, send in Array(text.utf8).withUnsafeBytes { session.send(text: $0, send) } }
    }

    public func send(_ bytes: [UInt8]) async throws {
        try await change { session, send in bytes.withUnsafeBytes { session.send(binary: $0, send) } }
    }

    /// - Parameter data: at most 125 bytes.
    public func ping(_ data: [UInt8] = []) async throws {
        try await change { session, send in data.withUnsafeBytes { session.ping($0, send) } }
    }

    /// Begins the closing handshake: `closed` comes with the app's answer.
    public func close(_ code: UInt16 = 1000, reason: String = "") async throws {
        try await change { session, send in session.close(CloseCode(rawValue: code), reason: reason, send) }
    }

    /// Leaves without a word.
    public func cut() { stream.close() }

    private func change(
        _ body: @escaping @Sendable (inout WebSocketSession, WebSocketSession.Send) -> Bool
    ) async throws {
        let deadline = deadline
        try await onThread {
            try self.state.withLock { state in
                var output: [UInt8] = []
                guard body(&state.session, { output += $0 }) else { throw TestFailure("the WebSocket is closed") }
                try self.stream.connection.write(output, Deadline(deadline))
            }
        }
    }

    // MARK: Receiving

    /// What comes next.
    /// - Throws: ``TestFailure`` when nothing comes in time, or it has ended already.
    public func next(sourceLocation: SourceLocation = #_sourceLocation) async throws -> Message {
        if let message = try await next(within: deadline) { return message }
        throw TestFailure(
            "\(response.request) (\(sourceLocation)): no message in time\(response.log.report)")
    }

    /// What comes next; nil when nothing comes in time.
    func next(within duration: Duration) async throws -> Message? {
        try await onThread { try self.state.withLock { try self.take(&$0, Deadline(duration)) } }
    }

    private func take(_ state: inout State, _ deadline: Deadline) throws -> Message? {
        while state.inbox.isEmpty {
            guard !state.hasEnded else { throw TestFailure("\(response.request): the WebSocket is closed") }
            switch try stream.connection.nextInTime(deadline) {
            case nil: return nil
            case .piece(var bytes)?: try receive(&bytes, &state, deadline)
            case .end?: end(&state, .closed(1006, reason: ""))
            case .interim?, .head?: throw TestFailure("\(response.request): a head within a WebSocket")
            }
        }
        return state.inbox.removeFirst()
    }

    private func receive(_ bytes: inout [UInt8], _ state: inout State, _ deadline: Deadline) throws {
        var (output, messages): ([UInt8], [Message]) = ([], [])
        bytes.withUnsafeMutableBytes { bytes in
            state.session.receive(bytes, send: { output += $0 }) { event in
                switch event {
                case .text(let text): messages.append(.text(String(decoding: text, as: UTF8.self)))
                case .binary(let data): messages.append(.binary(Array(data)))
                case .pong(let data): messages.append(.pong(Array(data)))
                case .ended(let ending): messages.append(.closed(ending.code.rawValue, reason: ending.reason))
                }
            }
        }
        if !output.isEmpty { try stream.connection.write(output, deadline) }
        for message in messages {
            if case .closed = message { end(&state, message) } else { state.inbox.append(message) }
        }
    }

    private func end(_ state: inout State, _ message: Message) {
        guard !state.hasEnded else { return }
        state.hasEnded = true
        state.inbox.append(message)
    }

    // MARK: Expectations

    /// Expects this to be what comes next.
    public func expect(_ expected: Message, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let message = try await next(sourceLocation: sourceLocation)
        if message != expected { fail("expected \(expected), got \(message)", sourceLocation) }
    }

    /// Expects that it is closed with this code, whatever else comes before.
    public func expectClose(_ code: UInt16, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        while true {
            guard case .closed(let actual, let reason) = try await next(sourceLocation: sourceLocation) else {
                continue
            }
            if actual != code { fail("expected it to close with \(code), got \(actual) \(reason)", sourceLocation) }
            return
        }
    }

    /// Expects that nothing comes for a while.
    public func refute(
        within duration: Duration = .milliseconds(100), sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        if let message = try await next(within: duration) { fail("expected nothing, got \(message)", sourceLocation) }
    }

    private func fail(_ text: String, _ sourceLocation: SourceLocation) {
        Issue.record("\(response.request): \(text)\(response.log.report)", sourceLocation: sourceLocation)
    }
}
