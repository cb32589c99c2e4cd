import Glibc

/// A process that hangs is ended, and followed like one that has died. Only the one that serves is expected to speak:
/// one that starts, or finishes what it began, has other limits.
extension Supervision {
    /// The process whose silence counts. One that was told to end counts until it has said that it does.
    private var watched: pid_t? {
        switch state {
        case .serving(let pid), .replacing(let pid, _), .stopping(let pid?, _): pid
        default: nil
        }
    }

    var nextPulse: UInt64? { watched.flatMap { pulses[$0]?.nextLook } }

    /// A process says how long it may be silent once it is ready; 0: for as long as it likes.
    mutating func pulseWanted(_ pid: pid_t, withinNanoseconds interval: UInt64, now: UInt64) {
        guard pulses[pid]?.isAborted != true else { return }
        pulses[pid] = interval > 0 ? Pulse(intervalNanoseconds: interval, now: now) : nil
    }

    /// A process says that it is alive.
    mutating func isAlive(_ pid: pid_t, now: UInt64) { pulses[pid]?.beat(now: now) }

    /// A process says what of it does not go on.
    mutating func complains(_ pid: pid_t, _ what: String) { pulses[pid]?.complain(what) }

    mutating func reloads(_ pid: pid_t) { pulses[pid]?.beginReload() }

    mutating func pulseTimePassed(now: UInt64) -> [Action] {
        guard let pid = watched, let finding = pulses[pid]?.look(now: now) else { return [] }
        switch finding {
        case .nothing: return []
        case .hung:
            return [.log(.error, "server process \(pid) hangs: \(symptom(of: pid)); it is ended with SIGABRT"),
                .kill(pid, signal: SIGABRT)]
        case .isStillThere:
            return [.log(.error, "server process \(pid) does not end of SIGABRT: it is killed"),
                .kill(pid, signal: SIGKILL)]
        }
    }

    private func symptom(of pid: pid_t) -> String {
        let milliseconds = (pulses[pid]?.intervalNanoseconds ?? 0) / 1_000_000
        let time = milliseconds % 1000 == 0 ? "\(milliseconds / 1000) s" : "\(milliseconds) ms"
        let what = pulses[pid]?.complaint ?? "its main thread does not go on, or the whole process stands"
        return "no sign of life for \(time) (server.watchdog): \(what)"
    }
}
