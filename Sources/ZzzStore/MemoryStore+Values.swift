extension MemoryStore {
    /// A value that was found. It stays as it is, whatever happens to its entry.
    public struct Found: Sendable, Equatable {
        public let value: [UInt8]
        public let version: UInt64
    }

    /// The value; of a counter, its number as decimal text.
    public func get(_ key: RawSpan) throws(StoreError) -> Found {
        let hash = try Self.hash(key)
        let now = now()
        let found = places[Self.index(of: hash)].shard.withLock { shard -> (Entry.Content, UInt64)? in
            guard let entry = shard.look(hash, key, now: now) else { return nil }
            return (entry.content, entry.version)
        }
        switch found {
        case (.value(let value), let version)?: return Found(value: value, version: version)
        case (.counter(let number), let version)?: return Found(value: Array(String(number).utf8), version: version)
        case (.bucket, _)?: throw .notAValue
        case nil: throw .notFound
        }
    }

    /// Sets a value.
    /// - Parameter expiresIn: nanoseconds; nil: it does not end by itself.
    /// - Returns: the new version.
    @discardableResult
    public func put(
        _ key: RawSpan, _ value: [UInt8], expiresIn: UInt64? = nil, if condition: Condition = .any
    ) throws(StoreError) -> UInt64 {
        let hash = try Self.hash(key)
        let maximum = valueByteCount.load(ordering: .relaxed)
        guard value.count <= maximum else { throw .valueTooLarge(byteCount: value.count, maximum: maximum) }
        try checkRoom(for: key, valueByteCount: value.count)
        let now = now()
        let fresh = Entry(hash, key, .value(value), expiresAt: Self.end(expiresIn, now))
        return try change(hash) { shard throws(StoreError) in
            let present = shard.find(hash, key, now: now)
            if let present {
                guard condition.allows(present.version) else { throw .conflict }
            } else if case .version = condition {
                throw .conflict
            }
            let old = shard.insert(fresh)
            return Change(value: fresh.version, written: fresh, freed: old)
        }
    }

    /// Ends an entry.
    public func remove(_ key: RawSpan, if condition: Condition = .any) throws(StoreError) {
        let hash = try Self.hash(key)
        let now = now()
        try change(hash) { shard throws(StoreError) in
            guard let entry = shard.find(hash, key, now: now) else { throw .notFound }
            guard condition.allows(entry.version) else { throw .conflict }
            shard.remove(entry)
            return Change(value: (), freed: entry)
        }
    }

    /// Lets an entry end at another time. Its version stays.
    public func touch(_ key: RawSpan, expiresIn: UInt64?) throws(StoreError) {
        let hash = try Self.hash(key)
        let now = now()
        try change(hash) { shard throws(StoreError) in
            guard let entry = shard.find(hash, key, now: now) else { throw .notFound }
            entry.expiresAt = Self.end(expiresIn, now)
            shard.use(entry)
            return Change(value: ())
        }
    }

    /// Ends all entries whose keys begin with `prefix`. Returns how many there were.
    public func removeAll(prefix: RawSpan) -> Int {
        guard let places = shards.load()?.places else { return 0 }
        let now = now()
        var count = 0
        for place in places {
            let removed = place.shard.withLock { shard in
                let removed = prefix.isEmpty ? shard.removeAll() : shard.removeAll(prefix: prefix)
                byteCount.subtract(removed.reduce(0) { $0 + $1.byteCount }, ordering: .relaxed)
                return removed
            }
            count += removed.count { $0.expiresAt > now }
        }
        return count
    }
}
