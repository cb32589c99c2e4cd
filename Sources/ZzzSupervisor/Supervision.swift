import Glibc

/// What the supervisor decides: events come in, actions come out, and the owner performs them in their order. No system
/// call is made here, so that every path can be tested.
///
/// A server process is known by its pid. Times are nanoseconds of a monotonic clock.
struct Supervision {
    /// What a process that is asked for is to be.
    enum Purpose: Equatable {
        /// The first one: when it cannot get ready, nothing runs.
        case first
        /// In the place of one that died.
        case restart
        /// Beside the one that serves, to follow it.
        case replacement(of: pid_t)
    }

    enum State: Equatable {
        case idle
        /// The owner has been asked for a process and answers with `started` or `couldNotStart`.
        case launching(Purpose)
        /// The first process has not been ready yet.
        case starting(pid_t)
        case serving(pid_t)
        case replacing(serving: pid_t, candidate: pid_t)
        /// None serves; this one has been started in the place of one that died.
        case restarting(pid_t)
        /// None serves; the next one is started later.
        case waiting(untilNanoseconds: UInt64)
        /// The serving process, if there still is one, has been told to end.
        case stopping(pid_t?, exitStatus: Int32)
        case ended
    }

    enum Action: Equatable {
        /// Start a process: of `program`, or of what the supervisor itself runs.
        case spawn(program: String?)
        /// Tell a process that another one has taken over.
        case drain(pid_t)
        case kill(pid_t, signal: Int32)
        /// Tell a process what became of the replacement it asked for.
        case answer(pid_t, Outcome)
        /// Close the stored sockets: nobody is to connect any more.
        case closeSockets
        /// Let the serving process's program become the supervisor's as well.
        case reexecute(program: String)
        case log(PlainLog.Level, String)
        /// One line for `systemctl status`, while no server process says anything.
        case status(String)
        case exit(Int32)
    }

    enum Outcome: Equatable {
        case replaced(by: pid_t, milliseconds: UInt64)
        case refused(reason: String)
    }

    /// A replacement that is under way.
    struct Replacement: Equatable {
        let program: String?
        let began: UInt64
        let deadline: UInt64
        /// What the candidate said was wrong.
        var failure: String?
    }

    var state = State.idle
    /// How long a process that drains may take when it does not say.
    static let drainNanoseconds: UInt64 = 90_000_000_000

    /// Processes that have been told to drain, or to go, and when that is over.
    var leaving: [pid_t: UInt64] = [:]
    var replacement: Replacement?
    /// Server processes that were started in the place of one that died.
    var restarts = 0
    /// How the last process that died ended.
    var lastEnd: ProcessEnd?
    var policy = RestartPolicy()
    /// Since when the process that serves has been ready.
    var servesSince: UInt64 = 0
    /// Since when none serves.
    var gapBegan: UInt64 = 0
    /// Those of processes that have said how long they may be silent.
    var pulses: [pid_t: Pulse] = [:]

    /// Whether this process speaks for the daemon.
    func speaks(_ pid: pid_t) -> Bool {
        switch state {
        case .starting(pid), .serving(pid), .restarting(pid), .stopping(pid, _): true
        case .replacing(let serving, _): serving == pid
        default: false
        }
    }

    /// The process before the one that is started next was ready, or is.
    var followsGoodProcess = false

    /// When `timePassed` has something to do.
    var nextDeadline: UInt64? {
        let ofState: UInt64? =
            switch state {
            case .waiting(let until): until
            case .replacing: replacement?.deadline
            default: nil
            }
        let earliest = min(ofState ?? .max, leaving.values.min() ?? .max, nextPulse ?? .max)
        return earliest == .max ? nil : earliest
    }
}

// MARK: - Processes come

extension Supervision {
    mutating func begin() -> [Action] {
        precondition(state == .idle, "begin in \(state)")
        state = .launching(.first)
        return [.spawn(program: nil)]
    }

    mutating func started(_ pid: pid_t) -> [Action] {
        guard case .launching(let purpose) = state else { preconditionFailure("started \(pid) in \(state)") }
        switch purpose {
        case .first: state = .starting(pid)
        case .restart: state = .restarting(pid)
        case .replacement(let serving): state = .replacing(serving: serving, candidate: pid)
        }
        return []
    }

    mutating func couldNotStart(_ reason: String, now: UInt64) -> [Action] {
        guard case .launching(let purpose) = state else { preconditionFailure("not started in \(state)") }
        switch purpose {
        case .first:
            state = .ended
            return [.log(.critical, "no server process can be started: \(reason)"), .exit(1)]
        case .restart: return died(nil, .notStarted(reason), now: now)
        case .replacement(let serving):
            state = .serving(serving)
            replacement = nil
            return [.answer(serving, .refused(reason: reason))]
        }
    }

    mutating func ready(_ pid: pid_t, now: UInt64) -> [Action] {
        pulses[pid]?.begin(now: now)
        switch state {
        case .starting(pid):
            serves(pid, now: now)
            return []
        case .restarting(pid):
            serves(pid, now: now)
            let gap = (now - gapBegan) / 1_000_000
            let how = lastEnd.map { "\($0)" } ?? "an unknown end"
            return [.log(.notice, "server process \(pid) serves, \(gap) ms after the one before it ended (\(how))")]
        case .replacing(let serving, pid):
            return replaced(serving, by: pid, now: now)
        default:
            // After a reload, or from one that leaves.
            return []
        }
    }

    private mutating func serves(_ pid: pid_t, now: UInt64) {
        state = .serving(pid)
        servesSince = now
        followsGoodProcess = true
    }

    private mutating func replaced(_ old: pid_t, by new: pid_t, now: UInt64) -> [Action] {
        guard let replacement else { preconditionFailure("a replacement without its beginning") }
        let milliseconds = (now - replacement.began) / 1_000_000
        leaving[old] = now + Self.drainNanoseconds
        pulses[old] = nil
        self.replacement = nil
        serves(new, now: now)
        var actions: [Action] = [
            .log(.notice, "server process \(new) takes over from \(old), \(milliseconds) ms after it was asked for"),
            // In this order: whoever is answered and asks again is not answered by the old process.
            .drain(old), .answer(old, .replaced(by: new, milliseconds: milliseconds)),
        ]
        if let program = replacement.program { actions.append(.reexecute(program: program)) }
        return actions
    }
}
