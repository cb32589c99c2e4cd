import Synchronization

@testable import ZzzStore

/// A store whose clock the test sets.
final class TestStore: Sendable {
    let store: MemoryStore
    private let clock: Clock

    private final class Clock: Sendable {
        let nanoseconds = Atomic<UInt64>(1_000_000_000)
    }

    init(memoryByteCount: Int = 1 << 20, valueByteCount: Int = 64 << 10) {
        let clock = Clock()
        self.clock = clock
        store = MemoryStore(StoreLimits(memoryByteCount: memoryByteCount, valueByteCount: valueByteCount)) {
            clock.nanoseconds.load(ordering: .relaxed)
        }
    }

    func advance(_ nanoseconds: UInt64) { clock.nanoseconds.wrappingAdd(nanoseconds, ordering: .relaxed) }

    @discardableResult
    func put(
        _ key: String, _ value: String, expiresIn: UInt64? = nil, if condition: MemoryStore.Condition = .any
    ) throws(StoreError) -> UInt64 {
        let key = Array(key.utf8)
        return try store.put(key.span.bytes, Array(value.utf8), expiresIn: expiresIn, if: condition)
    }

    /// The value as text; nil for none.
    func get(_ key: String) throws(StoreError) -> String? {
        guard let found = try find(key) else { return nil }
        return String(decoding: found.value, as: UTF8.self)
    }

    func version(_ key: String) throws(StoreError) -> UInt64? { try find(key)?.version }

    private func find(_ key: String) throws(StoreError) -> MemoryStore.Found? {
        let key = Array(key.utf8)
        do throws(StoreError) {
            return try store.get(key.span.bytes)
        } catch .notFound {
            return nil
        } catch {
            throw error
        }
    }

    func remove(_ key: String, if condition: MemoryStore.Condition = .any) throws(StoreError) {
        let key = Array(key.utf8)
        try store.remove(key.span.bytes, if: condition)
    }

    func touch(_ key: String, expiresIn: UInt64?) throws(StoreError) {
        let key = Array(key.utf8)
        try store.touch(key.span.bytes, expiresIn: expiresIn)
    }

    func add(_ delta: Int64, _ key: String, expiresIn: UInt64? = nil) throws(StoreError) -> Int64 {
        let key = Array(key.utf8)
        return try store.add(delta, to: key.span.bytes, expiresIn: expiresIn)
    }

    func take(_ tokens: UInt64, _ key: String, _ bucket: TokenBucket) throws(StoreError) -> TokenBucket.Grant {
        let key = Array(key.utf8)
        return try store.take(tokens, from: key.span.bytes, bucket)
    }

    func removeAll(prefix: String) -> Int {
        let prefix = Array(prefix.utf8)
        return store.removeAll(prefix: prefix.span.bytes)
    }

    var statistics: StoreStatistics { store.statistics }
}
