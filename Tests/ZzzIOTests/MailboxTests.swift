import CLinux
import Synchronization
import Testing

@testable import ZzzIO

@Suite("Mailbox and local jobs")
struct MailboxTests {
    final class Tally: Sendable {
        let total = Atomic<Int>(0)
        /// The last number of each thread; -1 before the first. Only the loop's thread touches it.
        let last = Probe([Int](repeating: -1, count: 8))
        let disorder = Atomic<Int>(0)
        let done = Probe(false)
    }

    @Test("8 threads: every entry runs once, in the order of its thread", arguments: IOBackend.allCases)
    func eightThreads(backend: IOBackend) throws {
        let harness = try Harness(backend)
        let tally = Tally()
        let each = 20_000
        let threads = (0..<8).map { thread in
            let remote = harness.remote
            return TestThread {
                let context = Unmanaged.passUnretained(tally).toOpaque()
                for number in 0..<each {
                    // At the limit, wait for the loop.
                    while !remote.post({ _, context, word in
                        Unmanaged<Tally>.fromOpaque(context!)._withUnsafeGuaranteedRef { tally in
                            let thread = Int(word >> 32)
                            let number = Int(word & 0xFFFF_FFFF)
                            tally.last.update { last in
                                if number != last[thread] + 1 { tally.disorder.add(1, ordering: .relaxed) }
                                last[thread] = number
                            }
                            if tally.total.add(1, ordering: .relaxed).newValue == 160_000 {
                                tally.done.update { $0 = true }
                            }
                        }
                    }, context, UInt(thread << 32 | number)) {}
                }
            }
        }
        for thread in threads { thread.join() }
        #expect(tally.done.wait { $0 })
        #expect(tally.total.load(ordering: .relaxed) == 160_000)
        #expect(tally.disorder.load(ordering: .relaxed) == 0)
        #expect(harness.remote.mailboxCount == 0)
    }

    @Test("holds mailboxLimit entries and refuses the next", arguments: IOBackend.allCases)
    func limit(backend: IOBackend) throws {
        let harness = try Harness(backend, .with { $0.mailboxLimit = 10 })
        let held = Probe(false)
        let goOn = Probe(false)
        let ran = Probe(0)
        harness.remote.post {
            held.update { $0 = true }
            _ = goOn.wait { $0 }
        }
        #expect(held.wait { $0 })
        for count in 1...12 {
            let isPosted = harness.remote.post { ran.update { $0 += 1 } }
            #expect(isPosted == (count <= 10))
        }
        #expect(harness.remote.mailboxCount == 10)
        goOn.update { $0 = true }
        #expect(ran.wait { $0 == 10 })
        #expect(try harness.on { _ in true })
        #expect(ran.current == 10)
    }

    @Test("wakes a sleeping loop every time", arguments: IOBackend.allCases)
    func wakes(backend: IOBackend) throws {
        let harness = try Harness(backend)
        for number in 0..<2000 { #expect(try harness.on { _ in number } == number) }
    }

    @Test("local jobs run in order before the poller is asked again", arguments: IOBackend.allCases)
    func localJobs(backend: IOBackend) throws {
        final class Log: Sendable { let words = Probe<[UInt]>([]) }
        let harness = try Harness(backend)
        let log = Log()
        let turns = Probe<[UInt64]>([])
        try harness.on { loop in
            turns.update { $0.append(loop.turn) }
            for word in 0..<1000 as Range<UInt> {
                loop.enqueueLocal({ _, context, word in
                    Unmanaged<Log>.fromOpaque(context!)._withUnsafeGuaranteedRef { $0.words.update { $0.append(word) } }
                }, Unmanaged.passUnretained(log).toOpaque(), word)
            }
            loop.enqueueLocal({ handle, context, _ in
                let turn = Loop.borrow(handle) { $0.turn }
                Unmanaged<Probe<[UInt64]>>.fromOpaque(context!)._withUnsafeGuaranteedRef {
                    $0.update { $0.append(turn) }
                }
            }, Unmanaged.passUnretained(turns).toOpaque())
        }
        #expect(turns.wait { $0.count == 2 })
        #expect(log.words.current == Array(0..<1000))
        #expect(turns.current[0] == turns.current[1], "the same turn")
    }

    @Test("maxLocalJobsPerTurn jobs run in a turn, and the next one in the next", arguments: IOBackend.allCases)
    func localBudget(backend: IOBackend) throws {
        let harness = try Harness(backend, .with { $0.maxLocalJobsPerTurn = 5 })
        let turns = Probe<[UInt64]>([])
        let start = try harness.on { loop in
            for _ in 0..<6 {
                loop.enqueueLocal({ handle, context, _ in
                    let turn = Loop.borrow(handle) { $0.turn }
                    Unmanaged<Probe<[UInt64]>>.fromOpaque(context!)._withUnsafeGuaranteedRef {
                        $0.update { $0.append(turn) }
                    }
                }, Unmanaged.passUnretained(turns).toOpaque())
            }
            return loop.turn
        }
        #expect(turns.wait { $0.count == 6 })
        #expect(turns.current == [start, start, start, start, start, start + 1])
    }

    @Test("a job that enqueues itself for ever leaves the loop its mail", arguments: IOBackend.allCases)
    func endlessJobs(backend: IOBackend) throws {
        final class Job: Sendable {
            let isOver = Atomic<Bool>(false)
            static let again: LoopFunction = { handle, context, _ in
                Unmanaged<Job>.fromOpaque(context!)._withUnsafeGuaranteedRef { job in
                    if !job.isOver.load(ordering: .relaxed) {
                        Loop.borrow(handle) { $0.enqueueLocal(Job.again, context) }
                    }
                }
            }
        }
        let harness = try Harness(backend)
        let job = Job()
        try harness.on { $0.enqueueLocal(Job.again, Unmanaged.passUnretained(job).toOpaque()) }
        for _ in 0..<10 { #expect(try harness.on { _ in true }) }
        job.isOver.store(true, ordering: .relaxed)
        #expect(try harness.on { _ in true })
        #expect(try harness.on { _ in true })
    }

    @Test("the pulse: turns, ticks and busy time grow; a sleeping loop polls", arguments: IOBackend.allCases)
    func pulse(backend: IOBackend) throws {
        let harness = try Harness(backend)
        let (turn, now, wall) = try harness.on { ($0.turn, $0.now, $0.wallSeconds) }
        #expect(harness.remote.turn >= turn)
        // The tick is of the kernel's coarse clock.
        #expect(harness.remote.lastTick + 20_000_000 >= now)
        #expect(abs(wall - zzz_linux_realtime_ns() / 1_000_000_000) <= 20)
        let busy = harness.remote.busyNanoseconds
        // Longer than a tick of the kernel, so every turn is measured.
        for _ in 0..<5 {
            try harness.on { _ in
                let start = zzz_linux_monotonic_ns()
                while zzz_linux_monotonic_ns() - start < 12_000_000 {}
            }
        }
        #expect(try harness.on { $0.isCurrent })
        #expect(harness.remote.busyNanoseconds >= busy + 40_000_000)
        var isPolling = false
        for _ in 0..<100_000_000 where !isPolling { isPolling = harness.remote.isPolling }
        #expect(isPolling)
        #expect(Loop.current == nil)
    }

    @Test("stop ends run, also when it comes first; the loop can run again")
    func stop() throws {
        let loop = try Loop()
        loop.stop()
        loop.run()
        #expect(Loop.current == nil)
        let ran = Probe(0)
        loop.remote.post {
            ran.update { $0 += 1 }
            Loop.current!.stop()
        }
        loop.run()
        #expect(ran.current == 1)
    }
}
