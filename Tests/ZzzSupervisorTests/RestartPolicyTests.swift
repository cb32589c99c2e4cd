import Glibc
import Testing

@testable import ZzzSupervisor

private let second: UInt64 = 1_000_000_000
private let half = second / 2

/// When a process that died is followed by the next one.
@Suite struct RestartPolicyTests {
    @Test func `waits when one after the other dies early, and goes on trying`() {
        var supervision = Supervision.serving()
        var now: UInt64 = 2
        var pid: pid_t = 10
        var waits: [UInt64] = []
        for _ in 0..<11 {
            var actions = supervision.ended(pid, .signal(SIGABRT), now: now)
            if case .waiting(let until) = supervision.state {
                waits.append((until - now) / 1_000_000)
                #expect(supervision.nextDeadline == until)
                #expect(supervision.timePassed(now: until - 1) == [])
                actions = supervision.timePassed(now: until)
                now = until
            } else {
                waits.append(0)
            }
            #expect(actions.deeds == [.spawn(program: nil)])
            pid += 1
            _ = supervision.started(pid)
        }
        #expect(waits == [0, 0, 0, 100, 200, 400, 800, 1600, 3200, 5000, 5000])
        #expect(supervision.restarts == 11)
    }

    @Test(arguments: [
        (half - 1, [0, 0, 0, 100, 200]), (half, [0, 0, 0, 0, 0]), (half + 1, [0, 0, 0, 0, 0]),
    ])
    func `one that has served for half a second is followed at once`(service: UInt64, waits expected: [UInt64]) {
        var policy = RestartPolicy()
        let waits = (1...5).map { number in
            policy.died(servedNanoseconds: service, now: UInt64(number) * 2 * second).delayNanoseconds / 1_000_000
        }
        #expect(waits == expected)
    }

    @Test func `one that has served for half a second ends the row of those that had not`() {
        var policy = RestartPolicy()
        for number in 0..<5 { _ = policy.died(servedNanoseconds: nil, now: UInt64(number)) }
        #expect(policy.died(servedNanoseconds: nil, now: 6).delayNanoseconds == 400_000_000)
        #expect(policy.died(servedNanoseconds: half, now: 2 * second).delayNanoseconds == 0)
        #expect(policy.died(servedNanoseconds: nil, now: 3 * second).delayNanoseconds == 0)
    }

    @Test func `says once that it is a crash loop, and systemd hears it each time`() {
        var supervision = Supervision.serving()
        var critical = 0
        var statuses: [String] = []
        for pid in pid_t(10)..<20 {
            let now = UInt64(pid) * 6 * second
            for action in supervision.ended(pid, .signal(SIGSEGV), now: now) {
                if case .log(.critical, let text) = action {
                    critical += 1
                    #expect(text.contains("crash loop"))
                    #expect(text.contains("SIGSEGV"))
                }
                if case .status(let text) = action { statuses.append(text) }
            }
            _ = supervision.timePassed(now: now + 6 * second)
            _ = supervision.started(pid + 1)
            _ = supervision.ready(pid + 1, now: now + 1)
        }
        #expect(critical == 1)
        #expect(statuses.map { $0.hasPrefix("crash loop") } == Array(repeating: false, count: 4)
            + Array(repeating: true, count: 6))
    }
}
