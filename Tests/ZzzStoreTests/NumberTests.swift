import Testing

@testable import ZzzStore

/// Counters and token buckets.
@Suite struct NumberTests {
    let store = TestStore()

    @Test func counting() throws {
        #expect(try store.add(1, "n") == 1)
        #expect(try store.add(41, "n") == 42)
        #expect(try store.add(-50, "n") == -8)
        #expect(try store.add(0, "n") == -8)
        #expect(try store.get("n") == "-8")
    }

    @Test func aNumberThatWasPutCountsOn() throws {
        try store.put("n", "41")
        #expect(try store.add(1, "n") == 42)
        try store.put("n", "text")
        #expect(throws: StoreError.notANumber) { try store.add(1, "n") }
        #expect(try store.get("n") == "text")
    }

    @Test(arguments: ["", " 1", "1 ", "1.0", "0x1", "9223372036854775808", "000000000000000000001", "½"])
    func whatIsNoNumber(_ text: String) throws {
        try store.put("n", text)
        #expect(throws: StoreError.notANumber) { try store.add(1, "n") }
    }

    @Test func overflowChangesNothing() throws {
        #expect(try store.add(.max, "n") == .max)
        #expect(throws: StoreError.overflow) { try store.add(1, "n") }
        #expect(try store.add(0, "n") == .max)
        #expect(try store.add(.min, "m") == .min)
        #expect(throws: StoreError.overflow) { try store.add(-1, "m") }
    }

    @Test func aCounterHasVersions() throws {
        _ = try store.add(1, "n")
        let version = try #require(try store.version("n"))
        _ = try store.add(1, "n")
        #expect(throws: StoreError.conflict) { try store.put("n", "0", if: .version(version)) }
    }

    // MARK: Buckets

    /// Five tokens, one of which comes back each 100 ns.
    private let bucket = TokenBucket(capacity: 5, intervalNanoseconds: 100)!

    private func allowed(remaining: UInt64, full: UInt64) -> TokenBucket.Grant {
        TokenBucket.Grant(
            isAllowed: true, remaining: remaining, retryAfterNanoseconds: 0, fullAfterNanoseconds: full)
    }

    private func refused(remaining: UInt64, retry: UInt64, full: UInt64) -> TokenBucket.Grant {
        TokenBucket.Grant(
            isAllowed: false, remaining: remaining, retryAfterNanoseconds: retry, fullAfterNanoseconds: full)
    }

    @Test func aBucketIsEmptiedAndFillsAgain() throws {
        for left in [4, 3, 2, 1, 0] as [UInt64] {
            #expect(try store.take(1, "b", bucket) == allowed(remaining: left, full: (5 - left) * 100))
        }
        #expect(try store.take(1, "b", bucket) == refused(remaining: 0, retry: 100, full: 500))
        store.advance(99)
        #expect(try store.take(1, "b", bucket) == refused(remaining: 0, retry: 1, full: 401))
        store.advance(1)
        #expect(try store.take(1, "b", bucket) == allowed(remaining: 0, full: 500))
        store.advance(250)
        #expect(try store.take(2, "b", bucket) == allowed(remaining: 0, full: 450))
        #expect(try store.take(1, "b", bucket) == refused(remaining: 0, retry: 50, full: 450))
        store.advance(1 << 40)
        #expect(try store.take(5, "b", bucket) == allowed(remaining: 0, full: 500))
    }

    @Test func allOrNone() throws {
        _ = try store.take(3, "b", bucket)
        #expect(try store.take(3, "b", bucket) == refused(remaining: 2, retry: 100, full: 300))
        #expect(try store.take(2, "b", bucket) == allowed(remaining: 0, full: 500))
    }

    @Test func lookingTakesNothing() throws {
        #expect(try store.take(0, "b", bucket) == allowed(remaining: 5, full: 0))
        #expect(store.statistics.entries == 0)
        _ = try store.take(2, "b", bucket)
        #expect(try store.take(0, "b", bucket) == allowed(remaining: 3, full: 200))
        #expect(try store.take(0, "b", bucket) == allowed(remaining: 3, full: 200))
    }

    @Test(arguments: [(4, true), (5, true), (6, false)] as [(UInt64, Bool)])
    func aBucketHoldsNoMoreThanItsCapacity(_ tokens: UInt64, _ isPossible: Bool) throws {
        guard isPossible else {
            #expect(throws: StoreError.tooManyTokens(capacity: 5)) { try store.take(tokens, "b", bucket) }
            return
        }
        #expect(try store.take(tokens, "b", bucket).isAllowed)
    }

    @Test func aFullBucketNeedsNoEntry() throws {
        _ = try store.take(5, "b", bucket)
        #expect(store.statistics.entries == 1)
        store.advance(500)
        store.store.sweep()
        #expect(store.statistics.entries == 0)
    }

    /// After a deploy with other limits.
    @Test func anotherBucketUnderTheSameKey() throws {
        _ = try store.take(5, "b", bucket)
        let smaller = TokenBucket(capacity: 2, intervalNanoseconds: 100)!
        #expect(try store.take(1, "b", smaller) == refused(remaining: 0, retry: 100, full: 200))
        let larger = TokenBucket(capacity: 100, intervalNanoseconds: 10)!
        #expect(try store.take(1, "b", larger) == allowed(remaining: 49, full: 510))
    }

    @Test func bucketsAndValuesAreDifferentThings() throws {
        _ = try store.take(1, "b", bucket)
        #expect(throws: StoreError.notAValue) { try store.get("b") }
        #expect(throws: StoreError.notANumber) { try store.add(1, "b") }
        try store.put("b", "value")
        #expect(throws: StoreError.notABucket) { try store.take(1, "b", bucket) }
        #expect(try store.get("b") == "value")
    }

    @Test(arguments: [
        (0, 1, false), (1, 0, false), (1, 1, true), (1, 1 << 62, true), (1, (1 << 62) + 1, false),
        (1 << 31, 1 << 31, true), (1 << 32, 1 << 31, false), (.max, .max, false),
    ] as [(UInt64, UInt64, Bool)])
    func aBucketHasLimits(_ capacity: UInt64, _ interval: UInt64, _ isPossible: Bool) {
        #expect((TokenBucket(capacity: capacity, intervalNanoseconds: interval) != nil) == isPossible)
    }

    /// Whoever asks as fast as it can gets exactly what the rate allows.
    @Test func theRateIsExact() throws {
        var granted = 0
        for _ in 0..<10_000 {
            if try store.take(1, "b", bucket).isAllowed { granted += 1 }
            store.advance(7)
        }
        #expect(granted == 5 + 9_999 * 7 / 100)
    }
}
