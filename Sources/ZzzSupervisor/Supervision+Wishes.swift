import Glibc

/// What time, processes and signals ask for.
extension Supervision {
    mutating func timePassed(now: UInt64) -> [Action] {
        var actions: [Action] = []
        for (pid, deadline) in leaving where now >= deadline {
            leaving[pid] = .max
            actions.append(.log(.error, "server process \(pid) does not end by itself: it is killed"))
            actions.append(.kill(pid, signal: SIGKILL))
        }
        return actions + pulseTimePassed(now: now) + stateTimePassed(now: now)
    }

    private mutating func stateTimePassed(now: UInt64) -> [Action] {
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

    /// A process that drains says how long it may take, from now.
    mutating func needsTime(_ pid: pid_t, nanoseconds: UInt64, now: UInt64) {
        if let deadline = leaving[pid], deadline != .max { leaving[pid] = now + nanoseconds }
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
        pulses[pid] = nil
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
            return ((pid.map { [$0] } ?? []) + leaving.keys.sorted()).map { .kill($0, signal: signal) }
        case .idle, .launching, .ended: return []
        }
    }

    private mutating func forward(_ signal: Int32, to pid: pid_t) -> [Action] {
        if signal != SIGHUP { state = .stopping(pid, exitStatus: 0) }
        return [.kill(pid, signal: signal)]
    }

    private mutating func abandon(_ candidate: pid_t, serving: pid_t, _ reason: String) -> [Action] {
        leaving[candidate] = .max
        replacement = nil
        state = .serving(serving)
        return [
            .log(.error, "\(reason); it is killed, and \(serving) goes on"), .kill(candidate, signal: SIGKILL),
            .answer(serving, .refused(reason: reason)),
        ]
    }
}
