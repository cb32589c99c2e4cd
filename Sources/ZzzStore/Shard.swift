/// A part of a store: entries by the hash of their keys, and in the order in which they were last used.
///
/// Two keys with the same 64 bits of SipHash cannot both be kept: the later one ends the earlier, as if that had been
/// evicted. The hash has a secret of the process's, so that nobody can make such keys.
///
/// Owned by a `Mutex`. What it takes out it returns, so that memory is freed without the lock.
struct Shard: ~Copyable {
    private var entries: [UInt64: Entry] = [:]
    /// The sum of the entries' `byteCount`.
    private(set) var byteCount = 0
    private(set) var oldest: Entry?
    private var newest: Entry?
    /// What the sweep looks at next.
    private var cursor: Entry?
    private var lastVersion: UInt64 = 0
    private var hits: UInt64 = 0
    private var misses: UInt64 = 0
    private var evictions: UInt64 = 0

    var statistics: StoreStatistics {
        var statistics = StoreStatistics()
        statistics.entries = entries.count
        statistics.bytes = byteCount
        statistics.hits = hits
        statistics.misses = misses
        statistics.evictions = evictions
        return statistics
    }

    // MARK: Finding

    /// The entry, unless its time is over.
    func find(_ hash: UInt64, _ key: RawSpan, now: UInt64) -> Entry? {
        guard let entry = entries[hash], entry.expiresAt > now, entry.hasKey(key) else { return nil }
        return entry
    }

    /// The entry for somebody who reads it: counted as a hit or a miss, and as a use.
    mutating func look(_ hash: UInt64, _ key: RawSpan, now: UInt64) -> Entry? {
        guard let entry = find(hash, key, now: now) else {
            misses &+= 1
            return nil
        }
        hits &+= 1
        use(entry)
        return entry
    }

    /// The entry was used just now.
    mutating func use(_ entry: Entry) {
        guard entry !== newest else { return }
        unlink(entry)
        link(entry)
    }

    // MARK: Changing

    private mutating func nextVersion() -> UInt64 {
        lastVersion += 1
        return lastVersion
    }

    /// Adds an entry, with a version of its own. Returns the one that had its place.
    mutating func insert(_ entry: Entry) -> Entry? {
        let old = entries.updateValue(entry, forKey: entry.hash)
        if let old {
            unlink(old)
            byteCount -= old.byteCount
        }
        entry.version = nextVersion()
        byteCount += entry.byteCount
        link(entry)
        return old
    }

    /// Gives the entry another content, and returns the old one.
    mutating func replace(_ content: Entry.Content, of entry: Entry) -> Entry.Content {
        let old = entry.content
        byteCount -= entry.byteCount
        entry.content = content
        byteCount += entry.byteCount
        entry.version = nextVersion()
        return old
    }

    mutating func remove(_ entry: Entry) {
        unlink(entry)
        byteCount -= entry.byteCount
        entries[entry.hash] = nil
    }

    /// Takes out what was not used for the longest time.
    mutating func evictOldest() -> Entry? {
        guard let entry = oldest else { return nil }
        remove(entry)
        evictions &+= 1
        return entry
    }

    /// Takes out everything. The table's memory goes too.
    mutating func removeAll() -> [Entry] {
        let removed = Array(entries.values)
        entries = [:]
        byteCount = 0
        newest = nil
        oldest = nil
        cursor = nil
        return removed
    }

    mutating func removeAll(prefix: RawSpan) -> [Entry] {
        let removed = entries.values.filter { $0.hasKey(prefix: prefix) }
        for entry in removed { remove(entry) }
        return removed
    }

    // MARK: Sweeping

    /// Looks at so many entries, from the oldest to the newest and then from the oldest again, going on where it
    /// stopped last, and takes out those whose time is over.
    mutating func sweep(_ count: Int, now: UInt64) -> [Entry] {
        var removed: [Entry] = []
        for _ in 0..<min(count, entries.count) {
            guard let entry = cursor ?? oldest else { break }
            cursor = entry.newer
            if entry.expiresAt <= now {
                remove(entry)
                removed.append(entry)
            }
        }
        shrink()
        return removed
    }

    /// A dictionary does not shrink by itself.
    private mutating func shrink() {
        guard entries.capacity > 1024, entries.count < entries.capacity / 8 else { return }
        var smaller = [UInt64: Entry](minimumCapacity: entries.count)
        for (hash, entry) in entries { smaller[hash] = entry }
        entries = smaller
    }

    // MARK: The list

    private mutating func link(_ entry: Entry) {
        entry.older = newest
        newest?.newer = entry
        newest = entry
        if oldest == nil { oldest = entry }
    }

    private mutating func unlink(_ entry: Entry) {
        if cursor === entry { cursor = entry.newer }
        if newest === entry { newest = entry.older }
        if oldest === entry { oldest = entry.newer }
        entry.newer?.older = entry.older
        entry.older?.newer = entry.newer
        entry.newer = nil
        entry.older = nil
    }
}
