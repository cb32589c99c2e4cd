import ZzzAppABI
import ZzzServer

/// "zzz.channel/1": the functions of `zzz_channel_api`, each a translation between C and `ChannelCalls`.
enum ChannelExtension {
    private struct Table: @unchecked Sendable {
        // @unchecked: constant memory that is never freed.
        let pointer: UnsafePointer<zzz_channel_api>
    }

    static var table: UnsafePointer<zzz_channel_api> { storage.pointer }

    private static let storage: Table = {
        let table = UnsafeMutablePointer<zzz_channel_api>.allocate(capacity: 1)
        table.initialize(
            to: zzz_channel_api(
                size: UInt32(MemoryLayout<zzz_channel_api>.size), reserved: 0, define: define, accept: accept,
                poll: poll, join: join, reply: reply, push: push, broadcast: broadcast, subscribe: subscribe,
                unsubscribe: unsubscribe, stop: stop, done: done, hand_over: handOver, disconnect: disconnect))
        return Table(pointer: UnsafePointer(table))
    }()

    private typealias ErrorPointer = UnsafeMutablePointer<zzz_error>?

    private static let define:
        @convention(c) (OpaquePointer?, UnsafePointer<zzz_channel_definition>?, ErrorPointer) -> zzz_status = {
            app, definition, error in
            guard let generation = Generation.from(handle: app) else { return Status.gone }
            return generation.defineChannel(definition, error)
        }

    // MARK: Sockets

    private static let accept:
        @convention(c) (OpaquePointer?, UnsafePointer<zzz_channel_socket>?, ErrorPointer) -> zzz_status = {
            request, socket, error in
            answering(error) { () throws(Refusal) in
                let options = try ChannelSocketOptions(socket)
                try served { () throws(RequestCalls.Refusal) in try ChannelCalls.accept(request, options) }
            }
        }

    private static let poll:
        @convention(c) (OpaquePointer?, UnsafePointer<zzz_channel_socket>?, ErrorPointer) -> zzz_status = {
            request, socket, error in
            answering(error) { () throws(Refusal) in
                let options: ChannelSocketOptions? = socket == nil ? nil : try ChannelSocketOptions(socket)
                try served { () throws(RequestCalls.Refusal) in try ChannelCalls.poll(request, options) }
            }
        }

    private static let disconnect: @convention(c) (OpaquePointer?, zzz_bytes, ErrorPointer) -> zzz_status = {
        app, id, error in
        answering(error) { () throws(Refusal) in
            let generation = try Generation.required(app)
            let id = try id.name("id", maximum: ChannelSocketOptions.longestID)
            let bus = try LoopExtension.requiredPubSub()
            try served { () throws(RequestCalls.Refusal) in try bus.disconnect(app: generation.realm, id: id) }
        }
    }

    // MARK: To the client

    private static let join:
        @convention(c) (
            OpaquePointer?, zzz_status, zzz_bytes, UnsafeMutableRawPointer?, ErrorPointer
        ) -> zzz_status = { channel, status, response, user, error in
            answering(error) { () throws(Refusal) in
                let response = try response.payload(isBinary: false)
                try served { () throws(RequestCalls.Refusal) in
                    try ChannelCalls.join(channel, isAccepted: status == Status.ok, response, user: user)
                }
            }
        }

    private static let reply:
        @convention(c) (OpaquePointer?, zzz_bytes, zzz_bytes, zzz_bytes, UInt32, ErrorPointer) -> zzz_status = {
            channel, ref, status, payload, flags, error in
            answering(error) { () throws(Refusal) in
                try checkFlags(flags, Int(ZZZ_CHANNEL_BINARY))
                let isBinary = flags != 0
                let payload = try payload.payload(isBinary: isBinary)
                let ref = try ref.name("ref", maximum: longestName)
                let status = try status.name("status", maximum: longestName)
                try served { () throws(RequestCalls.Refusal) in
                    try ChannelCalls.reply(channel, ref: ref, status: status, payload, isBinary: isBinary)
                }
            }
        }

    /// The lengths of a binary message are bytes.
    private static var longestName: Int { 255 }

    private static let push:
        @convention(c) (OpaquePointer?, zzz_bytes, zzz_bytes, UInt32, ErrorPointer) -> zzz_status = {
            channel, event, payload, flags, error in
            answering(error) { () throws(Refusal) in
                try checkFlags(flags, Int(ZZZ_CHANNEL_BINARY))
                let isBinary = flags != 0
                let payload = try payload.payload(isBinary: isBinary)
                let event = try event.event()
                try served { () throws(RequestCalls.Refusal) in
                    try ChannelCalls.push(channel, event: event, payload, isBinary: isBinary)
                }
            }
        }

    private static let broadcast:
        @convention(c) (OpaquePointer?, zzz_bytes, zzz_bytes, UInt32, ErrorPointer) -> zzz_status = {
            channel, event, payload, flags, error in
            answering(error) { () throws(Refusal) in
                try checkFlags(flags, Int(ZZZ_CHANNEL_BINARY | ZZZ_CHANNEL_FROM))
                let isBinary = flags & UInt32(ZZZ_CHANNEL_BINARY) != 0
                let payload = try payload.payload(isBinary: isBinary)
                let event = try event.event()
                try served { () throws(RequestCalls.Refusal) in
                    try ChannelCalls.broadcast(
                        channel, event: event, payload, isBinary: isBinary,
                        skipsOwn: flags & UInt32(ZZZ_CHANNEL_FROM) != 0)
                }
            }
        }

    // MARK: Other topics

    private static let subscribe: @convention(c) (OpaquePointer?, zzz_bytes, UInt32, ErrorPointer) -> zzz_status = {
        channel, topic, flags, error in
        answering(error) { () throws(Refusal) in
            try checkFlags(flags, Int(ZZZ_PUBSUB_SHARED))
            let topic = try topic.topic()
            try served { () throws(RequestCalls.Refusal) in
                try ChannelCalls.subscribe(channel, topic: topic, isShared: flags != 0)
            }
        }
    }

    private static let unsubscribe:
        @convention(c) (OpaquePointer?, zzz_bytes, UInt32, ErrorPointer) -> zzz_status = {
            channel, topic, flags, error in
            answering(error) { () throws(Refusal) in
                try checkFlags(flags, Int(ZZZ_PUBSUB_SHARED))
                let topic = try topic.topic()
                try served { () throws(RequestCalls.Refusal) in
                    try ChannelCalls.unsubscribe(channel, topic: topic, isShared: flags != 0)
                }
            }
        }

    // MARK: The channel's life

    private static let stop: @convention(c) (OpaquePointer?) -> zzz_status = { channel in
        answering(nil) { () throws(Refusal) in
            try served { () throws(RequestCalls.Refusal) in try ChannelCalls.stop(channel) }
        }
    }

    private static let done: @convention(c) (OpaquePointer?, zzz_status) -> zzz_status = { channel, outcome in
        answering(nil) { () throws(Refusal) in
            try served { () throws(RequestCalls.Refusal) in try ChannelCalls.done(channel, outcome) }
        }
    }

    private static let handOver:
        @convention(c) (OpaquePointer?, UInt32, zzz_bytes, ErrorPointer) -> zzz_status = {
            channel, version, state, error in
            answering(error) { () throws(Refusal) in
                let state = try state.bytes("state")
                try served { () throws(RequestCalls.Refusal) in
                    try ChannelCalls.handOver(channel, version: version, state)
                }
            }
        }
}

extension ChannelSocketOptions {
    static var longestID: Int { 255 }
    /// What is kept of each socket, and is given to each join.
    private static var longestState: Int { 64 << 10 }
    private static var longestVersion: Int { 64 }

    init(_ pointer: UnsafePointer<zzz_channel_socket>?) throws(Refusal) {
        self.init()
        guard let pointer, Int(pointer.pointee.size) >= MemoryLayout<zzz_channel_socket>.size else {
            throw .invalid("socket: NULL, or its size is not sizeof(zzz_channel_socket)")
        }
        let given = pointer.pointee
        version = try given.version.text("socket.version", maximum: Self.longestVersion)
        id = try given.id.text("socket.id", maximum: Self.longestID)
        let state = try given.state.bytes("socket.state")
        guard state.count <= Self.longestState else {
            throw Refusal(Status.limit, "socket.state: \(state.count) bytes, at most \(Self.longestState)")
        }
        self.state = Array(state)
        socket = try SocketOptions(given.options)
        socket.channels = given.channels == 0 ? nil : Int(given.channels)
        socket.messagesPerSecond = given.messages_per_second == 0 ? nil : Int(given.messages_per_second)
    }
}
