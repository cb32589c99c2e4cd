import ZzzAppABI

/// Joins the bus of this daemon with those of others (Phoenix.PubSub.Adapter): it carries what is published here to
/// them, and brings what they publish. Presence stays each daemon's own.
///
/// The calls come from any thread, `send` from several at once.
public protocol PubSubAdapter: AnyObject, Sendable {
    /// Begins: from now on `bus.receive` takes what others have sent, from any thread, and each sender's messages in
    /// their order.
    func start(_ bus: PubSub)

    /// Takes a message for all other daemons. It must not wait: what can't be sent at once is queued, up to a limit.
    /// - Throws: what the sender is told when the message can't be taken. Nobody gets it then, here neither.
    func send(_ message: PubSubMessage) throws(PubSub.Refusal)

    /// The server ends. What `receive` is called with from now on is dropped.
    func stop()
}

/// What daemons tell each other.
public enum PubSubMessage: Sendable, Equatable {
    /// For all of a topic. `app` is empty for a topic of all apps; the payload is JSON, or any bytes when `isBinary`.
    case broadcast(app: String, topic: String, event: String, payload: [UInt8], isBinary: Bool)
    /// Every socket of the app's with that id is to be closed.
    case disconnect(app: String, id: String)
}

extension PubSubMessage {
    /// A name is 1 to this many bytes, an app's may be empty.
    static var longestName: Int { Int(ZZZ_TOPIC_MAXIMUM_BYTES) }
    /// Bytes of a payload.
    static var longestPayload: Int { 16 << 20 }

    /// What another daemon may not send.
    func check() throws(PubSub.Refusal) {
        switch self {
        case .broadcast(let app, let topic, let event, let payload, let isBinary):
            try Self.check(app, "app", 0...)
            try Self.check(topic, "topic", 1...)
            try Self.check(event, "event", 1...)
            guard payload.count <= Self.longestPayload else {
                throw Self.invalid("payload: \(payload.count) bytes, at most \(Self.longestPayload)")
            }
            guard isBinary || String(validating: payload, as: UTF8.self) != nil else {
                throw Self.invalid("payload: JSON that is not UTF-8")
            }
        case .disconnect(let app, let id):
            try Self.check(app, "app", 1...)
            try Self.check(id, "id", 1...)
        }
    }

    private static func check(
        _ name: String, _ what: String, _ counts: PartialRangeFrom<Int>
    ) throws(PubSub.Refusal) {
        let count = name.utf8.count
        guard counts.contains(count), count <= longestName else {
            throw invalid("\(what): \(count) bytes, and \(counts.lowerBound) to \(longestName) are possible")
        }
    }

    private static func invalid(_ text: String) -> PubSub.Refusal {
        PubSub.Refusal(status: zzz_status(ZZZ_ERROR_INVALID), text: text)
    }
}

extension PubSubMessage {
    init(_ message: Broadcast) {
        self = .broadcast(
            app: message.name.app, topic: message.name.topic, event: message.event, payload: message.payload,
            isBinary: message.isBinary)
    }
}
