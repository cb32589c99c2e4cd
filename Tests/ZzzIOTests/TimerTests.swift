import CLinux
import Testing

@testable import ZzzIO

@Suite("Timers")
struct TimerTests {
    /// What timers append their word to.
    final class Log: Sendable {
        let entries = Probe<[(word: UInt, nanoseconds: UInt64)]>([])
        static let note: LoopFunction = { _, context, word in
            let at = zzz_linux_monotonic_ns()
            Unmanaged<Log>.fromOpaque(context!)._withUnsafeGuaranteedRef { log in
                log.entries.update { $0.append((word, at)) }
            }
        }
        var context: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }
        var words: [UInt] { entries.current.map(\.word) }
    }

    @Test("fire in the order of their time, never early, and within milliseconds", arguments: IOBackend.allCases)
    func order(backend: IOBackend) throws {
        let harness = try Harness(backend)
        let log = Log()
        let start = zzz_linux_monotonic_ns()
        try harness.on { loop in
            for delay in [7, 3, 50, 1, 20, 0, 90] as [UInt64] {
                loop.addTimer(after: delay * 1_000_000, Log.note, log.context, UInt(delay))
            }
        }
        #expect(log.entries.wait { $0.count == 7 })
        #expect(log.words == [0, 1, 3, 7, 20, 50, 90])
        for entry in log.entries.current { #expect(entry.nanoseconds - start >= UInt64(entry.word) * 1_000_000) }
        #expect(try harness.on { $0.timerCount } == 0)
    }

    @Test("cancelled ones do not fire, and a stale ID cancels nobody else's", arguments: IOBackend.allCases)
    func cancel(backend: IOBackend) throws {
        let harness = try Harness(backend)
        let log = Log()
        try harness.on { loop in
            let first = loop.addTimer(after: 5_000_000, Log.note, log.context, 1)
            #expect(loop.cancelTimer(first))
            #expect(!loop.cancelTimer(first))
            // Takes the same slot.
            let second = loop.addTimer(after: 5_000_000, Log.note, log.context, 2)
            #expect(first.slot == second.slot)
            #expect(!loop.cancelTimer(first))
            loop.addTimer(after: 10_000_000, Log.note, log.context, 3)
        }
        #expect(log.entries.wait { $0.count == 2 })
        #expect(log.words == [2, 3])
    }

    @Test("an ID of a timer that fired cancels nothing", arguments: IOBackend.allCases)
    func cancelFired(backend: IOBackend) throws {
        let harness = try Harness(backend)
        let log = Log()
        let id = try harness.on { $0.addTimer(after: 0, Log.note, log.context, 1) }
        #expect(log.entries.wait { $0.count == 1 })
        #expect(try harness.on { !$0.cancelTimer(id) })
    }

    @Test("a repeating one repeats until it is cancelled, also from within itself", arguments: IOBackend.allCases)
    func repeating(backend: IOBackend) throws {
        final class Counter: Sendable {
            let count = Probe(0)
            let id = Probe<TimerID?>(nil)
        }
        let harness = try Harness(backend)
        let counter = Counter()
        let log = Log()
        try harness.on { loop in
            let id = loop.addTimer(after: 1_000_000, repeating: 1_000_000, { handle, context, _ in
                Unmanaged<Counter>.fromOpaque(context!)._withUnsafeGuaranteedRef { counter in
                    if counter.count.update({ $0 += 1; return $0 }) == 20 {
                        let isCancelled = Loop.borrow(handle) { $0.cancelTimer(counter.id.current!) }
                        #expect(isCancelled)
                    }
                }
            }, Unmanaged.passUnretained(counter).toOpaque())
            counter.id.update { $0 = id }
        }
        #expect(counter.count.wait { $0 == 20 })
        _ = try harness.on { $0.addTimer(after: 20_000_000, Log.note, log.context, 1) }
        #expect(log.entries.wait { $0.count == 1 })
        #expect(counter.count.current == 20)
        #expect(try harness.on { $0.timerCount } == 0)
    }

    @Test("the heap agrees with a sorted list over many random steps")
    func model() {
        var random = SystemRandomNumberGenerator()
        var heap = TimerHeap()
        var model: [(deadline: UInt64, word: UInt, id: TimerID)] = []
        var stale: [TimerID] = []
        let ignore: LoopFunction = { _, _, _ in }
        for step in 0..<20_000 {
            switch UInt8.random(in: 0..<10, using: &random) {
            case 0..<5:
                // Unique deadlines, so that the order is determined.
                let deadline = UInt64.random(in: 0..<1 << 40, using: &random) << 20 | UInt64(step)
                let entry = LoopEntry(function: ignore, context: nil, word: UInt(step))
                model.append((deadline, UInt(step), heap.add(deadline: deadline, interval: 0, entry: entry)))
            case 5..<7:
                guard let index = model.indices.randomElement(using: &random) else { break }
                let gone = model.remove(at: index)
                let isCancelled = heap.cancel(gone.id)
                #expect(isCancelled)
                stale.append(gone.id)
            case 7:
                guard let id = stale.randomElement(using: &random) else { break }
                let isCancelled = heap.cancel(id)
                #expect(!isCancelled)
            default:
                guard let least = model.indices.min(by: { model[$0].deadline < model[$1].deadline }) else {
                    #expect(heap.next == .max)
                    break
                }
                let first = model.remove(at: least)
                #expect(heap.next == first.deadline)
                let early = heap.popDue(first.deadline - 1)
                let due = heap.popDue(first.deadline)
                #expect(early == nil)
                #expect(due?.word == first.word)
                stale.append(first.id)
            }
            #expect(heap.count == model.count)
        }
    }
}
