import Glibc
import Testing

@testable import ZzzSupervisor

private let second: UInt64 = 1_000_000_000

/// A process that hangs: noticed by its silence, and never mistaken for one that starts, reloads, ends, or could not
/// run.
@Suite struct PulseTests {
    /// Process 10 serves, and may be silent for 20 s; it was heard at 0.
    private func watching() -> Supervision {
        var supervision = Supervision()
        _ = supervision.begin()
        _ = supervision.started(10)
        supervision.pulseWanted(10, withinNanoseconds: 20 * second, now: 0)
        _ = supervision.ready(10, now: 0)
        return supervision
    }

    /// Looks whenever that is due, until `end`; what was done, and when.
    private func look(
        _ supervision: inout Supervision, until end: UInt64
    ) -> [(at: UInt64, action: Supervision.Action)] {
        var done: [(at: UInt64, action: Supervision.Action)] = []
        while let now = supervision.nextDeadline, now <= end {
            let actions = supervision.timePassed(now: now)
            #expect(!actions.isEmpty || supervision.nextDeadline != now, "it must not turn idly")
            done += actions.map { (now, $0) }
        }
        return done
    }

    private func kills(_ done: [(at: UInt64, action: Supervision.Action)]) -> [String] {
        done.compactMap { at, action in
            guard case .kill(let pid, let signal) = action else { return nil }
            return "\(pid) gets \(signal) at \(at / 1_000_000) ms"
        }
    }

    @Test func `a silent process is aborted, and killed when that does not end it`() {
        var supervision = watching()
        let done = look(&supervision, until: 100 * second)
        #expect(kills(done) == ["10 gets \(SIGABRT) at 20000 ms", "10 gets \(SIGKILL) at 22000 ms"])
        guard case .log(.error, let text)? = done.first?.action else {
            Issue.record("\(done)")
            return
        }
        #expect(text.contains("server process 10 hangs: no sign of life for 20 s"))
        #expect(supervision.nextDeadline == nil)
        // It is followed as after a death, and the end is named.
        let actions = supervision.ended(10, .signal(SIGKILL), now: 22 * second)
        #expect(actions.contains(.spawn(program: nil)))
        #expect(supervision.lastEnd == .hung(SIGKILL))
        #expect("\(ProcessEnd.hung(SIGABRT))" == "SIGABRT (it had hung, and was ended)")
    }

    @Test func `one that speaks in time is left alone`() {
        var supervision = watching()
        for number in 1...10 {
            let now = UInt64(number) * (20 * second - 1)
            #expect(kills(look(&supervision, until: now)) == [])
            supervision.isAlive(10, now: now)
        }
        #expect(kills(look(&supervision, until: 220 * second - 10)).count == 1)
    }

    @Test func `says what the process has complained of, unless it has been well since`() {
        for isWellAgain in [false, true] {
            var supervision = watching()
            supervision.complains(10, "loop 1 has not gone on for 4000 ms")
            if isWellAgain { supervision.isAlive(10, now: 0) }
            let text = "\(look(&supervision, until: 20 * second))"
            #expect(text.contains("loop 1 has not gone on") != isWellAgain)
            #expect(text.contains("main thread") == isWellAgain)
        }
    }

    // It was stopped itself, or the machine slept: nobody could hear or say anything.
    @Test func `time in which the supervisor did not look is no silence`() {
        var supervision = watching()
        #expect(supervision.timePassed(now: 3600 * second) == [])
        #expect(supervision.timePassed(now: 7200 * second) == [])
        supervision.isAlive(10, now: 7200 * second)
        #expect(look(&supervision, until: 7219 * second).isEmpty)
        #expect(kills(look(&supervision, until: 7220 * second)).count == 1)
    }

    @Test func `one that starts is not watched, whatever it has said`() {
        var supervision = Supervision()
        _ = supervision.begin()
        _ = supervision.started(10)
        supervision.pulseWanted(10, withinNanoseconds: 20 * second, now: 0)
        #expect(supervision.nextDeadline == nil)
        #expect(supervision.timePassed(now: 100 * second) == [])
        _ = supervision.ready(10, now: 100 * second)
        #expect(supervision.nextDeadline == 105 * second)
        _ = supervision.ended(10, .signal(SIGKILL), now: 101 * second)
        _ = supervision.started(11)
        supervision.pulseWanted(11, withinNanoseconds: 20 * second, now: 101 * second)
        #expect(supervision.nextDeadline == nil)
    }

    @Test func `a reload may take its time, but not for ever`() {
        var supervision = watching()
        supervision.reloads(10)
        #expect(look(&supervision, until: 299 * second).isEmpty)
        var ready = supervision
        #expect(kills(look(&supervision, until: 300 * second)).count == 1)
        _ = ready.ready(10, now: 299 * second)
        #expect(look(&ready, until: 318 * second).isEmpty)
        #expect(kills(look(&ready, until: 319 * second)).count == 1)
    }

    @Test func `one that ends, or has handed over, is not watched`() {
        var supervision = watching()
        _ = supervision.stopping(10)
        #expect(supervision.nextDeadline == nil)
        supervision = watching()
        _ = supervision.replacementWanted(by: 10, program: nil, withinNanoseconds: 30 * second, now: 0)
        _ = supervision.started(11)
        supervision.pulseWanted(11, withinNanoseconds: 10 * second, now: 0)
        _ = supervision.ready(11, now: 19 * second)
        #expect(kills(look(&supervision, until: 50 * second)) == [
            "11 gets \(SIGABRT) at 29000 ms", "11 gets \(SIGKILL) at 31000 ms",
        ])
    }

    @Test func `one that hangs beside its replacement is followed by that`() {
        var supervision = watching()
        _ = supervision.replacementWanted(by: 10, program: nil, withinNanoseconds: 30 * second, now: 0)
        _ = supervision.started(11)
        #expect(kills(look(&supervision, until: 21 * second)) == ["10 gets \(SIGABRT) at 20000 ms"])
        _ = supervision.ended(10, .signal(SIGABRT), now: 21 * second)
        #expect(supervision.state == .restarting(11))
        #expect(supervision.lastEnd == .hung(SIGABRT))
    }

    @Test func `one that does not take SIGTERM is ended too, and not followed`() {
        var supervision = watching()
        _ = supervision.received(SIGTERM)
        #expect(kills(look(&supervision, until: 20 * second)).count == 1)
        #expect(supervision.ended(10, .signal(SIGABRT), now: 20 * second) == [.exit(128 + SIGABRT)])
    }

    @Test func `the time can be changed, and 0 ends the watch`() {
        var supervision = watching()
        supervision.pulseWanted(10, withinNanoseconds: 0, now: 0)
        #expect(supervision.nextDeadline == nil)
        supervision.pulseWanted(10, withinNanoseconds: 2 * second, now: 5 * second)
        #expect(kills(look(&supervision, until: 8 * second)) == ["10 gets \(SIGABRT) at 7000 ms"])
        // What it says now is too late.
        supervision.isAlive(10, now: 8 * second)
        supervision.pulseWanted(10, withinNanoseconds: 0, now: 8 * second)
        #expect(kills(look(&supervision, until: 9 * second)) == ["10 gets \(SIGKILL) at 9000 ms"])
        // A process that has never said anything is not watched.
        supervision = Supervision.serving()
        #expect(supervision.nextDeadline == nil)
    }
}
