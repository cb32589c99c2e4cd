/// What a store holds, and what came of looking into it since it was made.
public struct StoreStatistics: Sendable, Equatable {
    public var entries = 0
    /// As `StoreLimits.memoryByteCount` counts.
    public var bytes = 0
    /// How often `get` has found an entry.
    public var hits: UInt64 = 0
    public var misses: UInt64 = 0
    /// Entries that were given up to make room.
    public var evictions: UInt64 = 0

    public init() {}

    mutating func add(_ other: StoreStatistics) {
        entries += other.entries
        bytes += other.bytes
        hits += other.hits
        misses += other.misses
        evictions += other.evictions
    }
}
