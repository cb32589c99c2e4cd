import Glibc
import Testing
import ZzzAppABI
import ZzzChannels

@testable import ZzzServer

/// A channel, as an app in a test sees it.
struct AppChannel: @unchecked Sendable {
    // @unchecked: a handle is a number, which any thread may use.
    let handle: OpaquePointer?

    /// What a call comes to.
    func status(_ body: () throws -> Void) -> Int32 {
        do { try body() } catch { return (error as? RequestCalls.Refusal)?.status ?? .max }
        return 0
    }

    private func call(_ body: () throws(RequestCalls.Refusal) -> Void) -> Int32 {
        do throws(RequestCalls.Refusal) { try body() } catch { return error.status }
        return 0
    }

    private func with(_ text: String, _ body: (UnsafeRawBufferPointer) throws(RequestCalls.Refusal) -> Void) -> Int32 {
        var text = text
        return text.withUTF8 { bytes in
            call { () throws(RequestCalls.Refusal) in try body(UnsafeRawBufferPointer(bytes)) }
        }
    }

    @discardableResult
    func join(_ response: String = "", user: Int = 0) -> Int32 {
        with(response) { bytes throws(RequestCalls.Refusal) in
            try ChannelCalls.join(
                handle, isAccepted: true, bytes, user: UnsafeMutableRawPointer(bitPattern: user))
        }
    }

    @discardableResult
    func refuse(_ response: String) -> Int32 {
        with(response) { bytes throws(RequestCalls.Refusal) in
            try ChannelCalls.join(handle, isAccepted: false, bytes, user: nil)
        }
    }

    @discardableResult
    func reply(_ ref: String, _ status: String = "ok", _ payload: String = "{}") -> Int32 {
        with(payload) { bytes throws(RequestCalls.Refusal) in
            try ChannelCalls.reply(handle, ref: ref, status: status, bytes, isBinary: false)
        }
    }

    @discardableResult
    func push(_ event: String, _ payload: String = "{}", isBinary: Bool = false) -> Int32 {
        with(payload) { bytes throws(RequestCalls.Refusal) in
            try ChannelCalls.push(handle, event: event, bytes, isBinary: isBinary)
        }
    }

    @discardableResult
    func broadcast(_ event: String, _ payload: String = "{}", skipsOwn: Bool = false, isBinary: Bool = false) -> Int32 {
        with(payload) { bytes throws(RequestCalls.Refusal) in
            try ChannelCalls.broadcast(handle, event: event, bytes, isBinary: isBinary, skipsOwn: skipsOwn)
        }
    }

    @discardableResult
    func subscribe(_ topic: String, isShared: Bool = false) -> Int32 {
        call { () throws(RequestCalls.Refusal) in
            try ChannelCalls.subscribe(handle, topic: topic, isShared: isShared)
        }
    }

    @discardableResult
    func unsubscribe(_ topic: String) -> Int32 {
        call { () throws(RequestCalls.Refusal) in
            try ChannelCalls.unsubscribe(handle, topic: topic, isShared: false)
        }
    }

    @discardableResult
    func stop() -> Int32 { call { () throws(RequestCalls.Refusal) in try ChannelCalls.stop(handle) } }

    @discardableResult
    func done(_ outcome: Int32 = 0) -> Int32 {
        call { () throws(RequestCalls.Refusal) in try ChannelCalls.done(handle, outcome) }
    }

    @discardableResult
    func handOver(_ version: UInt32, _ state: String) -> Int32 {
        with(state) { bytes throws(RequestCalls.Refusal) in
            try ChannelCalls.handOver(handle, version: version, bytes)
        }
    }

    @discardableResult
    func track(_ key: String, _ meta: String = "{}") -> Int32 {
        call { () throws(RequestCalls.Refusal) in
            try ChannelCalls.track(handle, key: key, meta: Array(meta.utf8))
        }
    }

    @discardableResult
    func update(_ key: String, _ meta: String) -> Int32 {
        call { () throws(RequestCalls.Refusal) in
            try ChannelCalls.update(handle, key: key, meta: Array(meta.utf8))
        }
    }

    @discardableResult
    func untrack(_ key: String) -> Int32 {
        call { () throws(RequestCalls.Refusal) in try ChannelCalls.untrack(handle, key: key) }
    }
}

/// One event, copied.
struct AppEvent: Sendable, CustomStringConvertible {
    let kind: Int
    let topic, event, payload, ref, state, socketState, socketID: String
    let stateVersion: UInt32
    let reason: Int32
    let isMoved, isBinary: Bool
    let user: Int

    init(_ event: zzz_channel_event) {
        func text(_ bytes: zzz_bytes) -> String { String(decoding: bytes.buffer, as: UTF8.self) }
        kind = Int(event.kind)
        topic = text(event.topic)
        self.event = text(event.event)
        payload = text(event.payload)
        ref = text(event.ref)
        state = text(event.state)
        socketState = text(event.socket_state)
        socketID = text(event.socket_id)
        stateVersion = event.state_version
        reason = Int32(event.reason)
        isMoved = event.flags & UInt16(ZZZ_CHANNEL_MOVED) != 0
        isBinary = event.flags & UInt16(ZZZ_CHANNEL_BINARY) != 0
        user = Int(bitPattern: event.channel_user)
    }

    /// "join", "message new_msg {}", ...
    var description: String {
        switch kind {
        case ZZZ_CHANNEL_JOIN: isMoved ? "moved \(state)" : "join \(payload)"
        case ZZZ_CHANNEL_MESSAGE: "message \(event) \(payload)"
        case ZZZ_CHANNEL_BROADCAST: "broadcast \(event) \(payload)"
        case ZZZ_CHANNEL_INFO: "info \(topic) \(event) \(payload)"
        case ZZZ_CHANNEL_HAND_OVER: "hand over"
        default: "terminate \(reason)"
        }
    }
}

/// A kind of channel whose callback is a closure; it keeps what came.
final class TestChannel: Sendable {
    typealias Body = @Sendable (AppChannel, AppEvent) -> Int32

    let events = Probe<[String]>([])
    private let body: Body

    /// - Parameter body: what it does with an event; joins are accepted by default.
    init(_ body: @escaping Body = { _, _ in 0 }) { self.body = body }

    func definition(
        _ pattern: String = "room:*", intercepts: Set<String> = [], timeoutMilliseconds: UInt64? = nil,
        messagesPerSecond: Int = 0
    ) throws -> ChannelDefinition {
        ChannelDefinition(
            pattern: try #require(TopicPattern(pattern)), source: pattern,
            callback: { user, channel, event in
                guard let user, let event else { return -1 }
                let test = Unmanaged<TestChannel>.fromOpaque(user).takeUnretainedValue()
                let copy = AppEvent(event.pointee)
                test.events.update { $0.append("\(copy)") }
                return test.body(AppChannel(handle: channel), copy)
            }, user: Unmanaged.passRetained(self).toOpaque(), intercepts: intercepts,
            timeoutMilliseconds: timeoutMilliseconds, messagesPerSecond: messagesPerSecond)
    }

    /// A route that accepts sockets of channels.
    /// - Parameter delay: how long the handler goes on afterwards, in microseconds.
    static func route(
        _ options: ChannelSocketOptions = ChannelSocketOptions(), delay: UInt32 = 0
    ) -> TestRoute {
        .get("/socket/websocket") { request, head in
            var options = options
            if options.version.isEmpty { options.version = "2.0.0" }
            do throws(RequestCalls.Refusal) {
                try ChannelCalls.accept(request.handle, options)
            } catch {
                precondition(error.status == Int32(ZZZ_ERROR_INVALID), error.text)
            }
            usleep(delay)
        }
    }
}
