/// Sessions in the daemon's memory: ``Store`` with the promises of ``SessionStore``, at once.
struct MemorySessions {
    let store: Store

    func load(_ key: String) throws -> StoredSession? {
        try store.get(Self.name(key)).map { StoredSession(bytes: $0.value, version: $0.version) }
    }

    func save(
        _ key: String, _ bytes: [UInt8], replacing version: UInt64?, expiresIn: Duration
    ) throws -> Bool {
        try store.put(Self.name(key), bytes, expiresIn: expiresIn, ifVersion: version ?? Store.absent) != nil
    }

    func delete(_ key: String) throws { try store.remove(Self.name(key)) }

    /// Apart from what the app itself keeps.
    private static func name(_ key: String) -> String { "zzz.session:" + key }
}
