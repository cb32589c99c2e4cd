import Testing
import Zzz
import ZzzJSON

/// A topic that a ``TestSocket`` has joined.
public final class TestChannel: Sendable {
    public let socket: TestSocket
    public let topic: String
    /// What the app has answered to the join.
    public let response: JSONValue
    let joinRef: String

    init(_ socket: TestSocket, _ topic: String, joinRef: String, response: JSONValue) {
        self.socket = socket
        self.topic = topic
        self.joinRef = joinRef
        self.response = response
    }

    // MARK: Sending

    /// Sends a message.
    @discardableResult
    public func push(_ event: String, _ payload: some Encodable = [String: String]()) async throws -> TestPush {
        let payload = try JSONValue(parsing: JSONBytesEncoder().encode(payload))
        return try await send(event) { $0.payload = payload }
    }

    /// Sends a message with bytes.
    @discardableResult
    public func push(_ event: String, binary bytes: [UInt8]) async throws -> TestPush {
        try await send(event) { $0.binary = bytes }
    }

    private func send(_ event: String, _ fill: (inout TestSocketMessage) -> Void) async throws -> TestPush {
        let ref = socket.nextRef()
        var message = TestSocketMessage(joinRef: joinRef, ref: ref, topic: topic, event: event)
        fill(&message)
        try await socket.send(message)
        return TestPush(channel: self, event: event, ref: ref)
    }

    /// Leaves the topic, and waits until the app has let it go.
    public func leave(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await push("phx_leave").expectReply(sourceLocation: sourceLocation)
        try await expectClosed(sourceLocation: sourceLocation)
    }

    // MARK: Expectations

    /// Expects an event that the app sends to this client.
    @discardableResult
    public func expectPush(
        _ event: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> TestSocketMessage {
        try await next(event, isPush: true, sourceLocation)
    }

    /// Expects an event that the app sends to this client, with this payload.
    @discardableResult
    public func expectPush(
        _ event: String, _ payload: some Encodable, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> TestSocketMessage {
        try check(await next(event, isPush: true, sourceLocation), payload, sourceLocation)
    }

    /// Expects an event that is sent to all in the topic.
    @discardableResult
    public func expectBroadcast(
        _ event: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> TestSocketMessage {
        try await next(event, isPush: false, sourceLocation)
    }

    /// Expects an event that is sent to all in the topic, with this payload.
    @discardableResult
    public func expectBroadcast(
        _ event: String, _ payload: some Encodable, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> TestSocketMessage {
        try check(await next(event, isPush: false, sourceLocation), payload, sourceLocation)
    }

    /// Expects that the app does not send this client such an event for a while.
    public func refutePush(
        _ event: String, within duration: Duration = .milliseconds(100),
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await socket.refute("push \(event)", within: duration, sourceLocation) {
            self.isOwn($0, event, isPush: true)
        }
    }

    /// Expects that no such event is sent to all in the topic for a while.
    public func refuteBroadcast(
        _ event: String, within duration: Duration = .milliseconds(100),
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await socket.refute("broadcast \(event)", within: duration, sourceLocation) {
            self.isOwn($0, event, isPush: false)
        }
    }

    /// Expects that the channel ends, and is not to be joined again.
    public func expectClosed(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        _ = try await next("phx_close", isPush: true, sourceLocation)
    }

    /// Expects that the channel ends by an error, after which clients join again.
    public func expectCrash(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        _ = try await next("phx_error", isPush: true, sourceLocation)
    }

    private func next(
        _ event: String, isPush: Bool, _ sourceLocation: SourceLocation
    ) async throws -> TestSocketMessage {
        try await socket.next("\(event) on \(topic)", sourceLocation) { self.isOwn($0, event, isPush: isPush) }
    }

    /// What is sent to one client has the reference of its join.
    private func isOwn(_ message: TestSocketMessage, _ event: String, isPush: Bool) -> Bool {
        message.topic == topic && message.event == event && message.joinRef == (isPush ? joinRef : nil)
    }

    func check(
        _ message: TestSocketMessage, _ payload: some Encodable, _ sourceLocation: SourceLocation
    ) throws -> TestSocketMessage {
        let expected = try JSONValue(parsing: JSONBytesEncoder().encode(payload))
        if message.payload != expected {
            let text = String(decoding: try expected.serialized(), as: UTF8.self)
            socket.fail("expected \(message.event) with \(text), got \(message.text)", sourceLocation)
        }
        return message
    }
}

/// A message that was sent to the app.
public struct TestPush: Sendable {
    public let channel: TestChannel
    public let event: String
    let ref: String

    /// Expects an answer with this status.
    @discardableResult
    public func expectReply(
        _ status: String = "ok", sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> TestSocketMessage {
        let message = try await channel.socket.next(
            "the answer to \(event)", sourceLocation, isReply)
        if message.status != status {
            channel.socket.fail("\(event): expected \(status), got \(message.text)", sourceLocation)
        }
        return message
    }

    /// Expects an answer with this status that says this.
    @discardableResult
    public func expectReply(
        _ status: String = "ok", _ response: some Encodable, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> TestSocketMessage {
        let message = try await expectReply(status, sourceLocation: sourceLocation)
        let expected = try JSONValue(parsing: JSONBytesEncoder().encode(response))
        if message.response != expected {
            let text = String(decoding: try expected.serialized(), as: UTF8.self)
            channel.socket.fail("\(event): expected \(text), got \(message.text)", sourceLocation)
        }
        return message
    }

    /// Expects that there is no answer for a while.
    public func refuteReply(
        within duration: Duration = .milliseconds(100), sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await channel.socket.refute("answer to \(event)", within: duration, sourceLocation, isReply)
    }

    private func isReply(_ message: TestSocketMessage) -> Bool {
        message.event == "phx_reply" && message.ref == ref && message.topic == channel.topic
    }
}
