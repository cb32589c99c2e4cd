import ZzzAppABI
import ZzzJSON

/// A client's message to its channel.
///
/// It belongs to the call of `handleIn` that it was given to. To answer later, keep its ``reference``.
public struct ChannelMessage: ~Copyable {
    public let payload: Payload
    private let channel: JoinedChannel
    // The host's memory, for the call, or a copy of it that `copy` keeps.
    private let eventSlice: zzz_bytes
    private let topicSlice: zzz_bytes
    private let refSlice: zzz_bytes
    private let copy: ChannelEventCopy?

    init(_ event: borrowing zzz_channel_event, _ channel: JoinedChannel) {
        payload = Payload(event.payload, isBinary: event.flags & UInt16(ZZZ_CHANNEL_BINARY) != 0)
        self.channel = channel
        eventSlice = event.event
        topicSlice = event.topic
        refSlice = event.ref
        copy = nil
    }

    init(_ copy: ChannelEventCopy, _ channel: JoinedChannel) {
        payload = copy.payload()
        self.channel = channel
        eventSlice = zzz_bytes(copy.event.buffer)
        topicSlice = zzz_bytes(copy.topic.buffer)
        refSlice = zzz_bytes(copy.ref.buffer)
        self.copy = copy
    }

    /// What it is called: "new_message".
    public var event: String { eventSlice.string }

    /// The channel's topic: "room:lobby".
    public var topic: String { topicSlice.string }

    /// Whether the client waits for an answer. Answers to others are not sent.
    public var wantsReply: Bool { refSlice.count > 0 }

    /// For an answer after `handleIn` has returned, from any task or thread. Nil when the client waits for none.
    public var reference: ReplyReference? {
        wantsReply ? ReplyReference(channel: channel, ref: refSlice.string) : nil
    }

    /// Answers with `{}`.
    public borrowing func reply(status: ReplyStatus = .ok) throws {
        try channel.reply(to: refSlice, status, zzz_bytes("{}"), isBinary: false)
    }

    /// Answers with a value as JSON.
    public borrowing func reply(_ value: some Encodable, status: ReplyStatus = .ok) throws {
        guard wantsReply else { return }
        try JSONBytesEncoder().withEncoded(value) {
            try channel.reply(to: refSlice, status, zzz_bytes($0), isBinary: false)
        }
    }

    /// Answers with a payload that is there already: `message.reply(message.payload)`.
    public borrowing func reply(_ payload: borrowing Payload, status: ReplyStatus = .ok) throws {
        try channel.reply(to: refSlice, status, payload.slice, isBinary: payload.isBinary)
    }

    /// Answers with bytes, which version 2 of the protocol has.
    public borrowing func reply(binary bytes: [UInt8], status: ReplyStatus = .ok) throws {
        try bytes.withBytes { try channel.reply(to: refSlice, status, $0, isBinary: true) }
    }
}

/// An answer that is still owed: see ``ChannelMessage/reference``.
public struct ReplyReference: Sendable {
    let channel: JoinedChannel
    let ref: String

    /// Answers with `{}`.
    public func reply(status: ReplyStatus = .ok) throws { try send(status, zzz_bytes("{}"), isBinary: false) }

    /// Answers with a value as JSON.
    public func reply(_ value: some Encodable, status: ReplyStatus = .ok) throws {
        try JSONBytesEncoder().withEncoded(value) { try send(status, zzz_bytes($0), isBinary: false) }
    }

    /// Answers with bytes.
    public func reply(binary bytes: [UInt8], status: ReplyStatus = .ok) throws {
        try bytes.withBytes { try send(status, $0, isBinary: true) }
    }

    private func send(_ status: ReplyStatus, _ payload: zzz_bytes, isBinary: Bool) throws {
        try ref.withBytes { try channel.reply(to: $0, status, payload, isBinary: isBinary) }
    }
}

/// How something went: ``ok``, ``error``, or a word of the app's own.
public struct ReplyStatus: Hashable, Sendable, ExpressibleByStringLiteral {
    public let word: String

    public init(_ word: String) { self.word = word }
    public init(stringLiteral word: String) { self.word = word }

    public static let ok: ReplyStatus = "ok"
    public static let error: ReplyStatus = "error"
}

/// A message of a topic: an event that is broadcast, or one that a subscription brings.
///
/// It belongs to the call that it was given to.
public struct TopicMessage: ~Copyable {
    public let payload: Payload
    private let topicSlice: zzz_bytes
    let eventSlice: zzz_bytes
    private let copy: ChannelEventCopy?

    /// - Parameters: slices that must live as long as the message.
    init(topic: zzz_bytes, event: zzz_bytes, _ payload: consuming Payload) {
        topicSlice = topic
        eventSlice = event
        self.payload = payload
        copy = nil
    }

    init(_ event: borrowing zzz_channel_event) {
        let isBinary = event.flags & UInt16(ZZZ_CHANNEL_BINARY) != 0
        self.init(topic: event.topic, event: event.event, Payload(event.payload, isBinary: isBinary))
    }

    init(_ copy: ChannelEventCopy) {
        topicSlice = zzz_bytes(copy.topic.buffer)
        eventSlice = zzz_bytes(copy.event.buffer)
        payload = copy.payload()
        self.copy = copy
    }

    public var topic: String { topicSlice.string }
    public var event: String { eventSlice.string }
}

/// What an event of the host's says, for a call that goes on after the host's.
final class ChannelEventCopy: @unchecked Sendable {
    // Immutable after init.
    let topic: OwnedBytes
    let event: OwnedBytes
    let ref: OwnedBytes
    private let content: OwnedBytes
    private let isBinary: Bool

    init(_ event: borrowing zzz_channel_event) {
        topic = OwnedBytes(copying: event.topic)
        self.event = OwnedBytes(copying: event.event)
        ref = OwnedBytes(copying: event.ref)
        content = OwnedBytes(copying: event.payload)
        isBinary = event.flags & UInt16(ZZZ_CHANNEL_BINARY) != 0
    }

    func payload() -> Payload { Payload(content, isBinary: isBinary) }
}
