import ZzzAppABI
import ZzzServer

/// "zzz.presence/1": the functions of `zzz_presence`, each a translation between C and `ChannelCalls` or `PubSub`.
enum PresenceExtension {
    private struct Table: @unchecked Sendable {
        // @unchecked: constant memory that is never freed.
        let pointer: UnsafePointer<zzz_presence>
    }

    static var table: UnsafePointer<zzz_presence> { storage.pointer }

    private static let storage: Table = {
        let table = UnsafeMutablePointer<zzz_presence>.allocate(capacity: 1)
        table.initialize(
            to: zzz_presence(
                size: UInt32(MemoryLayout<zzz_presence>.size), reserved: 0, track: track, update: update,
                untrack: untrack, list: list, on_difference: onDifference, meta: meta, exchange: exchange))
        return Table(pointer: UnsafePointer(table))
    }()

    private typealias ErrorPointer = UnsafeMutablePointer<zzz_error>?

    private static let track: @convention(c) (OpaquePointer?, zzz_bytes, zzz_bytes, ErrorPointer) -> zzz_status = {
        channel, key, meta, error in
        answering(error) { () throws(Refusal) in
            let key = try key.presenceKey()
            let meta = try meta.presenceMeta()
            try served { () throws(RequestCalls.Refusal) in try ChannelCalls.track(channel, key: key, meta: meta) }
        }
    }

    private static let update: @convention(c) (OpaquePointer?, zzz_bytes, zzz_bytes, ErrorPointer) -> zzz_status = {
        channel, key, meta, error in
        answering(error) { () throws(Refusal) in
            let key = try key.presenceKey()
            let meta = try meta.presenceMeta()
            try served { () throws(RequestCalls.Refusal) in try ChannelCalls.update(channel, key: key, meta: meta) }
        }
    }

    private static let untrack: @convention(c) (OpaquePointer?, zzz_bytes, ErrorPointer) -> zzz_status = {
        channel, key, error in
        answering(error) { () throws(Refusal) in
            let key = try key.presenceKey()
            try served { () throws(RequestCalls.Refusal) in try ChannelCalls.untrack(channel, key: key) }
        }
    }

    private static let list:
        @convention(c) (OpaquePointer?, zzz_bytes, UnsafeMutablePointer<zzz_buffer>?, ErrorPointer) -> zzz_status = {
            app, topic, state, error in
            answering(error) { () throws(Refusal) in
                let generation = try Generation.required(app)
                guard let state else { throw .invalid("state: NULL") }
                let topic = try topic.topic()
                let pubSub = try LoopExtension.requiredPubSub()
                try state.fill("state", pubSub.presences(app: generation.realm, topic: topic))
            }
        }

    private static let meta:
        @convention(c) (OpaquePointer?, zzz_bytes, UnsafeMutablePointer<zzz_buffer>?, ErrorPointer) -> zzz_status = {
            channel, key, meta, error in
            answering(error) { () throws(Refusal) in
                guard let meta else { throw .invalid("meta: NULL") }
                let key = try key.presenceKey()
                let result = try served { () throws(RequestCalls.Refusal) in try ChannelCalls.meta(channel, key: key) }
                try meta.fill("meta", result)
            }
        }

    private static let exchange:
        @convention(c) (OpaquePointer?, zzz_bytes, zzz_bytes, zzz_bytes, ErrorPointer) -> zzz_status = {
            channel, key, expected, meta, error in
            answering(error) { () throws(Refusal) in
                let (key, expected) = (try key.presenceKey(), try expected.presenceMeta("expected"))
                let meta = try meta.presenceMeta()
                try served { () throws(RequestCalls.Refusal) in
                    try ChannelCalls.exchange(channel, key: key, expected: expected, meta: meta)
                }
            }
        }

    private static let onDifference:
        @convention(c) (
            OpaquePointer?, zzz_bytes, zzz_presence_callback?, UnsafeMutableRawPointer?, ErrorPointer
        ) -> zzz_status = { app, pattern, callback, user, error in
            guard let generation = Generation.from(handle: app) else { return Status.gone }
            return generation.onDifference(pattern, callback, user, error)
        }
}

extension zzz_bytes {
    /// How long it may be, the server says; what is far too long is not even copied.
    fileprivate func presenceKey() throws(Refusal) -> String { try name("key", maximum: 4096) }

    fileprivate func presenceMeta(_ name: String = "meta") throws(Refusal) -> [UInt8] {
        let meta = try bytes(name)
        guard meta.count <= 1 << 20 else { throw Refusal(Status.limit, "\(name): \(meta.count) bytes, at most 1 MiB") }
        guard meta.isUTF8 else { throw .invalid("\(name): JSON that is not UTF-8") }
        return Array(meta)
    }
}
