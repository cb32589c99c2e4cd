import Synchronization
import Testing
import Zzz
import ZzzBase64
import ZzzJSON

/// A client's socket for channels, over a WebSocket and version 2 of the protocol.
///
/// ```swift
/// let socket = try await client.socket("/socket", params: ["user": "7"])
/// let room = try await socket.join("room:lobby")
/// try await room.push("shout", ["text": "hi"]).expectReply()
/// try await room.expectBroadcast("shout", ["text": "hi"])
/// ```
/// What comes is kept until something is expected of it, in whatever order; one task uses a socket at a time.
public final class TestSocket: Sendable {
    /// Below the protocol.
    public let webSocket: TestWebSocket
    private let deadline: Duration

    private struct State {
        var lastRef = 0
        var inbox: [TestSocketMessage] = []
        var ending: TestWebSocket.Message?
    }
    private let state = Mutex(State())

    init(_ webSocket: TestWebSocket, deadline: Duration) {
        self.webSocket = webSocket
        self.deadline = deadline
    }

    // MARK: Channels

    /// Joins a topic.
    /// - Throws: ``TestFailure`` when that is refused.
    public func join(
        _ topic: String, _ params: some Encodable = [String: String](),
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> TestChannel {
        let reply = try await askToJoin(topic, params, sourceLocation)
        guard reply.status == "ok", let joinRef = reply.ref else {
            throw TestFailure("joining \(topic) (\(sourceLocation)): \(reply.text)\(webSocket.response.log.report)")
        }
        return TestChannel(self, topic, joinRef: joinRef, response: reply.response)
    }

    /// Expects that a join is refused, and returns what the app says about it.
    @discardableResult
    public func expectRefusedJoin(
        _ topic: String, _ params: some Encodable = [String: String](), reason: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> JSONValue {
        let reply = try await askToJoin(topic, params, sourceLocation)
        let isExpected = reply.status == "error" && (reason == nil || reply.response["reason"]?.stringValue == reason)
        if !isExpected {
            fail(
                "expected a refusal\(reason.map { ", \($0)," } ?? "") to join \(topic), got \(reply.text)",
                sourceLocation)
        }
        return reply.response
    }

    private func askToJoin(
        _ topic: String, _ params: some Encodable, _ sourceLocation: SourceLocation
    ) async throws -> TestSocketMessage {
        let ref = nextRef()
        let payload = try JSONValue(parsing: JSONBytesEncoder().encode(params))
        try await send(
            TestSocketMessage(joinRef: ref, ref: ref, topic: topic, event: "phx_join", payload: payload))
        return try await next("the answer to joining \(topic)", sourceLocation) {
            $0.event == "phx_reply" && $0.ref == ref
        }
    }

    /// A sign of life, and its answer.
    public func heartbeat(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let ref = nextRef()
        try await send(TestSocketMessage(ref: ref, topic: "phoenix", event: "heartbeat", payload: [:]))
        _ = try await next("the answer to a heartbeat", sourceLocation) { $0.ref == ref && $0.status == "ok" }
    }

    /// Closes the socket, and waits for the app's agreement.
    public func close(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await webSocket.close()
        try await expectClose(1000, sourceLocation: sourceLocation)
    }

    /// Expects that the app closes the socket with this code.
    public func expectClose(_ code: UInt16, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        // Whatever else comes before.
        while try await receive(within: deadline) {}
        guard case .closed(let actual, let reason)? = state.withLock({ $0.ending }) else {
            throw TestFailure("(\(sourceLocation)): the socket was not closed\(webSocket.response.log.report)")
        }
        if actual != code { fail("expected it to close with \(code), got \(actual) \(reason)", sourceLocation) }
    }

    // MARK: Messages

    /// Sends a message of the protocol as it is, right or wrong.
    public func send(_ message: TestSocketMessage) async throws {
        if message.binary != nil {
            try await webSocket.send(message.bytes)
        } else {
            try await webSocket.send(message.text)
        }
    }

    func nextRef() -> String {
        state.withLock { state in
            state.lastRef += 1
            return "\(state.lastRef)"
        }
    }

    /// The first message that is wanted, of those that have come and those that come.
    func next(
        _ name: String, _ sourceLocation: SourceLocation, _ isWanted: (TestSocketMessage) -> Bool
    ) async throws -> TestSocketMessage {
        let deadline = Deadline(deadline)
        repeat {
            if let message = take(isWanted) { return message }
            guard state.withLock({ $0.ending }) == nil else { break }
        } while try await receive(within: deadline.left)
        let (waiting, ending) = state.withLock { ($0.inbox.map(\.text), $0.ending) }
        let end = ending.map { ", but \($0)" } ?? " in time"
        throw TestFailure(
            "\(name) (\(sourceLocation)) did not come\(end); what came is \(waiting)\(webSocket.response.log.report)")
    }

    /// Expects that no such message comes for a while.
    func refute(
        _ name: String, within duration: Duration, _ sourceLocation: SourceLocation,
        _ isWanted: (TestSocketMessage) -> Bool
    ) async throws {
        let deadline = Deadline(duration)
        repeat {
            if let message = take(isWanted) { return fail("expected no \(name), got \(message.text)", sourceLocation) }
        } while try await receive(within: deadline.left)
    }

    private func take(_ isWanted: (TestSocketMessage) -> Bool) -> TestSocketMessage? {
        state.withLock { state in
            state.inbox.firstIndex(where: isWanted).map { state.inbox.remove(at: $0) }
        }
    }

    /// False when nothing has come in time, or the socket has ended.
    private func receive(within duration: Duration) async throws -> Bool {
        guard state.withLock({ $0.ending }) == nil, let message = try await webSocket.next(within: duration) else {
            return false
        }
        switch message {
        case .text(let text): try state.withLock { $0.inbox.append(try TestSocketMessage(text: text)) }
        case .binary(let bytes): try state.withLock { $0.inbox.append(try TestSocketMessage(bytes: bytes)) }
        case .pong: break
        case .closed:
            state.withLock { $0.ending = message }
            return false
        }
        return true
    }

    func fail(_ text: String, _ sourceLocation: SourceLocation) {
        Issue.record(
            "\(webSocket.response.request): \(text)\(webSocket.response.log.report)", sourceLocation: sourceLocation)
    }
}

extension TestClient {
    /// Opens a socket for channels.
    /// - Parameters:
    ///   - path: as the app has it: "/socket".
    ///   - params: what the client says of itself, in the query.
    ///   - token: what it shows instead, in a subprotocol.
    /// - Throws: ``TestFailure`` when it is refused. How it is refused is seen with
    ///   `get("/socket/websocket").upgradingToWebSocket()`.
    public func socket(
        _ path: String, params: KeyValuePairs<String, String> = [:], token: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> TestSocket {
        var request = get("\(path)/websocket").query("vsn", "2.0.0")
        for (name, value) in params { request = request.query(name, value) }
        // In the standard alphabet without padding, as the clients write it.
        let bearer = token.map {
            "base64url.bearer.phx." + Base64.encode(Array($0.utf8), .standard).prefix { $0 != "=" }
        }
        let webSocket = try await request.webSocket(
            subprotocols: ["phoenix"] + [bearer].compactMap { $0 }, sourceLocation: sourceLocation)
        return TestSocket(webSocket, deadline: deadline)
    }
}
