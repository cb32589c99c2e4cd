import ZzzAppABI
import ZzzJSON

/// Who is in the app's topics: ``Context/presence`` within a request, ``process`` elsewhere. A channel tells that its
/// client is there with ``JoinedChannel/presence``.
public struct Presence: Sendable {
    let host: Host?

    public static var process: Presence { Presence(host: Host.process) }

    /// What those in the topic say of themselves, by key: each has one meta for every channel that is tracked under
    /// it, the latest last.
    public func list<Meta: Decodable>(_ topic: String, as type: Meta.Type = Meta.self) throws -> [String: [Meta]] {
        try withState(of: topic) { state in
            try JSONBytesDecoder().decode([String: Entry<Meta>].self, from: state).mapValues(\.metas)
        }
    }

    /// What those under one key say; empty when nobody is there.
    public func get<Meta: Decodable>(
        _ key: String, in topic: String, as type: Meta.Type = Meta.self
    ) throws -> [Meta] {
        // The others' metas may be of any type.
        guard let entry = try state(of: topic)[key] else { return [] }
        return try JSONBytesDecoder().decode(Entry<Meta>.self, from: entry.serialized()).metas
    }

    private struct Entry<Meta: Decodable>: Decodable { var metas: [Meta] }

    func state(of topic: String) throws -> JSONValue { try withState(of: topic) { try JSONValue(parsing: $0) } }

    /// Calls `body` with the state as the host tells it.
    func withState<Result>(of topic: String, _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        guard let host, let api = host.presence else { throw HostError(missing: "list", ZZZ_PRESENCE_EXTENSION) }
        return try topic.withBytes { topic in
            try withRoom({ buffer in
                _ = try hostCall("list") { api.pointee.list(host.app, topic, buffer, $0) }
            }, body)
        }
    }
}

/// Calls `body` with what the host fills in, however long that is.
private func withRoom<Result>(
    _ fill: (UnsafeMutablePointer<zzz_buffer>) throws -> Void, _ body: (UnsafeRawBufferPointer) throws -> Result
) throws -> Result {
    var capacity = 4096
    while true {
        let room = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: capacity)
        defer { room.deallocate() }
        var buffer = zzz_buffer(room, capacity: capacity)
        try fill(&buffer)
        if buffer.count <= capacity {
            return try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(room)[..<buffer.count]))
        }
        // It may grow in between.
        capacity = buffer.count + buffer.count / 8
    }
}

extension Context {
    /// Who is in the app's topics.
    public var presence: Presence { Presence(host: instance.host) }
}

/// A channel's own presence in its topic.
///
/// ```swift
/// func joined(_ join: Join<UserSocket>) throws {
///     try join.channel.presence.track("\(user)", Meta(isTyping: false))
///     try join.channel.presence.pushState(of: join.topic)
/// }
/// ```
/// The others are told by the daemon, a little later and together with other changes. A presence ends with its channel,
/// and stays when the app is replaced.
public struct ChannelPresence: Sendable {
    let channel: JoinedChannel

    /// Says that the client is present under `key`, a user's id for example, with `meta`, which must become a JSON
    /// object. Throws when it is tracked under that key already.
    public func track(_ key: String, _ meta: some Encodable) throws {
        try call("track", key, meta) { $0.pointee.track }
    }

    /// Replaces the meta.
    public func update(_ key: String, _ meta: some Encodable) throws {
        try call("update", key, meta) { $0.pointee.update }
    }

    /// Changes the meta that the client is present with: not that of another window of the same user, which is a
    /// channel of its own.
    ///
    /// ```swift
    /// try channel.presence.update("\(user)", as: Meta.self) { $0.isTyping = true }
    /// ```
    /// No update is lost. Where several tasks update at once, `change` is called again with what another has left, so
    /// it should do nothing else. Outside of the channel's functions the thread waits for the channel's loop.
    /// - Throws: what `change` throws, and a DecodingError for a meta that is no `Meta`: nothing is changed then.
    public func update<Meta: Codable>(
        _ key: String, as type: Meta.Type = Meta.self, _ change: (inout Meta) throws -> Void
    ) throws {
        let api = try table("exchange")
        guard Int(api.pointee.size) >= MemoryLayout<zzz_presence>.size else {
            throw HostError(missing: "exchange", ZZZ_PRESENCE_EXTENSION)
        }
        while true {
            do {
                return try key.withBytes { key in
                    try withRoom({ buffer in
                        _ = try hostCall("meta") { api.pointee.meta(channel.handle, key, buffer, $0) }
                    }) { old in
                        var meta = try JSONBytesDecoder().decode(type, from: old)
                        try change(&meta)
                        try exchange(key, old, meta, api)
                    }
                }
            } catch let error as HostError where error.operation == "exchange" && error.code == HostStatus.conflict {
                // Another task was faster.
            }
        }
    }

    private func exchange(
        _ key: zzz_bytes, _ old: UnsafeRawBufferPointer, _ meta: some Encodable, _ api: UnsafePointer<zzz_presence>
    ) throws {
        try JSONBytesEncoder().withEncoded(meta) { new in
            _ = try hostCall("exchange") {
                api.pointee.exchange(channel.handle, key, zzz_bytes(old), zzz_bytes(new), $0)
            }
        }
    }

    /// Says that the client is not present under that key any more.
    public func untrack(_ key: String) throws {
        let api = try table("untrack")
        try key.withBytes { key in _ = try hostCall("untrack") { api.pointee.untrack(channel.handle, key, $0) } }
    }

    /// Sends the client `presence_state`, from which on it follows the changes: after its join.
    public func pushState(of topic: String) throws {
        let presence = Presence(host: channel.kind.host)
        guard let fetch = channel.kind.settings.fetchPresence else {
            return try presence.withState(of: topic) {
                try channel.push("presence_state", Payload(zzz_bytes($0), isBinary: false))
            }
        }
        try channel.push("presence_state", fetch.adding(to: presence.state(of: topic), of: topic))
    }

    private typealias Change =
        @convention(c) (
            OpaquePointer?, zzz_bytes, zzz_bytes, UnsafeMutablePointer<zzz_error>?
        ) -> zzz_status

    private func call(
        _ operation: StaticString, _ key: String, _ meta: some Encodable,
        _ function: (UnsafePointer<zzz_presence>) -> Change?
    ) throws {
        guard let function = function(try table("\(operation)")) else {
            throw HostError(missing: "\(operation)", ZZZ_PRESENCE_EXTENSION)
        }
        try JSONBytesEncoder().withEncoded(meta) { meta in
            try key.withBytes { key in
                _ = try hostCall(operation) { function(channel.handle, key, zzz_bytes(meta), $0) }
            }
        }
    }

    private func table(_ operation: String) throws -> UnsafePointer<zzz_presence> {
        guard let table = channel.kind.host.presence else {
            throw HostError(missing: operation, ZZZ_PRESENCE_EXTENSION)
        }
        return table
    }
}

extension JoinedChannel {
    /// The channel's own presence in its topic.
    public var presence: ChannelPresence { ChannelPresence(channel: self) }
}
