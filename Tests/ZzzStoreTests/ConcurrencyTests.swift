import Glibc
import Synchronization
import Testing

@testable import ZzzStore

/// Several threads at the same keys: nothing is lost and nothing is counted twice.
@Suite struct ConcurrencyTests {
    private static let threadCount = 4
    private static let rounds = 5_000

    /// Runs `body` on several threads at once, and waits for all.
    private func onThreads(_ body: @escaping @Sendable (_ thread: Int) -> Void) {
        final class Work: Sendable {
            let index: Int
            let body: @Sendable (Int) -> Void
            init(_ index: Int, _ body: @escaping @Sendable (Int) -> Void) {
                self.index = index
                self.body = body
            }
        }
        var threads: [pthread_t] = []
        for index in 0..<Self.threadCount {
            var thread = pthread_t()
            let work = Unmanaged.passRetained(Work(index, body))
            let status = pthread_create(
                &thread, nil,
                { context in
                    let work = Unmanaged<Work>.fromOpaque(context!).takeRetainedValue()
                    work.body(work.index)
                    return nil
                }, work.toOpaque())
            precondition(status == 0)
            threads.append(thread)
        }
        for thread in threads { pthread_join(thread, nil) }
    }

    @Test func aCounterCountsEverything() throws {
        let store = TestStore()
        onThreads { _ in
            for round in 0..<Self.rounds { _ = try? store.add(1, "n\(round % 3)") }
        }
        let sum = try (0..<3).reduce(Int64(0)) { try $0 + store.add(0, "n\($1)") }
        #expect(sum == Int64(Self.threadCount * Self.rounds))
    }

    @Test func compareAndSwapLosesNothing() throws {
        let store = TestStore()
        try store.put("n", "0")
        onThreads { _ in
            for _ in 0..<500 {
                while true {
                    let key = Array("n".utf8)
                    guard let found = try? store.store.get(key.span.bytes),
                        let number = Int(String(decoding: found.value, as: UTF8.self))
                    else { continue }
                    if (try? store.put("n", "\(number + 1)", if: .version(found.version))) != nil { break }
                }
            }
        }
        #expect(try store.get("n") == "\(Self.threadCount * 500)")
    }

    @Test func onlyOneFindsItAbsent() throws {
        let store = TestStore()
        let winners = Mutex([Int](repeating: 0, count: 200))
        onThreads { thread in
            for index in 0..<200 where (try? store.put("\(index)", "\(thread)", if: .absent)) != nil {
                winners.withLock { $0[index] += 1 }
            }
        }
        #expect(winners.withLock { $0 } == [Int](repeating: 1, count: 200))
    }

    @Test func aBucketGivesNoTokenTwice() throws {
        let store = TestStore()
        let bucket = try #require(TokenBucket(capacity: 1000, intervalNanoseconds: 1000))
        let granted = Atomic<Int>(0)
        onThreads { _ in
            for _ in 0..<1000 where (try? store.take(1, "b", bucket).isAllowed) == true {
                granted.wrappingAdd(1, ordering: .relaxed)
            }
        }
        #expect(granted.load(ordering: .relaxed) == 1000)
    }

    /// Values of which every byte is the same: a reader that saw half of another would notice.
    @Test func aReaderSeesAWholeValue() throws {
        let store = TestStore(memoryByteCount: 40 << 10)
        let torn = Atomic<Int>(0)
        onThreads { thread in
            for round in 0..<Self.rounds {
                let key = "\(round % 40)"
                if thread % 2 == 0 {
                    let letter = String(UnicodeScalar(UInt8(97 + round % 26)))
                    _ = try? store.put(key, String(repeating: letter, count: 1 + round % 2000))
                } else if let value = try? store.get(key), Set(value.utf8).count != 1 {
                    torn.wrappingAdd(1, ordering: .relaxed)
                }
                if round % 100 == 0 { store.store.sweep(countPerShard: 4) }
                if round % 1000 == 999 { _ = store.removeAll(prefix: "1") }
            }
        }
        #expect(torn.load(ordering: .relaxed) == 0)
        #expect(store.statistics.bytes <= 40 << 10)
        #expect(store.statistics.bytes == store.store.byteCount.load(ordering: .relaxed))
        #expect(store.statistics.evictions > 0)
    }
}
