extension MemoryStore {
    /// Adds to a counter, which begins at 0 when there is none.
    /// - Parameter expiresIn: of a counter that begins, in nanoseconds; nil: it does not end by itself.
    /// - Returns: the sum.
    public func add(_ delta: Int64, to key: RawSpan, expiresIn: UInt64? = nil) throws(StoreError) -> Int64 {
        let hash = try Self.hash(key)
        let now = now()
        try checkRoom(for: key)
        return try change(hash) { shard throws(StoreError) in
            guard let entry = shard.find(hash, key, now: now) else {
                let fresh = Entry(hash, key, .counter(delta), expiresAt: Self.end(expiresIn, now))
                return Change(value: delta, written: fresh, freed: shard.insert(fresh))
            }
            let (sum, overflow) = try Self.number(entry.content).addingReportingOverflow(delta)
            guard !overflow else { throw .overflow }
            let old = shard.replace(.counter(sum), of: entry)
            shard.use(entry)
            return Change(value: sum, content: old)
        }
    }

    private static func number(_ content: Entry.Content) throws(StoreError) -> Int64 {
        switch content {
        case .counter(let number):
            return number
        case .value(let text):
            guard text.count <= 20, let number = Int64(String(decoding: text, as: UTF8.self)) else {
                throw .notANumber
            }
            return number
        case .bucket:
            throw .notANumber
        }
    }

    /// Takes tokens out of a bucket, all or none. There is an entry while the bucket is not full.
    /// - Parameter tokens: at most the bucket's capacity; 0 only looks.
    public func take(
        _ tokens: UInt64, from key: RawSpan, _ bucket: TokenBucket
    ) throws(StoreError) -> TokenBucket.Grant {
        let hash = try Self.hash(key)
        guard tokens <= bucket.capacity else { throw .tooManyTokens(capacity: bucket.capacity) }
        let now = now()
        try checkRoom(for: key)
        return try change(hash) { shard throws(StoreError) in
            var fullAt: UInt64 = 0
            let present = shard.find(hash, key, now: now)
            if let present {
                guard case .bucket(let time) = present.content else { throw .notABucket }
                fullAt = time
            }
            let grant = bucket.take(tokens, fullAt: &fullAt, now: now)
            guard grant.isAllowed, tokens > 0 else { return Change(value: grant) }
            guard let present else {
                let fresh = Entry(hash, key, .bucket(fullAt: fullAt), expiresAt: fullAt)
                return Change(value: grant, written: fresh, freed: shard.insert(fresh))
            }
            present.content = .bucket(fullAt: fullAt)
            present.expiresAt = fullAt
            shard.use(present)
            return Change(value: grant)
        }
    }
}
