import Synchronization

/// What ``Static`` keeps of files that it has served: for small ones their contents, for others an open descriptor.
///
/// It has a fixed number of places, in sets of four. A path belongs to one set, and takes the place in it that was used
/// the longest ago: so the cache is bounded, and a search looks at four places.
final class FileCache: Sendable {
    private struct Place {
        var variants: FileVariants
        var checkedNanoseconds: UInt64
        var lastUse: UInt64
    }

    private struct State {
        var places: [Place?]
        var useCount: UInt64 = 0
        var contentBytes = 0
        /// The place that is looked at next for what nobody asks for any more.
        var sweep = 0

        mutating func remove(_ index: Int) -> FileVariants? {
            let removed = places[index]?.variants
            places[index] = nil
            contentBytes -= removed?.contentBytes ?? 0
            return removed
        }
    }

    enum Found {
        /// Compared with the directory a moment ago.
        case fresh(FileVariants)
        /// To be compared with what is in the directory now.
        case stale(FileVariants)
        case missing
    }

    private static let setSize = 4
    /// A file that was not asked for that long is closed: it may have been deleted, and its space be wanted.
    private static let idleNanoseconds: UInt64 = 60_000_000_000
    private let state: Mutex<State>
    private let setCount: Int
    private let options: Static.Cache
    private let validNanoseconds: UInt64

    init(_ options: Static.Cache) {
        self.options = options
        setCount = (max(options.fileCount, 0) + Self.setSize - 1) / Self.setSize
        let milliseconds = options.revalidation > .zero ? options.revalidation.wholeMilliseconds : 0
        validNanoseconds = min(milliseconds, .max / 1_000_000) * 1_000_000
        state = Mutex(State(places: Array(repeating: nil, count: setCount * Self.setSize)))
    }

    func find(_ path: FilePath, now: UInt64) -> Found {
        guard setCount > 0 else { return .missing }
        let set = set(of: path)
        return state.withLock { state in
            guard let index = set.first(where: { state.places[$0]?.variants.path == path }),
                let place = state.places[index]
            else { return .missing }
            state.useCount += 1
            state.places[index]?.lastUse = state.useCount
            return now &- place.checkedNanoseconds < validNanoseconds ? .fresh(place.variants) : .stale(place.variants)
        }
    }

    /// Keeps what was found in the directory just now, in place of what was kept for the same path.
    func keep(_ variants: FileVariants, now: UInt64) {
        guard setCount > 0 else { return }
        let set = set(of: variants.path)
        // What goes is freed, and its descriptors closed, when the lock has been given back.
        let removed = state.withLock { state in
            let index =
                set.first { state.places[$0]?.variants.path == variants.path }
                ?? set.min { state.places[$0]?.lastUse ?? 0 < state.places[$1]?.lastUse ?? 0 } ?? set.lowerBound
            var removed = [state.remove(index)]
            state.useCount += 1
            state.places[index] = Place(variants: variants, checkedNanoseconds: now, lastUse: state.useCount)
            state.contentBytes += variants.contentBytes
            state.sweep = (state.sweep + 1) % state.places.count
            if let place = state.places[state.sweep], now > place.checkedNanoseconds + Self.idleNanoseconds {
                removed.append(state.remove(state.sweep))
            }
            return removed
        }
        withExtendedLifetime(removed) {}
    }

    /// Forgets a path that leads nowhere any more.
    func forget(_ path: FilePath) {
        let set = set(of: path)
        let removed = state.withLock { state in
            set.first { state.places[$0]?.variants.path == path }.flatMap { state.remove($0) }
        }
        withExtendedLifetime(removed) {}
    }

    /// Whether a file of that size is to be read into memory.
    func hasRoom(forBytes size: Int64) -> Bool {
        guard setCount > 0, size <= Int64(options.largestContentBytes) else { return false }
        return state.withLock { Int64($0.contentBytes) + size <= Int64(options.contentBytes) }
    }

    /// The places that a path may be in (FNV-1a; a set that many paths share costs only their place in the cache).
    private func set(of path: FilePath) -> Range<Int> {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in path.bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let first = Int(hash % UInt64(setCount)) * Self.setSize
        return first..<first + Self.setSize
    }
}
