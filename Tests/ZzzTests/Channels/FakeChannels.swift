// The host's side of channels, presence, messages by topic and WebSockets: it records what an app calls, and calls the
// app with what a test says has happened.
import Synchronization
import ZzzAppABI

@testable import Zzz

/// What an app has registered and done, for the whole host.
final class FakeChannels {
    struct Definition {
        var pattern: String
        var source: String
        var intercepts: [String]
        var timeoutMilliseconds: UInt64
        var messagesPerSecond: UInt32
        var callback: zzz_channel_callback
        var user: UnsafeMutableRawPointer?
    }

    struct Broadcast: Equatable {
        var topic: String
        var event: String
        var payload: String
        var flags: UInt32 = 0
    }

    struct Subscription {
        var id: UInt
        var topic: String
        var flags: UInt32
        var callback: zzz_message_callback
        var user: UnsafeMutableRawPointer?
    }

    struct Difference {
        var pattern: String
        var callback: zzz_presence_callback
        var user: UnsafeMutableRawPointer?
    }

    /// A socket for channels that the app has accepted, by WebSocket or by long polling.
    struct AcceptedSocket {
        var request: FakeRequest
        var isPoll: Bool
        var version: String
        var id: String
        var state: String
        var channels: UInt32
        var messagesPerSecond: UInt32
        var connection: FakeWebSocket.Options
    }

    var definitions: [Definition] = []
    var sockets: [AcceptedSocket] = []
    /// What the next `accept` returns.
    var acceptStatus: (zzz_status, String) = (0, "")
    var disconnected: [String] = []
    var broadcasts: [Broadcast] = []
    var subscriptions: [Subscription] = []
    var lastSubscription: UInt = 0
    var differences: [Difference] = []
    /// What `list` tells, by topic.
    var states: [String: String] = [:]
    var webSockets: [FakeWebSocket] = []
    /// What the app's objects have written, and where they wait.
    let journal = Journal()
    let gate = Gate()
}

/// A channel of a fake host, driven by the test.
final class FakeChannel {
    struct Call: Equatable, CustomStringConvertible {
        var name: String
        var words: [String] = []
        var flags: UInt32 = 0

        var description: String { "\(name)(\(words.joined(separator: ", ")))\(flags == 0 ? "" : " flags \(flags)")" }
    }

    let host: FakeHost
    let topic: String
    let socketState: String
    var calls: [Call] = []
    var user: UnsafeMutableRawPointer?
    /// Nil until the join is answered.
    var joinStatus: zzz_status?
    var joinResponse = ""
    var isGone = false
    var state: (version: UInt32, bytes: String)?
    /// What `done` was called with, on whatever thread.
    let done = Mutex<[zzz_status]>([])
    /// What the presence functions return.
    var presenceStatus: zzz_status = 0
    /// What it is present with, and what happens before one is exchanged.
    var metas: [String: String] = [:]
    var beforeExchange: () -> Void = {}
    private let definition: FakeChannels.Definition

    /// A client's wish for a topic.
    init?(_ host: FakeHost, _ topic: String, socketState: String) {
        let found = host.channels.definitions.first {
            $0.pattern.hasSuffix("*") ? topic.hasPrefix($0.pattern.dropLast()) : $0.pattern == topic
        }
        guard let found else { return nil }
        definition = found
        self.host = host
        self.topic = topic
        self.socketState = socketState
    }

    var handle: OpaquePointer { OpaquePointer(Unmanaged.passUnretained(self).toOpaque()) }

    static func from(_ channel: OpaquePointer?) -> FakeChannel? {
        channel.map { Unmanaged<FakeChannel>.fromOpaque(UnsafeRawPointer($0)).takeUnretainedValue() }
    }

    /// What `done` was called with, without what was there at the last look.
    func takeOutcomes() -> [zzz_status] {
        done.withLock { outcomes in
            defer { outcomes = [] }
            return outcomes
        }
    }

    // MARK: Events

    @discardableResult
    func join(_ parameters: String = "{}", moved state: (version: UInt32, bytes: String)? = nil, isMoved: Bool = false)
        -> zzz_status
    {
        let flags = state != nil || isMoved ? UInt16(ZZZ_CHANNEL_MOVED) : 0
        return send(ZZZ_CHANNEL_JOIN, flags: flags, payload: parameters, state: state)
    }

    @discardableResult
    func message(_ event: String, _ payload: String = "{}", ref: String = "1", isBinary: Bool = false) -> zzz_status {
        send(ZZZ_CHANNEL_MESSAGE, flags: isBinary ? 1 : 0, event: event, payload: payload, ref: ref)
    }

    @discardableResult
    func broadcast(_ event: String, _ payload: String = "{}", isBinary: Bool = false) -> zzz_status {
        send(ZZZ_CHANNEL_BROADCAST, flags: isBinary ? 1 : 0, event: event, payload: payload)
    }

    @discardableResult
    func info(_ topic: String, _ event: String, _ payload: String = "{}") -> zzz_status {
        send(ZZZ_CHANNEL_INFO, event: event, payload: payload, topic: topic)
    }

    @discardableResult
    func handOver() -> zzz_status { send(ZZZ_CHANNEL_HAND_OVER) }

    @discardableResult
    func terminate(_ reason: Int) -> zzz_status {
        defer { isGone = true }
        return send(ZZZ_CHANNEL_TERMINATE, reason: UInt32(reason))
    }

    /// The texts live for the call only, as the contract says: what reads them later is found by the sanitizer.
    private func send(
        _ kind: Int, flags: UInt16 = 0, event: String = "", payload: String = "", ref: String = "",
        topic: String? = nil, reason: UInt32 = 0, state: (version: UInt32, bytes: String)? = nil
    ) -> zzz_status {
        let texts = [topic ?? self.topic, event, payload, ref, socketState, state?.bytes ?? ""].map { text in
            text.withBytes { OwnedBytes(copying: $0) }
        }
        var record = zzz_channel_event()
        record.size = UInt32(MemoryLayout<zzz_channel_event>.size)
        record.kind = UInt16(kind)
        record.flags = flags
        record.reason = reason
        record.state_version = state?.version ?? 0
        record.topic = zzz_bytes(texts[0].buffer)
        record.event = zzz_bytes(texts[1].buffer)
        record.payload = zzz_bytes(texts[2].buffer)
        record.ref = zzz_bytes(texts[3].buffer)
        record.socket_state = zzz_bytes(texts[4].buffer)
        record.state = zzz_bytes(texts[5].buffer)
        record.channel_user = user
        return withExtendedLifetime(texts) {
            host.onThisThread { definition.callback(definition.user, handle, &record) }
        }
    }

    /// What was called, without those that came before the last look.
    func takeCalls() -> [Call] {
        defer { calls = [] }
        return calls
    }
}

/// A WebSocket of a fake host.
final class FakeWebSocket {
    struct Options {
        var flags: UInt32
        var messageBytes: UInt64
        var fragments: UInt32
        var queuedBytes: UInt64
        var pingAfterMilliseconds: UInt64
        var idleTimeoutMilliseconds: UInt64
        var subprotocols: String
        var headers: [(String, String)]

        init(_ record: zzz_socket_options) {
            flags = record.flags
            messageBytes = record.message_bytes
            fragments = record.fragments
            queuedBytes = record.queued_bytes
            pingAfterMilliseconds = record.ping_after_ms
            idleTimeoutMilliseconds = record.idle_timeout_ms
            subprotocols = record.subprotocols.string
            headers = FakeTables.pairs(record.headers, record.header_count)
        }
    }

    let host: FakeHost
    let options: Options
    private let callback: zzz_socket_callback
    private let user: UnsafeMutableRawPointer?
    var sent: [String] = []
    var closed: (code: UInt16, reason: String)?
    var isGone = false
    /// What `send` returns.
    var sendStatus: zzz_status = 0
    var isHeld = false
    var retains = 0

    init(
        _ host: FakeHost, _ options: Options, _ callback: @escaping zzz_socket_callback,
        _ user: UnsafeMutableRawPointer?
    ) {
        self.host = host
        self.options = options
        self.callback = callback
        self.user = user
    }

    var handle: OpaquePointer { OpaquePointer(Unmanaged.passUnretained(self).toOpaque()) }

    static func from(_ socket: OpaquePointer?) -> FakeWebSocket? {
        socket.map { Unmanaged<FakeWebSocket>.fromOpaque(UnsafeRawPointer($0)).takeUnretainedValue() }
    }

    static func change(_ socket: OpaquePointer?, _ body: (FakeWebSocket) -> Void) -> zzz_status {
        guard let socket = from(socket) else { return HostStatus.invalid }
        body(socket)
        return 0
    }

    func receive(_ kind: Int, _ data: String = "", code: UInt16 = 0) {
        let data = data.withBytes { OwnedBytes(copying: $0) }
        var event = zzz_socket_event()
        event.size = UInt32(MemoryLayout<zzz_socket_event>.size)
        event.kind = UInt16(kind)
        event.close_code = code
        event.data = zzz_bytes(data.buffer)
        withExtendedLifetime(data) { host.onThisThread { callback(user, handle, &event) } }
        if kind == ZZZ_SOCKET_CLOSED { isGone = true }
    }
}
