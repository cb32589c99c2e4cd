import Synchronization

/// A set of loops.
struct LoopSet: Sendable {
    private var words: SIMD4<UInt64> = .zero

    var isEmpty: Bool { words == .zero }

    mutating func insert(_ loop: Int) { words[loop >> 6] |= 1 << UInt64(loop & 63) }
    mutating func remove(_ loop: Int) { words[loop >> 6] &= ~(1 << UInt64(loop & 63)) }

    func forEach(_ body: (Int) -> Void) {
        for word in 0..<4 {
            var bits = words[word]
            while bits != 0 {
                body(word << 6 + bits.trailingZeroBitCount)
                bits &= bits - 1
            }
        }
    }
}

/// Which loops have somebody in a topic, so that a broadcast is posted to them alone. Any thread; in shards, each
/// behind a lock of its own, which is held for a look-up.
final class TopicDirectory: Sendable {
    private final class Shard: Sendable {
        let topics = Mutex<[TopicName: LoopSet]>([:])
    }

    private let shards = (0..<64).map { _ in Shard() }

    private func shard(_ name: TopicName) -> Shard { shards[name.hashValue & 63] }

    func add(_ name: TopicName, loop: Int) {
        shard(name).topics.withLock { $0[name, default: LoopSet()].insert(loop) }
    }

    func remove(_ name: TopicName, loop: Int) {
        shard(name).topics.withLock { topics in
            topics[name]?.remove(loop)
            if topics[name]?.isEmpty == true { topics[name] = nil }
        }
    }

    func loops(_ name: TopicName) -> LoopSet {
        shard(name).topics.withLock { $0[name] } ?? LoopSet()
    }

    var count: Int { shards.reduce(0) { $0 + $1.topics.withLock(\.count) } }
}
