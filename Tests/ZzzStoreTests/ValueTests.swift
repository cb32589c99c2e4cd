import Testing

@testable import ZzzStore

/// Values: get, put, compare-and-swap, remove, touch.
@Suite struct ValueTests {
    let store = TestStore()

    @Test func whatWasPutIsThere() throws {
        #expect(try store.get("a") == nil)
        try store.put("a", "one")
        try store.put("b", "")
        #expect(try store.get("a") == "one")
        #expect(try store.get("b") == "")
        try store.put("a", "two")
        #expect(try store.get("a") == "two")
        #expect(store.statistics.entries == 2)
    }

    @Test func keysAreBytes() throws {
        for key in ["a", "A", "a\0", "a\0b", "\0", "ä", "a\u{308}"] { try store.put(key, key) }
        for key in ["a", "A", "a\0", "a\0b", "\0", "ä", "a\u{308}"] { #expect(try store.get(key) == key) }
        #expect(store.statistics.entries == 7)
    }

    @Test func everyChangeHasAnotherVersion() throws {
        var versions: Set<UInt64> = []
        for _ in 0..<5 { versions.insert(try store.put("a", "same")) }
        versions.insert(try store.put("a", "same", if: .version(#require(try store.version("a")))))
        try store.remove("a")
        versions.insert(try store.put("a", "same"))
        #expect(versions.count == 7)
        #expect(!versions.contains(0))
        #expect(try store.version("a") == versions.max())
    }

    @Test func onlyIfAbsent() throws {
        let version = try store.put("a", "one", if: .absent)
        #expect(throws: StoreError.conflict) { try store.put("a", "two", if: .absent) }
        #expect(try store.get("a") == "one")
        #expect(try store.version("a") == version)
        try store.remove("a")
        try store.put("a", "two", if: .absent)
        #expect(try store.get("a") == "two")
    }

    @Test func onlyIfTheVersionIsTheSame() throws {
        #expect(throws: StoreError.conflict) { try store.put("a", "one", if: .version(1)) }
        let first = try store.put("a", "one")
        let second = try store.put("a", "two", if: .version(first))
        #expect(throws: StoreError.conflict) { try store.put("a", "three", if: .version(first)) }
        #expect(try store.get("a") == "two")
        #expect(throws: StoreError.conflict) { try store.remove("a", if: .version(first)) }
        #expect(throws: StoreError.conflict) { try store.remove("a", if: .absent) }
        try store.remove("a", if: .version(second))
        #expect(try store.get("a") == nil)
        #expect(throws: StoreError.notFound) { try store.remove("a", if: .version(second)) }
    }

    @Test func removing() throws {
        #expect(throws: StoreError.notFound) { try store.remove("a") }
        try store.put("a", "one")
        try store.remove("a")
        #expect(try store.get("a") == nil)
        #expect(throws: StoreError.notFound) { try store.remove("a") }
        #expect(store.statistics.entries == 0)
        #expect(store.statistics.bytes == 0)
    }

    @Test func removingByPrefix() throws {
        for key in ["user:1", "user:2", "user:10", "users", "post:1"] { try store.put(key, key) }
        #expect(store.removeAll(prefix: "user:1") == 2)
        #expect(try store.get("user:2") == "user:2")
        #expect(store.removeAll(prefix: "nobody") == 0)
        #expect(store.removeAll(prefix: "users and more") == 0)
        #expect(store.removeAll(prefix: "") == 3)
        #expect(store.statistics.entries == 0)
        #expect(store.statistics.bytes == 0)
        try store.put("user:1", "again")
        #expect(try store.get("user:1") == "again")
    }

    @Test func hitsAndMissesAreCounted() throws {
        _ = try store.get("a")
        try store.put("a", "one")
        _ = try store.get("a")
        _ = try store.get("a")
        _ = try store.get("b")
        #expect(store.statistics.hits == 2)
        #expect(store.statistics.misses == 2)
    }

    @Test(arguments: [(0, false), (1, true), (1023, true), (1024, true), (1025, false)])
    func aKeyHasLimits(_ count: Int, _ isTaken: Bool) throws {
        let key = String(repeating: "k", count: count)
        guard isTaken else {
            #expect(throws: StoreError.keyByteCount(count)) { try store.put(key, "x") }
            #expect(throws: StoreError.keyByteCount(count)) { try store.get(key) }
            #expect(throws: StoreError.keyByteCount(count)) { try store.remove(key) }
            #expect(throws: StoreError.keyByteCount(count)) { try store.touch(key, expiresIn: 1) }
            #expect(throws: StoreError.keyByteCount(count)) { try store.add(1, key) }
            return
        }
        try store.put(key, "x")
        #expect(try store.get(key) == "x")
    }

    @Test(arguments: [(65535, true), (65536, true), (65537, false)])
    func aValueHasALimit(_ count: Int, _ isTaken: Bool) throws {
        let value = String(repeating: "v", count: count)
        guard isTaken else {
            #expect(throws: StoreError.valueTooLarge(byteCount: count, maximum: 65536)) { try store.put("a", value) }
            return
        }
        try store.put("a", value)
        #expect(try store.get("a") == value)
    }
}
