import Glibc

/// One entry of a shard, a member of its list by last use.
final class Entry: @unchecked Sendable {
    // @unchecked: guarded by the shard's lock; one that was taken out belongs to whoever did.

    enum Content: Sendable {
        /// Never changed, so that a reader copies it without the lock.
        case value([UInt8])
        case counter(Int64)
        case bucket(fullAt: UInt64)
    }

    let hash: UInt64
    let key: [UInt8]
    var content: Content
    /// Set when it is inserted.
    var version: UInt64 = 0
    /// `UInt64.max`: never.
    var expiresAt: UInt64

    // The list does not own its members: the shard's table does.
    unowned(unsafe) var newer: Entry?
    unowned(unsafe) var older: Entry?

    init(_ hash: UInt64, _ key: RawSpan, _ content: Content, expiresAt: UInt64) {
        self.hash = hash
        self.key = key.withUnsafeBytes { Array($0) }
        self.content = content
        self.expiresAt = expiresAt
    }

    /// What it counts for in the store's memory.
    var byteCount: Int {
        let count = StoreLimits.entryOverheadByteCount + key.count
        guard case .value(let value) = content else { return count }
        return count + value.count
    }

    func hasKey(_ other: RawSpan) -> Bool { key.count == other.byteCount && hasKey(prefix: other) }

    func hasKey(prefix: RawSpan) -> Bool {
        guard key.count >= prefix.byteCount else { return false }
        return prefix.withUnsafeBytes { prefix in
            key.withUnsafeBytes { memcmp($0.baseAddress!, prefix.baseAddress!, prefix.count) == 0 }
        }
    }
}
