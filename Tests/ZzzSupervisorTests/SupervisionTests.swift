import Glibc
import Testing

@testable import ZzzSupervisor

private let second: UInt64 = 1_000_000_000

extension Supervision {
    /// One that serves with process 10, started at 0.
    static func serving() -> Supervision {
        var supervision = Supervision()
        _ = supervision.begin()
        _ = supervision.started(10)
        _ = supervision.ready(10, now: 1)
        return supervision
    }

    /// The same with 11 being started beside it.
    static func replacing(program: String? = nil, within limit: UInt64 = 30 * second) -> Supervision {
        var supervision = serving()
        _ = supervision.replacementWanted(by: 10, program: program, withinNanoseconds: limit, now: 20 * second)
        _ = supervision.started(11)
        return supervision
    }
}

extension [Supervision.Action] {
    /// Without what is only said.
    var deeds: [Supervision.Action] {
        filter {
            switch $0 {
            case .log, .status: false
            default: true
            }
        }
    }
}

@Suite struct SupervisionTests {
    @Test func `starts a process, and serves when it is ready`() {
        var supervision = Supervision()
        #expect(supervision.begin() == [.spawn(program: nil)])
        #expect(supervision.started(10) == [])
        #expect(supervision.speaks(10))
        #expect(supervision.ready(10, now: 9) == [])
        #expect(supervision.state == .serving(10))
        // After a reload.
        #expect(supervision.ready(10, now: 10) == [])
    }

    @Test(arguments: [(ProcessEnd.exit(1), Int32(1)), (.exit(2), 2), (.signal(SIGSEGV), 139)])
    func `ends with the first process when that was never ready`(end: ProcessEnd, status: Int32) {
        var supervision = Supervision()
        _ = supervision.begin()
        _ = supervision.started(10)
        #expect(supervision.ended(10, end, now: 5) == [.exit(status)])
    }

    @Test func `ends when no process can be started at all`() {
        var supervision = Supervision()
        _ = supervision.begin()
        #expect(supervision.couldNotStart("no memory", now: 0).deeds == [.exit(1)])
    }

    @Test func `starts the next one at once, and tells the gap`() {
        var supervision = Supervision.serving()
        let actions = supervision.ended(10, .signal(SIGKILL), now: 100 * second)
        #expect(actions.deeds == [.spawn(program: nil)])
        #expect(supervision.restarts == 1)
        #expect(supervision.lastEnd == .signal(SIGKILL))
        #expect(!supervision.speaks(10))
        _ = supervision.started(11)
        let text = "\(supervision.ready(11, now: 100 * second + 42_000_000))"
        #expect(text.contains("server process 11 serves, 42 ms after"))
        #expect(text.contains("SIGKILL"))
        #expect(supervision.state == .serving(11))
    }

    @Test func `nothing is taken for granted after a process that was never ready`() {
        var supervision = Supervision()
        _ = supervision.begin()
        #expect(!supervision.followsGoodProcess)
        _ = supervision.started(10)
        _ = supervision.ready(10, now: 1)
        _ = supervision.ended(10, .signal(SIGKILL), now: 2)
        #expect(supervision.followsGoodProcess)
        _ = supervision.started(11)
        _ = supervision.ended(11, .signal(SIGSEGV), now: 3)
        #expect(!supervision.followsGoodProcess)
        _ = supervision.timePassed(now: 10 * second)
        _ = supervision.started(12)
        _ = supervision.ready(12, now: 11 * second)
        #expect(supervision.followsGoodProcess)
    }

    @Test func `tries again when a process cannot be started`() {
        var supervision = Supervision.serving()
        _ = supervision.ended(10, .signal(SIGKILL), now: 100 * second)
        _ = supervision.couldNotStart("no memory", now: 100 * second)
        _ = supervision.timePassed(now: 200 * second)
        #expect(supervision.state == .launching(.restart))
        #expect(supervision.restarts == 2)
    }

    // MARK: Replacement

    @Test func `hands over when the new one is ready, in this order`() {
        var supervision = Supervision.replacing(program: "/new")
        #expect(supervision.speaks(10) && !supervision.speaks(11))
        let actions = supervision.ready(11, now: 20 * second + 70_000_000)
        #expect(actions.deeds == [
            .drain(10), .answer(10, .replaced(by: 11, milliseconds: 70)), .reexecute(program: "/new"),
        ])
        #expect(supervision.speaks(11) && !supervision.speaks(10))
        #expect(supervision.ended(10, .exit(0), now: 21 * second) == [])
        #expect(supervision.restarts == 0)
        // What an old process says at its end is nobody's business any more.
        #expect(supervision.stopping(10) == [])
        #expect(supervision.state == .serving(11))
    }

    @Test func `keeps the old one when the new one ends, and says why`() {
        var supervision = Supervision.replacing()
        supervision.failed(11, "listen 127.0.0.1:80: in use")
        let actions = supervision.ended(11, .exit(1), now: 21 * second)
        guard case .answer(10, .refused(let reason))? = actions.deeds.first else {
            Issue.record("\(actions)")
            return
        }
        #expect(reason.contains("exit status 1"))
        #expect(reason.contains("127.0.0.1:80: in use"))
        #expect(supervision.state == .serving(10))
        #expect(supervision.restarts == 0)
    }

    @Test func `keeps the old one when the new one is not ready in time`() {
        var supervision = Supervision.replacing(within: 2 * second)
        #expect(supervision.nextDeadline == 22 * second)
        #expect(supervision.timePassed(now: 22 * second - 1) == [])
        let actions = supervision.timePassed(now: 22 * second).deeds
        #expect(actions.first == .kill(11, signal: SIGKILL))
        #expect(actions.count == 2)
        #expect(supervision.state == .serving(10))
        _ = supervision.ended(11, .signal(SIGKILL), now: 23 * second)
        #expect(supervision.restarts == 0)
    }

    @Test func `keeps the old one when the new one cannot be started`() {
        var supervision = Supervision.serving()
        let spawn = supervision.replacementWanted(by: 10, program: "/new", withinNanoseconds: 1, now: 5)
        #expect(spawn == [.spawn(program: "/new")])
        #expect(supervision.couldNotStart("not found", now: 5) == [.answer(10, .refused(reason: "not found"))])
        #expect(supervision.state == .serving(10))
    }

    @Test func `makes one replacement at a time`() {
        var supervision = Supervision.replacing()
        let actions = supervision.replacementWanted(by: 10, program: nil, withinNanoseconds: 1, now: 5)
        guard case .answer(10, .refused)? = actions.first, actions.count == 1 else {
            Issue.record("\(actions)")
            return
        }
        #expect(supervision.state == .replacing(serving: 10, candidate: 11))
    }

    @Test func `lets the new one follow when the old one dies meanwhile`() {
        var supervision = Supervision.replacing()
        #expect(supervision.ended(10, .signal(SIGKILL), now: 21 * second).deeds == [])
        #expect(supervision.state == .restarting(11))
        #expect(supervision.ready(11, now: 22 * second).deeds == [])
        #expect(supervision.state == .serving(11))
        #expect(supervision.restarts == 1)
    }

    // MARK: The end

    @Test func `passes signals on, and ends as the process ends`() {
        var supervision = Supervision.serving()
        #expect(supervision.received(SIGHUP) == [.kill(10, signal: SIGHUP)])
        #expect(supervision.received(SIGTERM) == [.kill(10, signal: SIGTERM)])
        #expect(supervision.stopping(10) == [.closeSockets])
        #expect(supervision.received(SIGTERM) == [.kill(10, signal: SIGTERM)], "a second one cuts")
        #expect(supervision.ended(10, .exit(0), now: 5) == [.exit(0)])
    }

    @Test func `a process that dies while it stops is not followed`() {
        var supervision = Supervision.serving()
        _ = supervision.stopping(10)
        #expect(supervision.ended(10, .signal(SIGKILL), now: 5) == [.exit(137)])
    }

    @Test func `waits for those that drain`() {
        var supervision = Supervision.replacing()
        _ = supervision.ready(11, now: 21 * second)
        _ = supervision.received(SIGTERM)
        #expect(supervision.ended(11, .exit(0), now: 22 * second) == [])
        #expect(supervision.ended(10, .exit(0), now: 23 * second) == [.exit(0)])
    }

    @Test func `kills one that drains for longer than it said`() {
        var supervision = Supervision.replacing()
        _ = supervision.ready(11, now: 21 * second)
        #expect(supervision.nextDeadline == 111 * second)
        supervision.needsTime(10, nanoseconds: 200 * second, now: 22 * second)
        supervision.needsTime(11, nanoseconds: 1, now: 22 * second)
        #expect(supervision.nextDeadline == 222 * second)
        #expect(supervision.timePassed(now: 222 * second - 1) == [])
        #expect(supervision.timePassed(now: 222 * second).deeds == [.kill(10, signal: SIGKILL)])
        #expect(supervision.nextDeadline == nil)
        #expect(supervision.ended(10, .signal(SIGKILL), now: 223 * second).deeds == [])
        #expect(supervision.state == .serving(11))
    }

    @Test func `stops while nothing runs`() {
        var supervision = Supervision.serving()
        _ = supervision.ended(10, .exit(1), now: 2)
        for pid in pid_t(11)...13 {
            _ = supervision.started(pid)
            _ = supervision.ended(pid, .exit(1), now: 3)
        }
        guard case .waiting = supervision.state else {
            Issue.record("\(supervision.state)")
            return
        }
        #expect(supervision.received(SIGHUP) == [])
        #expect(supervision.received(SIGTERM) == [.closeSockets, .exit(0)])
    }

    @Test func `stops in the middle of a replacement`() {
        var supervision = Supervision.replacing()
        let actions = supervision.received(SIGTERM).deeds
        #expect(actions.first == .kill(11, signal: SIGKILL))
        #expect(actions.last == .kill(10, signal: SIGTERM))
        #expect(supervision.ended(10, .exit(0), now: 5) == [])
        #expect(supervision.ended(11, .signal(SIGKILL), now: 5).deeds == [.exit(0)])
    }

    @Test func `a process that is ended before it was ready ends everything with 0`() {
        var supervision = Supervision()
        _ = supervision.begin()
        _ = supervision.started(10)
        #expect(supervision.received(SIGHUP) == [])
        #expect(supervision.received(SIGINT) == [.kill(10, signal: SIGINT)])
        #expect(supervision.ended(10, .signal(SIGINT), now: 1) == [.exit(0)])
    }
}
