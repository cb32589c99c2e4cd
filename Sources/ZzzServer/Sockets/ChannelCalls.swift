import ZzzAppABI
import ZzzChannels
import ZzzWebSocket

/// What an app can do with a channel's handle, from any thread, as with `SocketCalls`.
public enum ChannelCalls {
    public typealias Refusal = RequestCalls.Refusal

    private static var gone: Refusal { Refusal(status: zzz_status(ZZZ_ERROR_GONE), text: "the channel has ended") }

    /// Makes the request a socket of channels.
    public static func accept(_ request: OpaquePointer?, _ options: ChannelSocketOptions) throws(Refusal) {
        try RequestCalls.wait(request) { exchange throws(Refusal) in
            let hub: SocketHub = exchange.worker.hub
            let limits = options.socket.limits(over: exchange.worker.limits.sockets)
            let version = try exchange.channelProtocol(options)
            _ = try exchange.accept(
                subprotocols: options.socket.subprotocols, compression: limits.compression?.policy,
                headers: OwnedHeaders(options.socket.headers)
            ) { compression throws(Refusal) in
                let site = exchange.site
                let app = site?._withUnsafeGuaranteedRef { $0.name } ?? ""
                let socket = ChannelSocket(
                    hub: hub, settings: hub.settings(limits, app: app, version: version), compression: compression,
                    site: hub.currentSite(site), id: options.id, state: options.state)
                try hub.list(socket)
                return socket
            }
        }
    }

    /// The same over long polling: one request of such a client. The body of a POST is complete.
    /// - Parameter options: nil to go on with the session that the request names, or to be refused with
    ///   ZZZ_ERROR_NOT_FOUND when it names none.
    public static func poll(_ request: OpaquePointer?, _ options: ChannelSocketOptions?) throws(Refusal) {
        try RequestCalls.wait(request) { exchange throws(Refusal) in try exchange.poll(options) }
    }

    /// Answers a join. `response` is JSON, or empty for {}.
    public static func join(
        _ channel: OpaquePointer?, isAccepted: Bool, _ response: UnsafeRawBufferPointer,
        user: UnsafeMutableRawPointer?
    ) throws(Refusal) {
        nonisolated(unsafe) let user = user  // only handed back
        try run(
            channel, copying: response.count,
            here: { channel throws(Refusal) in try channel.answerJoin(isAccepted: isAccepted, response, user: user) }
        ) {
            let copy = ImmutableBytes(response)
            return { channel throws(Refusal) in
                try channel.answerJoin(isAccepted: isAccepted, copy.buffer, user: user)
            }
        }
    }

    public static func reply(
        _ channel: OpaquePointer?, ref: String, status: String, _ payload: UnsafeRawBufferPointer, isBinary: Bool
    ) throws(Refusal) {
        try run(
            channel, copying: payload.count,
            here: { channel throws(Refusal) in
                try channel.reply(ref: ref, status: status, Self.payload(payload, isBinary))
            }
        ) {
            let copy = ImmutableBytes(payload)
            return { channel throws(Refusal) in
                try channel.reply(ref: ref, status: status, Self.payload(copy.buffer, isBinary))
            }
        }
    }

    public static func push(
        _ channel: OpaquePointer?, event: String, _ payload: UnsafeRawBufferPointer, isBinary: Bool
    ) throws(Refusal) {
        try run(
            channel, copying: payload.count,
            here: { channel throws(Refusal) in try channel.push(event, Self.payload(payload, isBinary)) }
        ) {
            let copy = ImmutableBytes(payload)
            return { channel throws(Refusal) in try channel.push(event, Self.payload(copy.buffer, isBinary)) }
        }
    }

    /// - Parameter skipsOwn: to all but the channel itself.
    public static func broadcast(
        _ channel: OpaquePointer?, event: String, _ payload: UnsafeRawBufferPointer, isBinary: Bool, skipsOwn: Bool
    ) throws(Refusal) {
        try run(
            channel, copying: payload.count,
            here: { channel throws(Refusal) in
                try channel.broadcast(event, payload, isBinary: isBinary, skipsOwn: skipsOwn)
            }
        ) {
            let copy = ImmutableBytes(payload)
            return { channel throws(Refusal) in
                try channel.broadcast(event, copy.buffer, isBinary: isBinary, skipsOwn: skipsOwn)
            }
        }
    }

    public static func subscribe(_ channel: OpaquePointer?, topic: String, isShared: Bool) throws(Refusal) {
        try both(channel) { channel throws(Refusal) in
            try channel.subscribe(TopicName(app: isShared ? "" : channel.socket.app, topic: topic))
        }
    }

    public static func unsubscribe(_ channel: OpaquePointer?, topic: String, isShared: Bool) throws(Refusal) {
        try both(channel) { channel throws(Refusal) in
            try channel.unsubscribe(TopicName(app: isShared ? "" : channel.socket.app, topic: topic))
        }
    }

    public static func stop(_ channel: OpaquePointer?) throws(Refusal) {
        try both(channel) { channel throws(Refusal) in try channel.stop() }
    }

    public static func done(_ channel: OpaquePointer?, _ outcome: zzz_status) throws(Refusal) {
        try both(channel) { channel throws(Refusal) in try channel.done(outcome) }
    }

    public static func handOver(
        _ channel: OpaquePointer?, version: UInt32, _ state: UnsafeRawBufferPointer
    ) throws(Refusal) {
        try run(
            channel, copying: state.count,
            here: { channel throws(Refusal) in try channel.handOver(version: version, state) }
        ) {
            let copy = ImmutableBytes(state)
            return { channel throws(Refusal) in try channel.handOver(version: version, copy.buffer) }
        }
    }

    // MARK: Presence

    public static func track(_ channel: OpaquePointer?, key: String, meta: [UInt8]) throws(Refusal) {
        try present(channel) { presence, channel throws(Refusal) in
            try presence.track(owner: channel.identity, channel.name, key: key, meta: meta)
            channel.details.isPresent = true
        }
    }

    public static func update(_ channel: OpaquePointer?, key: String, meta: [UInt8]) throws(Refusal) {
        try present(channel) { presence, channel throws(Refusal) in
            try presence.update(owner: channel.identity, channel.name, key: key, meta: meta)
        }
    }

    public static func untrack(_ channel: OpaquePointer?, key: String) throws(Refusal) {
        try present(channel) { presence, channel throws(Refusal) in
            try presence.untrack(owner: channel.identity, channel.name, key: key)
        }
    }

    /// What it is present with; a thread that is not the loop's waits for it.
    public static func meta(_ channel: OpaquePointer?, key: String) throws(Refusal) -> [UInt8] {
        try answer(channel) { presence, channel throws(Refusal) in
            try presence.meta(owner: channel.identity, channel.name, key: key)
        }
    }

    /// Replaces that where it is still what was expected.
    public static func exchange(
        _ channel: OpaquePointer?, key: String, expected: [UInt8], meta: [UInt8]
    ) throws(Refusal) {
        try answer(channel) { presence, channel throws(Refusal) in
            try presence.update(
                owner: channel.identity, channel.name, key: key, expected: expected, meta: meta)
        }
    }

    private static func answer<Answer: Sendable>(
        _ channel: OpaquePointer?,
        _ body: @escaping @Sendable (PresenceDirectory, Channel) throws(Refusal) -> Answer
    ) throws(Refusal) -> Answer {
        let handle = Handle(channel)
        guard handle.kind == .channel else { throw gone }
        return try RemoteCall.answer(on: handle) { hub throws(Refusal) in
            guard let channel = hub.channels[handle], channel.state != .ended, let pubSub = hub.pubSub else {
                throw gone
            }
            return try body(pubSub.presence, channel)
        }
    }

    private static func present(
        _ channel: OpaquePointer?,
        _ body: @escaping @Sendable (PresenceDirectory, Channel) throws(Refusal) -> Void
    ) throws(Refusal) {
        try both(channel) { channel throws(Refusal) in
            guard channel.state != .ended, let pubSub = channel.hub.pubSub else { throw gone }
            try body(pubSub.presence, channel)
        }
    }

    // MARK: -

    private static func payload(_ bytes: UnsafeRawBufferPointer, _ isBinary: Bool) -> ChannelProtocol.Payload {
        bytes.isEmpty && !isBinary ? .empty : ChannelProtocol.Payload(bytes, isBinary: isBinary)
    }

    private static func both(
        _ channel: OpaquePointer?, _ body: @escaping @Sendable (Channel) throws(Refusal) -> Void
    ) throws(Refusal) {
        try run(channel, copying: 0, here: body) { body }
    }

    @inline(__always)
    private static func run(
        _ pointer: OpaquePointer?, copying byteCount: Int, here: (Channel) throws(Refusal) -> Void,
        posted: () -> @Sendable (Channel) throws(Refusal) -> Void
    ) throws(Refusal) {
        let handle = Handle(pointer)
        guard handle.kind == .channel else { throw gone }
        try RemoteCall.run(
            on: handle, copying: byteCount, find: { $0.channels[handle] }, gone: gone, here: here, posted: posted)
    }
}

extension Channel {
    /// zzz_channel_api.broadcast
    func broadcast(
        _ event: String, _ payload: UnsafeRawBufferPointer, isBinary: Bool, skipsOwn: Bool
    ) throws(Refusal) {
        guard state != .ended else {
            throw Refusal(status: zzz_status(ZZZ_ERROR_GONE), text: "the channel has ended")
        }
        var empty = (UInt8(ascii: "{"), UInt8(ascii: "}"))
        try withUnsafeBytes(of: &empty) { empty throws(Refusal) in
            let message = Broadcast(
                name, event: event, payload: payload.isEmpty && !isBinary ? empty : payload, isBinary: isBinary,
                from: skipsOwn ? identity : 0, writer: &hub.writer)
            try hub.pubSub?.send(message, from: hub.worker)
        }
    }
}

extension Exchange {
    /// What the client asks for, or 403.
    fileprivate func channelProtocol(_ options: ChannelSocketOptions) throws(Refusal) -> ChannelProtocol {
        if let version = options.spoken { return version }
        try liveConnection().borrow { connection throws(Refusal) in
            try expectUnanswered()
            connection.respond(self, status: 403, "vsn is 1.0.0 or 2.0.0")
        }
        throw Refusal(
            status: zzz_status(ZZZ_ERROR_INVALID), text: "answered 403: vsn \"\(options.version)\" is not spoken here")
    }
}

extension SocketHub {
    /// What answers requests now in the place of the generation that accepts a socket.
    func currentSite(_ site: Unmanaged<Site>?) -> Unmanaged<Site>? {
        guard let site else { return nil }
        return self.site(named: site._withUnsafeGuaranteedRef { $0.name }).map { Unmanaged.passUnretained($0) }
    }

    /// The app's generation that answers requests now.
    func site(named name: String) -> Site? {
        worker.table.sites.first { $0.name == name } ?? pubSub?.resident(name)
    }
}
