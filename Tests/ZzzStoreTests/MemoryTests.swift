import Testing

@testable import ZzzStore

/// The limit on memory, and what is given up under it.
@Suite struct MemoryTests {
    /// What an entry with a key of one byte and a value of `count` bytes counts for.
    private static func cost(_ count: Int) -> Int { StoreLimits.entryOverheadByteCount + 1 + count }

    @Test(arguments: [(999, true), (1000, true), (1001, false)])
    func oneEntryMayTakeAllThereIs(_ count: Int, _ isTaken: Bool) throws {
        let store = TestStore(memoryByteCount: Self.cost(1000))
        let value = String(repeating: "v", count: count)
        guard isTaken else {
            let error = StoreError.entryTooLarge(byteCount: Self.cost(1001), maximum: Self.cost(1000))
            #expect(throws: error) { try store.put("a", value) }
            return
        }
        try store.put("a", value)
        #expect(try store.get("a") == value)
        #expect(store.statistics.bytes == Self.cost(count))
    }

    @Test func theLimitIsOfAllEntriesTogether() throws {
        let store = TestStore(memoryByteCount: 100 * Self.cost(7))
        // Two digits of one byte each would be another cost: keys of one byte.
        for index in 0..<100 { try store.put(Self.key(index), "1234567") }
        #expect(store.statistics == StoreStatistics(entries: 100, bytes: 100 * Self.cost(7)))
        try store.put(Self.key(100), "1234567")
        #expect(store.statistics == StoreStatistics(entries: 100, bytes: 100 * Self.cost(7), evictions: 1))
        // One byte more in an entry that is there costs another one.
        try store.put(Self.key(100), "12345678")
        #expect(store.statistics.entries == 99)
        #expect(store.statistics.evictions == 2)
        #expect(try store.get(Self.key(100)) == "12345678")
    }

    /// Keys of one byte.
    private static func key(_ index: Int) -> String { String(UnicodeScalar(UInt8(index))) }

    @Test func whatWasUsedLatelyStays() throws {
        let store = TestStore(memoryByteCount: 2000 * 256)
        for index in 0..<1000 { try store.put("\(index)", "x") }
        for round in 0..<20 {
            // A tenth is used again and again, while others pass through.
            for index in 0..<100 { #expect(try store.get("\(index)") == "x", "round \(round)") }
            for index in 0..<1000 { try store.put("\(round) passes \(index)", "x") }
        }
        #expect(store.statistics.evictions > 10_000)
        #expect(store.statistics.bytes <= 2000 * 256)
        for index in 100..<1000 { #expect(try store.get("\(index)") == nil) }
    }

    @Test func theOldestGoesFirst() throws {
        let store = TestStore(memoryByteCount: 64 << 10)
        // Keys of one shard.
        let keys = (0..<10_000).map { "key \($0)" }.filter { key in
            let bytes = Array(key.utf8)
            return (try? MemoryStore.hash(bytes.span.bytes)).map { MemoryStore.index(of: $0) } == 3
        }
        #expect(keys.count > 400)
        var count = 0
        for key in keys {
            try store.put(key, "x")
            count += 1
            if store.statistics.evictions > 0 { break }
        }
        // The first one has gone, and those after it are there.
        #expect(try store.get(keys[0]) == nil)
        for key in keys[1..<count] { #expect(try store.get(key) == "x") }
        // Looking at the second one has made it the newest but for the others, in the same order: used once more, it
        // outlives the third.
        #expect(try store.get(keys[1]) == "x")
        try store.put(keys[count], "x")
        try store.put(keys[count + 1], "x")
        #expect(try store.get(keys[1]) == "x")
        #expect(try store.get(keys[2]) == nil)
    }

    @Test func aLargeValueMakesRoomInOtherShards() throws {
        let store = TestStore(memoryByteCount: 64 << 10, valueByteCount: 60 << 10)
        for index in 0..<200 { try store.put("\(index)", "x") }
        let value = String(repeating: "v", count: 60 << 10)
        try store.put("large", value)
        #expect(try store.get("large") == value)
        #expect(store.statistics.bytes <= 64 << 10)
        #expect(store.statistics.evictions > 180)
    }

    @Test func countersAndBucketsCountToo() throws {
        let store = TestStore(memoryByteCount: 10 * 192 + 20)
        for index in 0..<5 {
            _ = try store.add(1, "c\(index)")
            _ = try store.take(1, "b\(index)", try #require(TokenBucket(capacity: 2, intervalNanoseconds: 1000)))
        }
        #expect(store.statistics == StoreStatistics(entries: 10, bytes: 10 * 194))
        _ = try store.add(1, "c5")
        #expect(store.statistics == StoreStatistics(entries: 10, bytes: 10 * 194, evictions: 1))
    }

    @Test func aSmallerLimitTakesEffectAtOnce() throws {
        let store = TestStore()
        for index in 0..<100 { try store.put(Self.key(index), "1234567") }
        store.store.setLimits(StoreLimits(memoryByteCount: 10 * Self.cost(7), valueByteCount: 8))
        #expect(store.statistics.entries == 10)
        #expect(throws: StoreError.valueTooLarge(byteCount: 9, maximum: 8)) { try store.put("a", "123456789") }
        store.store.setLimits(StoreLimits(memoryByteCount: 11 * Self.cost(7), valueByteCount: 9))
        try store.put("a", "123456789")
    }

    @Test func whatIsNotUsedCostsNothing() {
        let store = TestStore()
        #expect(store.store.shards.load() == nil)
        #expect(store.statistics == StoreStatistics())
        #expect(store.removeAll(prefix: "") == 0)
        #expect(store.store.shards.load() == nil)
    }

    /// Many kinds of changes, and the sums are those of what is there.
    @Test func theSumsStayRight() throws {
        let store = TestStore(memoryByteCount: 100 << 10)
        var random = Lehmer(state: 7)
        for _ in 0..<20_000 {
            let key = "key \(random.next() % 700)"
            switch random.next() % 9 {
            case 0, 1, 2:
                let value = String(repeating: "v", count: Int(random.next() % 300))
                try store.put(key, value, expiresIn: random.next() % 2 == 0 ? 1000 : nil)
            case 3: _ = try? store.add(1, key)
            case 4: _ = try? store.take(1, key, try #require(TokenBucket(capacity: 9, intervalNanoseconds: 100)))
            case 5: try? store.remove(key)
            case 6: _ = try? store.get(key)
            case 7: try? store.touch(key, expiresIn: 500)
            default:
                store.advance(20)
                store.store.sweep(countPerShard: 2)
            }
        }
        var (entries, bytes) = (0, 0)
        for place in store.store.places {
            place.shard.withLock { shard in
                let members = shard.members
                entries += members.count
                bytes += members.reduce(0) { $0 + $1.byteCount }
                #expect(shard.byteCount == members.reduce(0) { $0 + $1.byteCount })
                #expect(shard.statistics.entries == members.count)
            }
        }
        #expect(store.statistics.entries == entries)
        #expect(store.store.byteCount.load(ordering: .relaxed) == bytes)
        #expect(bytes <= 100 << 10)
        #expect(store.statistics.evictions > 0)
        #expect(store.removeAll(prefix: "") <= entries)
        #expect(store.store.byteCount.load(ordering: .relaxed) == 0)
    }
}

/// Numbers that are the same in every run.
private struct Lehmer {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state * 48271 % 2_147_483_647
        return state
    }
}

extension StoreStatistics {
    init(entries: Int, bytes: Int, evictions: UInt64 = 0) {
        self.init()
        self.entries = entries
        self.bytes = bytes
        self.evictions = evictions
    }
}

extension Shard {
    /// The entries of the list, from the oldest to the newest.
    var members: [Entry] {
        Array(sequence(first: oldest) { $0?.newer }.prefix { $0 != nil }.compactMap { $0 })
    }
}
