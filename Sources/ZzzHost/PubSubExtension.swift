import ZzzAppABI
import ZzzServer

/// "zzz.pubsub/1": the functions of `zzz_pubsub`, each a translation between C and `PubSub`.
enum PubSubExtension {
    private struct Table: @unchecked Sendable {
        // @unchecked: constant memory that is never freed.
        let pointer: UnsafePointer<zzz_pubsub>
    }

    static var table: UnsafePointer<zzz_pubsub> { storage.pointer }

    private static let storage: Table = {
        let table = UnsafeMutablePointer<zzz_pubsub>.allocate(capacity: 1)
        table.initialize(
            to: zzz_pubsub(
                size: UInt32(MemoryLayout<zzz_pubsub>.size), reserved: 0, subscribe: subscribe,
                unsubscribe: unsubscribe, broadcast: broadcast))
        return Table(pointer: UnsafePointer(table))
    }()

    private typealias ErrorPointer = UnsafeMutablePointer<zzz_error>?

    private static let subscribe:
        @convention(c) (
            OpaquePointer?, OpaquePointer?, zzz_bytes, UInt32, zzz_message_callback?, UnsafeMutableRawPointer?,
            UnsafeMutablePointer<OpaquePointer?>?, ErrorPointer
        ) -> zzz_status = { app, loop, topic, flags, callback, user, subscription, error in
            answering(error) { () throws(Refusal) in
                let generation = try Generation.required(app)
                guard let callback else { throw .invalid("callback: NULL") }
                try checkFlags(flags, Int(ZZZ_PUBSUB_SHARED))
                let topic = try topic.topic()
                let pubSub = try LoopExtension.requiredPubSub()
                guard let loop = LoopExtension.index(loop) else { throw .invalid("loop: not one of this host") }
                let handle = try served { () throws(RequestCalls.Refusal) in
                    try pubSub.subscribe(
                        app: generation.realm, generation: app, topic: topic, isShared: flags != 0, loop: loop,
                        callback, user)
                }
                subscription?.pointee = handle
            }
        }

    private static let unsubscribe: @convention(c) (OpaquePointer?) -> zzz_status = { subscription in
        answering(nil) { () throws(Refusal) in
            guard try LoopExtension.requiredPubSub().unsubscribe(subscription) else {
                throw Refusal(Status.gone, "the subscription has ended")
            }
        }
    }

    private static let broadcast:
        @convention(c) (OpaquePointer?, zzz_bytes, zzz_bytes, zzz_bytes, UInt32, ErrorPointer) -> zzz_status = {
            app, topic, event, payload, flags, error in
            answering(error) { () throws(Refusal) in
                let generation = try Generation.required(app)
                try checkFlags(flags, Int(ZZZ_PUBSUB_BINARY | ZZZ_PUBSUB_SHARED))
                let isBinary = flags & UInt32(ZZZ_PUBSUB_BINARY) != 0
                let isShared = flags & UInt32(ZZZ_PUBSUB_SHARED) != 0
                let topic = try topic.topic()
                let event = try event.event()
                let payload = try payload.payload(isBinary: isBinary)
                let pubSub = try LoopExtension.requiredPubSub()
                try served { () throws(RequestCalls.Refusal) in
                    try pubSub.broadcast(
                        app: isShared ? "" : generation.realm, topic: topic, event: event, payload, isBinary: isBinary)
                }
            }
        }
}
