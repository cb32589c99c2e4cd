import Synchronization
import ZzzAppABI

/// A subscription of ``PubSub``.
public final class Subscription: Sendable {
    private let host: Host
    private let handler: @Sendable (borrowing TopicMessage) throws -> Void
    private let topic: String
    /// The addresses of the host's handle, 0 when it has been cancelled, and of the loop.
    private let handle = Atomic<UInt>(0)
    private let loop: UInt

    init(
        _ host: Host, _ api: UnsafePointer<zzz_pubsub>, _ loop: OpaquePointer, _ topic: String, _ flags: UInt32,
        _ handler: @escaping @Sendable (borrowing TopicMessage) throws -> Void
    ) throws {
        self.host = host
        self.handler = handler
        self.topic = topic
        self.loop = UInt(bitPattern: loop)
        // The host's share, given back by `cancel`; without it, it lives as long as its generation, which is never
        // freed.
        let user = Unmanaged.passRetained(self)
        var subscription: OpaquePointer?
        do {
            try topic.withBytes { topic in
                _ = try hostCall("subscribe") {
                    api.pointee.subscribe(
                        host.app, loop, topic, flags, Self.deliver, user.toOpaque(), &subscription, $0)
                }
            }
        } catch {
            user.release()
            throw error
        }
        handle.store(UInt(bitPattern: subscription), ordering: .releasing)
    }

    /// Ends it. On the subscription's own loop, which is the one that it was made on, the handler is not called after
    /// this has returned.
    public func cancel() {
        let handle = handle.exchange(0, ordering: .acquiringAndReleasing)
        guard let subscription = OpaquePointer(bitPattern: handle), let api = host.pubSub else { return }
        _ = api.pointee.unsubscribe(subscription)
        let user = Unmanaged.passUnretained(self)
        if let loops = host.loop, UInt(bitPattern: loops.pointee.current()) != loop {
            // The handler may be running there now: the job comes after it. A full mailbox costs this object.
            let release: zzz_job = { user in
                guard let user else { return }
                Unmanaged<Subscription>.fromOpaque(user).release()
            }
            _ = loops.pointee.post(host.app, OpaquePointer(bitPattern: loop), nil, release, user.toOpaque())
        } else {
            user.release()
        }
    }

    private static let deliver: zzz_message_callback = { user, message in
        guard let user, let message = message?.pointee else { return }
        // Its own handler may cancel it.
        let subscription = Unmanaged<Subscription>.fromOpaque(user).takeUnretainedValue()
        let isBinary = message.flags & UInt32(ZZZ_PUBSUB_BINARY) != 0
        do {
            try subscription.handler(
                TopicMessage(
                    topic: message.topic, event: message.event, Payload(message.payload, isBinary: isBinary)))
        } catch {
            Logger(host: subscription.host, request: nil).error("subscription to \(subscription.topic): \(error)")
        }
    }
}
