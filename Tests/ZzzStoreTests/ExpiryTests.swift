import Testing

@testable import ZzzStore

/// Entries end at their time, for everybody at once; their memory is given back by and by.
@Suite struct ExpiryTests {
    let store = TestStore()

    @Test func anEntryEndsAtItsTime() throws {
        try store.put("a", "one", expiresIn: 100)
        store.advance(99)
        #expect(try store.get("a") == "one")
        store.advance(1)
        #expect(try store.get("a") == nil)
        #expect(throws: StoreError.notFound) { try store.remove("a") }
        #expect(throws: StoreError.notFound) { try store.touch("a", expiresIn: 100) }
    }

    @Test func withoutATimeItDoesNotEnd() throws {
        try store.put("a", "one")
        try store.put("b", "one", expiresIn: .max)
        store.advance(1 << 62)
        #expect(try store.get("a") == "one")
        #expect(try store.get("b") == "one")
    }

    @Test func aNewValueHasANewTime() throws {
        try store.put("a", "one", expiresIn: 100)
        store.advance(50)
        try store.put("a", "two", expiresIn: 100)
        store.advance(99)
        #expect(try store.get("a") == "two")
        try store.put("a", "three")
        store.advance(1000)
        #expect(try store.get("a") == "three")
    }

    @Test func touching() throws {
        try store.put("a", "one", expiresIn: 100)
        let version = try store.version("a")
        store.advance(99)
        try store.touch("a", expiresIn: 100)
        store.advance(99)
        #expect(try store.version("a") == version)
        try store.touch("a", expiresIn: nil)
        store.advance(1 << 40)
        #expect(try store.get("a") == "one")
        try store.touch("a", expiresIn: 1)
        store.advance(1)
        #expect(try store.get("a") == nil)
    }

    @Test func whatHasEndedIsAbsent() throws {
        let version = try store.put("a", "one", expiresIn: 100)
        store.advance(100)
        #expect(throws: StoreError.conflict) { try store.put("a", "two", if: .version(version)) }
        try store.put("a", "two", if: .absent)
        #expect(try store.get("a") == "two")
        #expect(store.statistics.entries == 1)
    }

    @Test func aCounterThatHasEndedBeginsAnew() throws {
        #expect(try store.add(5, "n", expiresIn: 100) == 5)
        store.advance(50)
        // The time of one that is there stays.
        #expect(try store.add(1, "n", expiresIn: 100) == 6)
        store.advance(50)
        #expect(try store.add(1, "n", expiresIn: 100) == 1)
    }

    @Test func theSweepGivesMemoryBack() throws {
        for index in 0..<1000 { try store.put("short \(index)", "x", expiresIn: 100) }
        for index in 0..<100 { try store.put("long \(index)", "x", expiresIn: 1000) }
        store.advance(100)
        #expect(store.statistics.entries == 1100)
        for _ in 0..<20 { store.store.sweep(countPerShard: 8) }
        #expect(store.statistics.entries == 100)
        for index in 0..<100 { #expect(try store.get("long \(index)") == "x") }
        #expect(store.statistics.bytes == (0..<100).reduce(0) { $0 + 192 + "long \($1)".utf8.count + 1 })
        #expect(store.statistics.evictions == 0)
    }

    @Test func oneSweepIsBounded() throws {
        for index in 0..<1000 { try store.put("\(index)", "x", expiresIn: 100) }
        store.advance(100)
        #expect(store.store.sweep(countPerShard: 2), "much was found: worth while to go on")
        #expect(store.statistics.entries == 1000 - 2 * MemoryStore.shardCount)
    }

    @Test func aSweepThatFindsLittleSaysSo() throws {
        for index in 0..<1000 { try store.put("\(index)", "x") }
        #expect(!store.store.sweep(countPerShard: 8))
        #expect(store.statistics.entries == 1000)
        #expect(!TestStore().store.sweep())
    }

    /// What is used between sweeps goes to the front, and must be passed neither too often nor never.
    @Test func theSweepGoesOnWhereItStopped() throws {
        for index in 0..<200 { try store.put("\(index)", "x", expiresIn: index % 2 == 0 ? 100 : nil) }
        store.advance(100)
        for round in 0..<200 {
            store.store.sweep(countPerShard: 1)
            _ = try store.get("\(round % 200)")
            if round % 3 == 0 { try store.put("new \(round)", "x") }
            if round % 5 == 0 { try? store.remove("\(round)") }
        }
        for _ in 0..<100 { store.store.sweep(countPerShard: 1) }
        // 80 of the odd ones are left (every fifth of 200 was removed, half of which had ended), and 67 new ones.
        #expect(store.statistics.entries == 80 + 67)
    }
}
