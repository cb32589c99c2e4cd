extension MemoryStore {
    public var limits: StoreLimits {
        StoreLimits(
            memoryByteCount: memoryByteCount.load(ordering: .relaxed),
            valueByteCount: valueByteCount.load(ordering: .relaxed))
    }

    /// Sets other limits, and gives up what is too much under them.
    public func setLimits(_ limits: StoreLimits) {
        memoryByteCount.store(limits.memoryByteCount, ordering: .relaxed)
        valueByteCount.store(limits.valueByteCount, ordering: .relaxed)
        makeRoom(beginningAt: 0, sparing: nil)
    }

    public var statistics: StoreStatistics {
        var sum = StoreStatistics()
        for place in shards.load()?.places ?? [] { place.shard.withLock { sum.add($0.statistics) } }
        return sum
    }

    func checkRoom(for key: RawSpan, valueByteCount: Int = 0) throws(StoreError) {
        let maximum = memoryByteCount.load(ordering: .relaxed)
        let byteCount = StoreLimits.entryOverheadByteCount + key.byteCount + valueByteCount
        guard byteCount <= maximum else { throw .entryTooLarge(byteCount: byteCount, maximum: maximum) }
    }

    /// Gives up what was not used for the longest time, shard by shard, until what is left fits.
    func makeRoom(beginningAt first: Int, sparing written: Entry?) {
        guard isTooLarge, let places = shards.load()?.places else { return }
        for offset in 0..<Self.shardCount where isTooLarge {
            let evicted = places[(first + offset) % Self.shardCount].shard.withLock { shard in
                var evicted: [Entry] = []
                while isTooLarge, shard.oldest !== written, let entry = shard.evictOldest() {
                    byteCount.subtract(entry.byteCount, ordering: .relaxed)
                    evicted.append(entry)
                }
                return evicted
            }
            // Freed here, without the lock.
            _ = consume evicted
        }
    }

    private var isTooLarge: Bool {
        byteCount.load(ordering: .relaxed) > memoryByteCount.load(ordering: .relaxed)
    }

    /// Gives back the memory of entries whose time is over. Each call looks at a bounded number of entries, and the
    /// next one goes on from there.
    /// - Returns: whether it is worth while to go on: many of those that it has looked at were over.
    @discardableResult
    public func sweep(countPerShard: Int = 256) -> Bool {
        guard let places = shards.load()?.places else { return false }
        let now = now()
        var count = 0
        for place in places {
            let removed = place.shard.withLock { shard in
                let before = shard.byteCount
                defer { byteCount.add(shard.byteCount - before, ordering: .relaxed) }
                return shard.sweep(countPerShard, now: now)
            }
            count += removed.count
        }
        return count > countPerShard * Self.shardCount / 4
    }
}
