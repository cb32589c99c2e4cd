import Glibc
import Synchronization

/// What one app keeps in memory: values, counters and token buckets by key, each perhaps with an end.
///
/// Any thread may use it. The entries are spread over shards with a lock each, which is held for a lookup and a few
/// assignments: never while bytes are copied or while memory is given back. Keys are read under the lock, so they must
/// be in memory that stays.
public final class MemoryStore: Sendable {
    /// What a change asks of the entry that is there.
    public enum Condition: Sendable, Equatable {
        case any
        case absent
        case version(UInt64)

        func allows(_ version: UInt64) -> Bool {
            switch self {
            case .any: true
            case .absent: false
            case .version(let expected): version == expected
            }
        }
    }

    static let shardCount = 16

    /// The shards, made at the first use: most apps use no store.
    final class Shards: Sendable {
        final class Place: Sendable {
            let shard = Mutex(Shard())
        }

        let places = (0..<shardCount).map { _ in Place() }
    }

    let shards = AtomicLazyReference<Shards>()
    let memoryByteCount: Atomic<Int>
    let valueByteCount: Atomic<Int>
    /// What all shards hold together.
    let byteCount = Atomic<Int>(0)
    /// Monotonic nanoseconds.
    let now: @Sendable () -> UInt64

    public init(_ limits: StoreLimits, now: @escaping @Sendable () -> UInt64 = monotonicNanoseconds) {
        memoryByteCount = Atomic(limits.memoryByteCount)
        valueByteCount = Atomic(limits.valueByteCount)
        self.now = now
    }

    /// clock_gettime(2)
    public static func monotonicNanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    // MARK: Ways into a shard

    var places: [Shards.Place] { (shards.load() ?? shards.storeIfNil(Shards())).places }

    /// The hash of a key, which also says in which shard it is.
    static func hash(_ key: RawSpan) throws(StoreError) -> UInt64 {
        guard 1...StoreLimits.keyByteCount ~= key.byteCount else { throw .keyByteCount(key.byteCount) }
        var hasher = Hasher()
        key.withUnsafeBytes { hasher.combine(bytes: $0) }
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    static func index(of hash: UInt64) -> Int { Int(hash % UInt64(shardCount)) }

    /// The time at which something ends; nil: never.
    static func end(_ expiresIn: UInt64?, _ now: UInt64) -> UInt64 {
        guard let expiresIn else { return .max }
        let (end, overflow) = now.addingReportingOverflow(expiresIn)
        return overflow ? .max : end
    }

    /// What a change leaves behind, to be freed without the lock.
    struct Change<Value: Sendable>: Sendable {
        var value: Value
        /// The entry that was written: room is made with others.
        var written: Entry?
        var freed: Entry?
        var content: Entry.Content?
    }

    /// Changes something in the shard of that hash, and gives up other entries when the store has become too large.
    func change<Value: Sendable>(
        _ hash: UInt64, _ body: (inout Shard) throws(StoreError) -> Change<Value>
    ) throws(StoreError) -> Value {
        let index = Self.index(of: hash)
        let change = try places[index].shard.withLock { shard throws(StoreError) in
            let before = shard.byteCount
            defer { byteCount.add(shard.byteCount - before, ordering: .relaxed) }
            return try body(&shard)
        }
        makeRoom(beginningAt: index, sparing: change.written)
        return change.value
    }
}
