import ZzzAppABI
import ZzzJSON

/// A topic that one client has joined, seen from the app: the way to the client, and to all others in the topic.
///
/// It can be kept and used from any task or thread. When the channel has ended, calls throw a ``HostError`` whose
/// `isGone` is true.
public struct JoinedChannel: @unchecked Sendable {
    // A handle of the host's, whose functions are [any], and a kind, which is never freed.
    unowned(unsafe) let kind: ChannelKind
    let handle: OpaquePointer

    init(_ kind: ChannelKind, _ handle: OpaquePointer) {
        self.kind = kind
        self.handle = handle
    }

    // MARK: To the client

    /// Sends an event to the client, with a value as JSON.
    public func push(_ event: String, _ value: some Encodable) throws {
        try JSONBytesEncoder().withEncoded(value) { try push(event, zzz_bytes($0), flags: 0) }
    }

    /// Sends an event to the client, with a payload that is there already.
    public func push(_ event: String, _ payload: borrowing Payload) throws {
        try push(event, payload.slice, flags: payload.channelFlags)
    }

    /// Sends an event to the client, with bytes, which version 2 of the protocol has.
    public func push(_ event: String, binary bytes: [UInt8]) throws {
        try bytes.withBytes { try push(event, $0, flags: UInt32(ZZZ_CHANNEL_BINARY)) }
    }

    /// Sends a message on to the client as it is: what `handleOut` does unless a channel has its own.
    public func push(_ message: borrowing TopicMessage) throws {
        let (event, payload, flags) = (message.eventSlice, message.payload.slice, message.payload.channelFlags)
        _ = try hostCall("push") { kind.api.pointee.push(handle, event, payload, flags, $0) }
    }

    /// Ends the channel. The client is told, and does not join again by itself.
    public func stop() throws {
        _ = try hostCall("stop") { _ in kind.api.pointee.stop(handle) }
    }

    // MARK: To the topic

    /// Sends an event to all who have joined the topic, this client among them, with a value as JSON.
    public func broadcast(_ event: String, _ value: some Encodable) throws {
        try JSONBytesEncoder().withEncoded(value) { try broadcast(event, zzz_bytes($0), flags: 0) }
    }

    /// Sends an event to all who have joined the topic, with a payload that is there already.
    public func broadcast(_ event: String, _ payload: borrowing Payload) throws {
        try broadcast(event, payload.slice, flags: payload.channelFlags)
    }

    /// Sends an event to all who have joined the topic, with bytes.
    public func broadcast(_ event: String, binary bytes: [UInt8]) throws {
        try bytes.withBytes { try broadcast(event, $0, flags: UInt32(ZZZ_CHANNEL_BINARY)) }
    }

    /// The same, to all but this client.
    public func broadcastFrom(_ event: String, _ value: some Encodable) throws {
        try JSONBytesEncoder().withEncoded(value) {
            try broadcast(event, zzz_bytes($0), flags: UInt32(ZZZ_CHANNEL_FROM))
        }
    }

    /// The same, to all but this client.
    public func broadcastFrom(_ event: String, _ payload: borrowing Payload) throws {
        try broadcast(event, payload.slice, flags: payload.channelFlags | UInt32(ZZZ_CHANNEL_FROM))
    }

    /// The same, to all but this client.
    public func broadcastFrom(_ event: String, binary bytes: [UInt8]) throws {
        try bytes.withBytes {
            try broadcast(event, $0, flags: UInt32(ZZZ_CHANNEL_BINARY) | UInt32(ZZZ_CHANNEL_FROM))
        }
    }

    // MARK: Other topics

    /// What is broadcast on that topic comes to `handleInfo` from now on, also after the app was replaced.
    /// - Parameter isShared: a topic of all apps, not only of this one.
    public func subscribe(_ topic: String, isShared: Bool = false) throws {
        try topic.withBytes { topic in
            _ = try hostCall("subscribe") {
                kind.api.pointee.subscribe(handle, topic, PubSub.flags(isShared: isShared), $0)
            }
        }
    }

    /// Ends a subscription.
    public func unsubscribe(_ topic: String, isShared: Bool = false) throws {
        try topic.withBytes { topic in
            _ = try hostCall("unsubscribe") {
                kind.api.pointee.unsubscribe(handle, topic, PubSub.flags(isShared: isShared), $0)
            }
        }
    }

    /// Messages to other topics.
    public var pubSub: PubSub { PubSub(host: kind.host) }

    /// What the app keeps in the daemon's memory.
    public var store: Store { Store(host: kind.host) }

    /// The app's sockets.
    public var sockets: Sockets { Sockets(host: kind.host) }

    /// The daemon's log.
    public var log: Logger { Logger(host: kind.host, request: nil) }

    // MARK: Calls

    private func push(_ event: String, _ payload: zzz_bytes, flags: UInt32) throws {
        try event.withBytes { event in
            _ = try hostCall("push") { kind.api.pointee.push(handle, event, payload, flags, $0) }
        }
    }

    private func broadcast(_ event: String, _ payload: zzz_bytes, flags: UInt32) throws {
        try event.withBytes { event in
            _ = try hostCall("broadcast") { kind.api.pointee.broadcast(handle, event, payload, flags, $0) }
        }
    }

    /// Answers a message; nothing for one whose client waits for no answer.
    func reply(to ref: zzz_bytes, _ status: ReplyStatus, _ payload: zzz_bytes, isBinary: Bool) throws {
        guard ref.count > 0 else { return }
        let flags = isBinary ? UInt32(ZZZ_CHANNEL_BINARY) : 0
        try status.word.withBytes { status in
            _ = try hostCall("reply") { kind.api.pointee.reply(handle, ref, status, payload, flags, $0) }
        }
    }
}

extension Payload {
    /// As the functions for channels have them.
    var channelFlags: UInt32 { isBinary ? UInt32(ZZZ_CHANNEL_BINARY) : 0 }
}
