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
    /// Processes that have been told to drain, or to go.
    var leaving: [pid_t] = []
    var replacement: Replacement?
    /// Server processes that were started in the place of one that died.
    var restarts = 0
    /// How the last process that died ended.
    var lastEnd: ProcessEnd?
    var policy = RestartPolicy()
    /// When the process that serves, or starts, was started.
    var startedAt: UInt64 = 0
    /// Since when none serves.
    var gapBegan: UInt64 = 0

    /// Whether this process speaks for the daemon.
    func speaks(_ pid: pid_t) -> Bool {
        switch state {
        case .starting(pid), .serving(pid), .restarting(pid), .stopping(pid, _): true
        case .replacing(let serving, _): serving == pid
        default: false
        }
    }

    /// When `timePassed` has something to do.
    var nextDeadline: UInt64? {
        switch state {
        case .waiting(let until): until
        case .replacing: replacement?.deadline
        default: nil
        }
    }
}

// MARK: - Processes come

extension Supervision {
    mutating func begin() -> [Action] {
        precondition(state == .idle, "begin in \(state)")
        state = .launching(.first)
        return [.spawn(program: nil)]
    }

    mutating func started(_ pid: pid_t, now: UInt64) -> [Action] {
        guard case .launching(let purpose) = state else { preconditionFailure("started \(pid) in \(state)") }
        switch purpose {
        case .first:
            startedAt = now
            state = .starting(pid)
        case .restart:
            startedAt = now
            state = .restarting(pid)
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
        case .restart:
            startedAt = now
            return died(nil, .notStarted(reason), now: now)
        case .replacement(let serving):
            state = .serving(serving)
            replacement = nil
            return [.answer(serving, .refused(reason: reason))]
        }
    }

    mutating func ready(_ pid: pid_t, now: UInt64) -> [Action] {
        switch state {
        case .starting(pid):
            state = .serving(pid)
            return []
        case .restarting(pid):
            state = .serving(pid)
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

    private mutating func replaced(_ old: pid_t, by new: pid_t, now: UInt64) -> [Action] {
        guard let replacement else { preconditionFailure("a replacement without its beginning") }
        let milliseconds = (now - replacement.began) / 1_000_000
        startedAt = replacement.began
        leaving.append(old)
        self.replacement = nil
        state = .serving(new)
        var actions: [Action] = [
            .log(.notice, "server process \(new) takes over from \(old), \(milliseconds) ms after it was asked for"),
            .answer(old, .replaced(by: new, milliseconds: milliseconds)), .drain(old),
        ]
        if let program = replacement.program { actions.append(.reexecute(program: program)) }
        return actions
    }
}

// MARK: - Processes go

extension Supervision {
    mutating func ended(_ pid: pid_t, _ end: ProcessEnd, now: UInt64) -> [Action] {
        if let index = leaving.firstIndex(of: pid) {
            leaving.remove(at: index)
            return (end == .exit(0) ? [] : [.log(.warning, "server process \(pid), on its way out, ended: \(end)")])
                + exitWhenAllAreGone()
        }
        switch state {
        case .starting(pid):
            // A configuration that is wrong, most likely: it has said so.
            state = .ended
            return [.exit(end.exitStatus)]
        case .serving(pid), .restarting(pid): return died(pid, end, now: now)
        case .replacing(let serving, pid): return candidateEnded(pid, end, serving: serving)
        case .replacing(pid, let candidate):
            // The one that was to follow it anyway follows it now.
            let actions = died(pid, end, now: now, successor: candidate)
            replacement = nil
            return actions
        case .stopping(pid, _):
            // Asked to end before it could take the signal: that is what it should do.
            let status: Int32 = end == .signal(SIGTERM) || end == .signal(SIGINT) ? 0 : end.exitStatus
            state = .stopping(nil, exitStatus: status)
            return exitWhenAllAreGone()
        default: return []
        }
    }

    private mutating func candidateEnded(_ pid: pid_t, _ end: ProcessEnd, serving: pid_t) -> [Action] {
        var reason = "the new server process (\(pid)) ended before it was ready: \(end)"
        if let failure = replacement?.failure { reason += ": \(failure)" }
        state = .serving(serving)
        replacement = nil
        return [.log(.error, "\(reason); \(serving) goes on"), .answer(serving, .refused(reason: reason))]
    }

    private mutating func died(
        _ pid: pid_t?, _ end: ProcessEnd, now: UInt64, successor: pid_t? = nil
    ) -> [Action] {
        let wasReady = if case .restarting = state { false } else { true }
        if wasReady { gapBegan = now }
        restarts += 1
        lastEnd = end
        let decision = policy.died(startedAt: startedAt, now: now)
        var actions: [Action] = []
        let who = pid.map { "server process \($0)" } ?? "a server process"
        if decision.beginsCrashLoop {
            actions.append(.log(.critical, "crash loop: \(RestartPolicy.crashLoopDeaths) server processes ended within "
                + "60 s, the last with \(end); it is tried again and again, with pauses of up to 5 s"))
        }
        if let successor {
            startedAt = replacement?.began ?? now
            state = .restarting(successor)
            return actions + [.log(.error, "\(who) ended: \(end); \(successor), on its way already, follows it")]
        }
        let delay = decision.delayNanoseconds
        let next = delay == 0 ? "at once" : "in \(delay / 1_000_000) ms"
        actions.append(.log(.error, "\(who) ended: \(end); the next one is started \(next)"))
        let loop = policy.isCrashLoop ? "crash loop, " : ""
        actions.append(.status("\(loop)the server process ended: \(end); the next one is started \(next)"))
        if delay == 0 {
            state = .launching(.restart)
            actions.append(.spawn(program: nil))
        } else {
            state = .waiting(untilNanoseconds: now + delay)
        }
        return actions
    }

    private mutating func exitWhenAllAreGone() -> [Action] {
        guard leaving.isEmpty, case .stopping(nil, let status) = state else { return [] }
        state = .ended
        return [.exit(status)]
    }
}

// MARK: - Time and wishes

extension Supervision {
    mutating func timePassed(now: UInt64) -> [Action] {
        switch state {
        case .waiting(let until) where now >= until:
            state = .launching(.restart)
            return [.spawn(program: nil)]
        case .replacing(let serving, let candidate):
            guard let deadline = replacement?.deadline, now >= deadline else { return [] }
            return abandon(candidate, serving: serving, "the new server process (\(candidate)) was not ready in time")
        default: return []
        }
    }

    /// A process asks for another one in its place.
    mutating func replacementWanted(
        by pid: pid_t, program: String?, withinNanoseconds limit: UInt64, now: UInt64
    ) -> [Action] {
        guard state == .serving(pid) else {
            return [.answer(pid, .refused(reason: "another replacement, or the end, is under way"))]
        }
        replacement = Replacement(program: program, began: now, deadline: now + limit)
        state = .launching(.replacement(of: pid))
        return [.spawn(program: program)]
    }

    /// A candidate says why it is about to give up.
    mutating func failed(_ pid: pid_t, _ reason: String) {
        if case .replacing(_, pid) = state { replacement?.failure = reason }
    }

    /// A process says that it ends.
    mutating func stopping(_ pid: pid_t) -> [Action] {
        guard speaks(pid) else { return [] }
        var actions: [Action] = []
        if case .replacing(let serving, let candidate) = state {
            actions = abandon(candidate, serving: serving, "the daemon is stopping")
        }
        state = .stopping(pid, exitStatus: 0)
        return actions + [.closeSockets]
    }

    /// SIGTERM, SIGINT or SIGHUP for the daemon.
    mutating func received(_ signal: Int32) -> [Action] {
        switch state {
        case .serving(let pid): return forward(signal, to: pid)
        case .starting(let pid), .restarting(let pid): return signal == SIGHUP ? [] : forward(signal, to: pid)
        case .replacing(let serving, let candidate):
            if signal == SIGHUP { return forward(signal, to: serving) }
            return abandon(candidate, serving: serving, "the daemon is stopping") + forward(signal, to: serving)
        case .waiting:
            guard signal != SIGHUP else { return [] }
            state = .stopping(nil, exitStatus: 0)
            return [.closeSockets] + exitWhenAllAreGone()
        case .stopping(let pid, _):
            // A second one cuts what is still open.
            guard signal != SIGHUP else { return [] }
            return ((pid.map { [$0] } ?? []) + leaving).map { .kill($0, signal: signal) }
        case .idle, .launching, .ended: return []
        }
    }

    private mutating func forward(_ signal: Int32, to pid: pid_t) -> [Action] {
        if signal != SIGHUP { state = .stopping(pid, exitStatus: 0) }
        return [.kill(pid, signal: signal)]
    }

    private mutating func abandon(_ candidate: pid_t, serving: pid_t, _ reason: String) -> [Action] {
        leaving.append(candidate)
        replacement = nil
        state = .serving(serving)
        return [
            .log(.error, "\(reason); it is killed, and \(serving) goes on"), .kill(candidate, signal: SIGKILL),
            .answer(serving, .refused(reason: reason)),
        ]
    }
}
