import CLinux
import Glibc

/// A server process's side: what its supervisor told it at its start, and the link between the two.
///
/// Sending may be done on any thread; `next` belongs to one.
public final class SupervisorLink: Sendable {
    /// What came over the link.
    public enum Event: Equatable, Sendable {
        /// Another process has taken over: finish what was begun, leave the sockets and their files alone, and end.
        case drain
        /// What became of the replacement that was asked for.
        case replaced(pid: Int, milliseconds: Int)
        case notReplaced(reason: String)
        /// The supervisor has gone.
        case end
    }

    /// A socket that outlives this process. Whoever takes the value owns the descriptor.
    public struct Socket: Sendable, Equatable {
        public let name: String
        public let descriptor: Int32
    }

    public let supervisorPID: Int
    /// The file that the supervisor's program came from: what an upgrade without a path starts.
    public let program: String
    /// Server processes that followed one that died, since the supervisor's start.
    public let restarts: Int
    /// How the last of them that died ended, and when, in seconds since 1970.
    public let lastEnd: String?
    public let lastEndTime: Int?
    /// This process follows one that served, or that serves still. Not so the first one, nor one that follows a process
    /// which died before it was ready: they take nothing for granted.
    public let followsGoodProcess: Bool
    /// Another process serves until this one is ready.
    public let isBesideAnother: Bool
    /// How often the service manager wants to hear of a living process, in microseconds; nil when it does not.
    public let watchdogMicroseconds: Int64?
    public let sockets: [Socket]
    /// Readable when `next` has something, and at the end. It takes packets of lines, as sd_notify(3) has them.
    public let descriptor: Int32

    private var link: LinkSocket { LinkSocket(descriptor: descriptor) }

    /// nil in a process that no supervisor has started. Takes the variables out of the environment, so that no child
    /// sees them; call it once, before there are other threads (setenv(3)).
    public static func takeFromEnvironment() -> SupervisorLink? {
        typealias Variable = ServerLaunch.Variable
        let names = [
            Variable.link, Variable.pid, Variable.sockets, Variable.program, Variable.restarts, Variable.lastEnd,
            Variable.lastEndTime, Variable.followsGood, Variable.isBeside,
        ]
        var variables: [String: String] = [:]
        for name in names {
            variables[name] = getenv(name).map { String(cString: $0) }
            unsetenv(name)
        }
        // A process further down may have inherited them from somebody who did not take them.
        guard variables[Variable.pid] == String(getppid()) else { return nil }
        variables[Variable.watchdog] = getenv(Variable.watchdog).map { String(cString: $0) }
        unsetenv(Variable.watchdog)
        return SupervisorLink(variables: variables)
    }

    init?(variables: [String: String]) {
        typealias Variable = ServerLaunch.Variable
        guard let descriptor = variables[Variable.link].flatMap({ Int32($0) }),
            let supervisorPID = variables[Variable.pid].flatMap({ Int($0) })
        else { return nil }
        self.descriptor = descriptor
        self.supervisorPID = supervisorPID
        program = variables[Variable.program] ?? OwnProgram.path()
        restarts = variables[Variable.restarts].flatMap { Int($0) } ?? 0
        lastEnd = variables[Variable.lastEnd]
        lastEndTime = variables[Variable.lastEndTime].flatMap { Int($0) }
        followsGoodProcess = variables[Variable.followsGood] == "1"
        isBesideAnother = variables[Variable.isBeside] == "1"
        watchdogMicroseconds = variables[Variable.watchdog].flatMap { Int64($0) }.flatMap { $0 > 0 ? $0 : nil }
        sockets = Self.sockets(variables[Variable.sockets] ?? "")
        for number in [descriptor] + sockets.map(\.descriptor) { _ = fcntl(number, F_SETFD, FD_CLOEXEC) }
        // A message waits for room, but not for ever: a supervisor that does not read has other troubles.
        var limit = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    /// "7=control;/run/x:8=listen;127.0.0.1;80"
    static func sockets(_ text: String) -> [Socket] {
        text.split(separator: ":").compactMap { entry in
            let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let descriptor = Int32(parts[0]), descriptor > STDERR_FILENO else { return nil }
            return Socket(name: String(parts[1]), descriptor: descriptor)
        }
    }

    // MARK: To the supervisor

    /// Lets sockets outlive this process. They come back in this order, after those of that name that are there
    /// already.
    public func store(_ name: String, _ descriptors: [Int32]) {
        var rest = descriptors[...]
        while !rest.isEmpty {
            let part = Array(rest.prefix(Int(ZZZ_LINUX_PACKET_FDS)))
            link.send(LinkMessage([("FDSTORE", "1"), ("FDNAME", name)]), descriptors: part, waits: true)
            rest = rest.dropFirst(part.count)
        }
    }

    /// Forgets the sockets of that name.
    public func remove(_ name: String) {
        link.send(LinkMessage([("FDSTOREREMOVE", "1"), ("FDNAME", name)]), waits: true)
    }

    /// Returns when the supervisor has handled everything that was sent before, or after a second
    /// (sd_notify_barrier(3)).
    public func waitUntilHandled() {
        guard let (ours, theirs) = LinkSocket.pair() else { return }
        defer { close(ours.descriptor) }
        let isSent = link.send(LinkMessage([("BARRIER", "1")]), descriptors: [theirs.descriptor], waits: true)
        close(theirs.descriptor)
        guard isSent else { return }
        var waited = pollfd(fd: ours.descriptor, events: 0, revents: 0)
        while poll(&waited, 1, 1000) < 0, errno == EINTR {}
    }

    /// Asks for a process beside this one that takes over when it is ready: of `program`, or of the same program.
    /// `next` tells the outcome.
    public func requestReplacement(program: String?, readyWithinMilliseconds limit: Int) {
        let wish = program.map { ("X_UPGRADE", $0) } ?? ("X_REPLACE", "1")
        link.send(LinkMessage([wish, ("X_READY_WITHIN_MSEC", "\(limit)")]), waits: true)
    }

    /// Says how long this process may be silent, once it is ready, before it is taken for hung and ended; 0: for as
    /// long as it likes. Saying it again begins a new time.
    public func expectPulse(withinMicroseconds interval: Int64) {
        link.send(LinkMessage([("WATCHDOG_USEC", "\(interval)")]), waits: true)
    }

    /// In the place of WATCHDOG: what of this process does not go on, for the log.
    public func reportStuck(_ what: String) {
        link.send(LinkMessage([("X_STUCK", String(what.prefix(4096)))]), waits: false)
    }

    /// Says why this process is about to end before it was ready.
    public func reportFailure(_ reason: String) {
        link.send(LinkMessage([("X_FAILURE", String(reason.prefix(4096)))]), waits: true)
    }

    // MARK: From the supervisor

    /// The next thing that has come; nil when there is nothing more for now.
    public func next() -> Event? {
        while true {
            switch link.receive() {
            case .nothing: return nil
            case .end: return .end
            case .message(let message, let descriptors):
                for descriptor in descriptors { close(descriptor) }
                if let event = Self.event(message) { return event }
            }
        }
    }

    static func event(_ message: LinkMessage) -> Event? {
        if message.has("DRAIN") { return .drain }
        switch message["X_OUTCOME"] {
        case "ok"?:
            return .replaced(
                pid: message["X_PID"].flatMap { Int($0) } ?? 0,
                milliseconds: message["X_MSEC"].flatMap { Int($0) } ?? 0)
        case "refused"?: return .notReplaced(reason: message["X_REASON"] ?? "no reason given")
        default: return nil
        }
    }
}
