import ZzzAppABI
import ZzzJSON

/// Messages by topic, across the loops of the daemon and, where an app wants it, across apps: ``Context/pubSub`` within
/// a request, ``JoinedChannel/pubSub`` in a channel, ``process`` elsewhere.
///
/// ```swift
/// try context.pubSub.broadcast("room:lobby", "announcement", ["text": "closing at ten"])
/// ```
/// A broadcast goes to the subscriptions of the topic, and to the clients of all channels that are joined to it. A
/// topic is this app's own, in all its generations, unless it is said to be shared.
public struct PubSub: Sendable {
    let host: Host?

    public static var process: PubSub { PubSub(host: Host.process) }

    /// Calls `handler` with what is broadcast on the topic from now on: on one loop, one after the other, in the order
    /// of each sender. Two subscriptions to a topic both get everything. It ends when it is cancelled, and with this
    /// generation of the app.
    /// - Parameter isShared: a topic of all apps.
    @discardableResult
    public func subscribe(
        _ topic: String, isShared: Bool = false,
        _ handler: @escaping @Sendable (borrowing TopicMessage) throws -> Void
    ) throws -> Subscription {
        let (host, api) = try table("subscribe")
        guard let loops = host.loop, let loop = loops.pointee.current() ?? loops.pointee.at(0) else {
            throw HostError(missing: "subscribe", ZZZ_LOOP_EXTENSION)
        }
        return try Subscription(host, api, loop, topic, Self.flags(isShared: isShared), handler)
    }

    /// Sends an event, with a value as JSON.
    public func broadcast(_ topic: String, _ event: String, _ value: some Encodable, isShared: Bool = false) throws {
        try JSONBytesEncoder().withEncoded(value) {
            try broadcast(topic, event, zzz_bytes($0), Self.flags(isShared: isShared))
        }
    }

    /// Sends an event, with a payload that is there already.
    public func broadcast(
        _ topic: String, _ event: String, _ payload: borrowing Payload, isShared: Bool = false
    ) throws {
        let binary = payload.isBinary ? UInt32(ZZZ_PUBSUB_BINARY) : 0
        try broadcast(topic, event, payload.slice, Self.flags(isShared: isShared) | binary)
    }

    /// Sends an event, with bytes.
    public func broadcast(_ topic: String, _ event: String, binary bytes: [UInt8], isShared: Bool = false) throws {
        let flags = Self.flags(isShared: isShared) | UInt32(ZZZ_PUBSUB_BINARY)
        try bytes.withBytes { try broadcast(topic, event, $0, flags) }
    }

    private func broadcast(_ topic: String, _ event: String, _ payload: zzz_bytes, _ flags: UInt32) throws {
        let (host, api) = try table("broadcast")
        try topic.withBytes { topic in
            try event.withBytes { event in
                _ = try hostCall("broadcast") { api.pointee.broadcast(host.app, topic, event, payload, flags, $0) }
            }
        }
    }

    private func table(_ operation: String) throws -> (Host, UnsafePointer<zzz_pubsub>) {
        guard let host, let api = host.pubSub else { throw HostError(missing: operation, ZZZ_PUBSUB_EXTENSION) }
        return (host, api)
    }

    static func flags(isShared: Bool) -> UInt32 { isShared ? UInt32(ZZZ_PUBSUB_SHARED) : 0 }
}

extension Context {
    /// Messages by topic.
    public var pubSub: PubSub { PubSub(host: instance.host) }
}
