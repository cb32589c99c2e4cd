import Glibc

/// Processes go.
extension Supervision {
    mutating func ended(_ pid: pid_t, _ status: ProcessEnd, now: UInt64) -> [Action] {
        let wasAborted = pulses.removeValue(forKey: pid)?.isAborted ?? false
        let end = wasAborted ? status.afterHang : status
        if leaving.removeValue(forKey: pid) != nil {
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

    mutating func died(
        _ pid: pid_t?, _ end: ProcessEnd, now: UInt64, successor: pid_t? = nil
    ) -> [Action] {
        let served: UInt64? =
            switch state {
            case .serving, .replacing: now - servesSince
            // It was never ready, or never there.
            default: nil
            }
        if served != nil { gapBegan = now } else if pid != nil { followsGoodProcess = false }
        restarts += 1
        lastEnd = end
        let decision = policy.died(servedNanoseconds: served, now: now)
        var actions: [Action] = []
        let who = pid.map { "server process \($0)" } ?? "a server process"
        if decision.beginsCrashLoop {
            actions.append(.log(.critical, "crash loop: \(RestartPolicy.crashLoopDeaths) server processes ended within "
                + "60 s, the last with \(end); it is tried again and again, with pauses of up to 5 s"))
        }
        if let successor {
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

    mutating func exitWhenAllAreGone() -> [Action] {
        guard leaving.isEmpty, case .stopping(nil, let status) = state else { return [] }
        state = .ended
        return [.exit(status)]
    }
}
