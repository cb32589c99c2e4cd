import ZzzAppABI
import ZzzJSON

/// What an app knows of the keys in a topic, as ``ChannelRoute/presence(_:)`` was given it.
struct PresenceFetch: Sendable {
    private let cards: @Sendable (String, [String]) throws -> [String: JSONValue]

    init<Card: Encodable & SendableMetatype>(_ fetch: @escaping @Sendable (String, [String]) throws -> [String: Card]) {
        cards = { topic, keys in
            try fetch(topic, keys).mapValues { try JSONValue(parsing: JSONBytesEncoder().encode($0)) }
        }
    }

    /// A state with what the app adds to each entry.
    func adding(to state: JSONValue, of topic: String) throws -> JSONValue {
        guard let entries = state.objectValue, !entries.isEmpty else { return state }
        let cards = try cards(topic, Array(entries.keys))
        return .object(JSONObject(entries.map { key, entry in (key, Self.merged(entry, cards[key])) }))
    }

    /// A difference with what the app adds to each entry of both its halves.
    func adding(toDifference difference: JSONValue, of topic: String) throws -> JSONValue {
        let halves = ["joins", "leaves"].map { ($0, difference[$0]?.objectValue ?? JSONObject()) }
        let keys = Set(halves.flatMap { $0.1.keys })
        guard !keys.isEmpty else { return difference }
        let cards = try cards(topic, keys.sorted())
        return .object(
            JSONObject(
                halves.map { name, entries in
                    (name, .object(JSONObject(entries.map { ($0, Self.merged($1, cards[$0])) })))
                }))
    }

    /// The metas are the daemon's.
    private static func merged(_ entry: JSONValue, _ card: JSONValue?) -> JSONValue {
        guard var entry = entry.objectValue, let members = card?.objectValue else { return entry }
        for (name, value) in members where name != "metas" { entry[name] = value }
        return .object(entry)
    }
}

extension AppInstance {
    /// Has the differences of a pattern's topics go through the app, when it has something to add.
    func registerPresence(_ definition: ChannelDefinition) throws {
        guard let kind = definition.kinds.first(where: { $0.settings.fetchPresence != nil }) else { return }
        guard let presence = host.presence, host.pubSub != nil else {
            throw StartupError("\(kind.settings.source): the daemon does not offer \(ZZZ_PRESENCE_EXTENSION)")
        }
        let user = Unmanaged.passUnretained(kind).toOpaque()
        try definition.pattern.withBytes { pattern in
            _ = try hostCall("on_difference") {
                presence.pointee.on_difference(host.app, pattern, handleDifference, user, $0)
            }
        }
    }
}

/// Broadcasts a difference with what the app adds; as it is when that fails, so that no client misses it.
private func handleDifference(_ user: UnsafeMutableRawPointer?, _ topic: zzz_bytes, _ difference: zzz_bytes) {
    guard let user else { return }
    let kind = Unmanaged<ChannelKind>.fromOpaque(user).takeUnretainedValue()
    let (topic, pubSub) = (topic.string, PubSub(host: kind.host))
    let log = Logger(host: kind.host, request: nil)
    do {
        if let fetch = kind.settings.fetchPresence {
            let value = try JSONValue(parsing: difference.buffer)
            return try pubSub.broadcast(topic, "presence_diff", fetch.adding(toDifference: value, of: topic))
        }
    } catch {
        log.error("\(kind.settings.source): presence: \(error)")
    }
    do {
        try pubSub.broadcast(topic, "presence_diff", Payload(difference, isBinary: false))
    } catch {
        log.error("\(kind.settings.source): presence: \(error)")
    }
}
