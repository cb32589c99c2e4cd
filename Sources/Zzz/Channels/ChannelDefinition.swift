import ZzzAppABI

/// The host's functions for channels.
typealias ChannelTable = UnsafePointer<zzz_channel_api>

/// A kind of socket, as a route brings it.
struct ChannelSocketKind: Sendable {
    let name: String
    let type: ObjectIdentifier
    let source: String
    let settings: [ChannelSettings]
    let makeKinds: @Sendable (Host, ChannelTable) -> [ChannelKind]

    init<Socket: ChannelSocket>(_ type: Socket.Type, source: String) {
        let routes = Socket.channels
        name = Socket.stateName
        self.type = ObjectIdentifier(type)
        self.source = source
        settings = routes.map(\.settings)
        makeKinds = { host, api in routes.map { $0.make($0.settings, host, api) } }
    }
}

/// All kinds of channels with the same pattern, one for each kind of socket: the host tells topics apart, and this
/// tells sockets apart.
final class ChannelDefinition: @unchecked Sendable {
    // Set while loading, and only read afterwards.
    let pattern: String
    fileprivate(set) var kinds: [ChannelKind]

    init(_ kind: ChannelKind) {
        pattern = kind.settings.pattern
        kinds = [kind]
    }

    func handle(_ channel: OpaquePointer, _ event: UnsafePointer<zzz_channel_event>) -> zzz_status {
        if Int(event.pointee.kind) == ZZZ_CHANNEL_JOIN { return join(channel, event) }
        guard kinds.count > 1, let object = event.pointee.channel_user else {
            return kinds[0].handle(channel, event)
        }
        // What `join` gave is an object of one of the kinds.
        let type: AnyClass = Swift.type(of: Unmanaged<AnyObject>.fromOpaque(object).takeUnretainedValue())
        guard let kind = kinds.first(where: { $0.objectType == type }) else { return HostStatus.app }
        return kind.handle(channel, event)
    }

    private func join(_ channel: OpaquePointer, _ event: UnsafePointer<zzz_channel_event>) -> zzz_status {
        let name = event.pointee.socket_state.buffer.prefix { $0 != UInt8(ascii: ":") }
        for kind in kinds where name.elementsEqual(kind.socketName.utf8) { return kind.handle(channel, event) }
        return kinds[0].refuse(JoinedChannel(kinds[0], channel), ChannelError("unmatched topic"))
    }
}

extension AppInstance {
    /// Tells the host what can be joined.
    func define(_ sockets: [ChannelSocketKind]) throws {
        guard !sockets.isEmpty else { return }
        guard let api = host.channel else {
            throw StartupError("\(sockets[0].source): the daemon does not offer \(ZZZ_CHANNEL_EXTENSION)")
        }
        for definition in try Self.definitions(sockets, host, api) {
            channelDefinitions.append(definition)
            try register(definition, api)
        }
    }

    private static func definitions(
        _ sockets: [ChannelSocketKind], _ host: Host, _ api: ChannelTable
    ) throws -> [ChannelDefinition] {
        var seen: [String: ObjectIdentifier] = [:]
        var definitions: [ChannelDefinition] = []
        for socket in sockets {
            if let other = seen.updateValue(socket.type, forKey: socket.name) {
                if other == socket.type { continue }
                throw StartupError("\(socket.source): there are two kinds of sockets with the name \(socket.name)")
            }
            for kind in socket.makeKinds(host, api) {
                let pattern = kind.settings.pattern
                if let same = definitions.first(where: { $0.pattern == pattern }) {
                    guard !same.kinds.contains(where: { $0.socketName == socket.name }) else {
                        throw StartupError("\(kind.settings.source): \"\(pattern)\" is there twice")
                    }
                    same.kinds.append(kind)
                } else {
                    try checkOverlap(kind, definitions)
                    definitions.append(ChannelDefinition(kind))
                }
            }
        }
        return definitions
    }

    /// The host finds a channel by its topic alone. Within one kind of socket the order decides; for two the same
    /// topic must not mean two patterns.
    private static func checkOverlap(_ kind: ChannelKind, _ definitions: [ChannelDefinition]) throws {
        let pattern = kind.settings.pattern
        for definition in definitions where overlap(pattern, definition.pattern) {
            guard let other = definition.kinds.first(where: { $0.socketName != kind.socketName }) else { continue }
            throw StartupError(
                "\(kind.settings.source): \"\(pattern)\" of \(kind.socketName) and \"\(definition.pattern)\" of "
                    + "\(other.socketName) take the same topics: give both kinds of sockets the same pattern")
        }
    }

    private static func overlap(_ first: String, _ second: String) -> Bool {
        func matches(_ pattern: String, _ other: String) -> Bool {
            pattern.hasSuffix("*") && other.hasPrefix(pattern.dropLast())
        }
        return first == second || matches(first, second) || matches(second, first)
    }

    private func register(_ definition: ChannelDefinition, _ api: ChannelTable) throws {
        let settings = definition.kinds.map(\.settings)
        var record = zzz_channel_definition()
        record.size = UInt32(MemoryLayout<zzz_channel_definition>.size)
        record.callback = handleChannel
        record.user = Unmanaged.passUnretained(definition).toOpaque()
        // Where kinds of sockets share a pattern: what the one that wants most has.
        record.timeout_ms =
            settings.contains { $0.timeoutMilliseconds == 0 }
            ? 0 : settings.map(\.timeoutMilliseconds).max() ?? 0
        record.messages_per_second =
            settings.contains { $0.messagesPerSecond == 0 }
            ? 0 : settings.map(\.messagesPerSecond).max() ?? 0
        let intercepts = Array(Set(settings.flatMap(\.intercepts))).sorted()
        try withSlices(of: intercepts) { intercepts in
            try definition.pattern.withBytes { pattern in
                try settings[0].source.withBytes { source in
                    record.pattern = pattern
                    record.source = source
                    record.intercepts = intercepts.baseAddress
                    record.intercept_count = UInt32(intercepts.count)
                    _ = try hostCall("define") { api.pointee.define(host.app, &record, $0) }
                }
            }
        }
        try registerPresence(definition)
    }
}

/// Calls `body` with the texts' bytes.
private func withSlices<Result>(
    of texts: [String], _ body: (UnsafeBufferPointer<zzz_bytes>) throws -> Result
) rethrows -> Result {
    let copies = texts.map { $0.withBytes { OwnedBytes(copying: $0) } }
    return try withExtendedLifetime(copies) { try copies.map { zzz_bytes($0.buffer) }.withUnsafeBufferPointer(body) }
}

/// What the host calls for each event: the C function of every kind of channel.
private func handleChannel(
    _ user: UnsafeMutableRawPointer?, _ channel: OpaquePointer?, _ event: UnsafePointer<zzz_channel_event>?
) -> zzz_status {
    guard let user, let channel, let event else { return HostStatus.invalid }
    // The instance keeps its definitions until the process ends: no reference needs to be counted for the call.
    return Unmanaged<ChannelDefinition>.fromOpaque(user)._withUnsafeGuaranteedRef { $0.handle(channel, event) }
}
