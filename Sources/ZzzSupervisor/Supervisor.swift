import CLinux
import Glibc

/// The parent of the server processes. It has one thread, reads no configuration and serves nobody: it holds the
/// listening sockets, starts a server process when there is none, and passes on what the serving one says to systemd.
///
/// Life: `init`, then `run`, which returns the exit status of the whole. `Supervision` decides; this type does it.
public final class Supervisor {
    /// A server process, until it has been reaped.
    struct Child {
        let pid: pid_t
        /// nil once it has closed its end.
        var link: LinkSocket?
    }

    let arguments: [String]
    /// Where the program that this process runs was found.
    let ownPath: String
    /// What server processes run: another program than this process's when it could not follow an upgrade.
    var program: String?
    let environment: [String]
    let manager: ManagerSocket
    let log = PlainLog()

    var supervision = Supervision()
    var store = DescriptorStore()
    var children: [Child] = []
    /// Seconds since 1970.
    var lastEndTime = 0
    var exitStatus: Int32?
    private var signalDescriptor: Int32 = -1

    /// Takes over a socket that systemd has opened, or has stored for an earlier supervisor.
    public struct Socket {
        let name: String
        let descriptor: Int32

        public init(name: String, descriptor: Int32) {
            self.name = name
            self.descriptor = descriptor
        }
    }

    /// Call it before there are other threads: it changes the environment.
    ///
    /// - Parameters:
    ///   - arguments: those of this process, which are the server's as well.
    ///   - sockets: what systemd handed over, close-on-exec.
    public init(arguments: [String], sockets: [Socket]) {
        self.arguments = arguments
        ownPath = OwnProgram.path()
        manager = ManagerSocket.takeFromEnvironment()
        let handover = Handover.takeFromEnvironment()
        environment = CStrings.environment
        for socket in sockets { store.add(socket.name, socket.descriptor) }
        if let handover { resume(handover) }
    }

    public func run() -> Int32 {
        guard watchSignals() else {
            log.write(.critical, "signalfd: \(String(cString: strerror(errno)))")
            return 1
        }
        if exitStatus == nil, supervision.state == .idle { perform(supervision.begin()) }
        while true {
            if let exitStatus { return exitStatus }
            wait()
            let signals = takeSignals()
            // What a process said before it ended comes before its end.
            takeMessages()
            reap()
            for signal in signals where signal != SIGCHLD { perform(supervision.received(signal)) }
            perform(supervision.timePassed(now: Clock.now))
        }
    }

    // MARK: Waiting

    private func watchSignals() -> Bool {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in [SIGCHLD, SIGTERM, SIGINT, SIGHUP] { sigaddset(&set, signal) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
        signalDescriptor = signalfd(-1, &set, Int32(SFD_NONBLOCK) | Int32(SFD_CLOEXEC))
        return signalDescriptor >= 0
    }

    private func wait() {
        var polled = [pollfd(fd: signalDescriptor, events: Int16(POLLIN), revents: 0)]
        polled += children.compactMap(\.link).map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        _ = poll(&polled, nfds_t(polled.count), timeoutMilliseconds)
    }

    private var timeoutMilliseconds: Int32 {
        guard let deadline = supervision.nextDeadline else { return -1 }
        let now = Clock.now
        return deadline <= now ? 0 : Int32(clamping: (deadline - now) / 1_000_000 + 1)
    }

    private func takeSignals() -> [Int32] {
        var signals: [Int32] = []
        var info = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        while read(signalDescriptor, &info, size) == size { signals.append(Int32(info.ssi_signo)) }
        return signals
    }

    // MARK: Processes

    private func reap() {
        var status: Int32 = 0
        while true {
            let pid = waitpid(-1, &status, WNOHANG)
            guard pid > 0 else { return }
            // A process that this one inherited, as the first of a container, is not ours.
            guard let index = children.firstIndex(where: { $0.pid == pid }) else { continue }
            takeMessages(of: pid)
            if let link = children[index].link { close(link.descriptor) }
            children.remove(at: index)
            let deaths = supervision.restarts
            let actions = supervision.ended(pid, ProcessEnd(waitStatus: status), now: Clock.now)
            if supervision.restarts > deaths { lastEndTime = Int(zzz_linux_realtime_ns() / 1_000_000_000) }
            perform(actions)
        }
    }

    func spawn(_ wanted: String?) {
        let launch = ServerLaunch(
            program: wanted ?? program ?? OwnProgram.executable(ownPath), arguments: arguments,
            environment: environment + facts, sockets: store.entries)
        do throws(ServerLaunch.Failure) {
            let (pid, link) = try launch.run()
            children.append(Child(pid: pid, link: link))
            // No server process may be there to feed it.
            if manager.watchdogMicroseconds != nil { manager.send(LinkMessage([("WATCHDOG", "1")])) }
            perform(supervision.started(pid))
        } catch {
            perform(supervision.couldNotStart(error.reason, now: Clock.now))
        }
    }

    /// What a server process is told at its start, for its status and its way to start.
    private var facts: [String] {
        typealias Variable = ServerLaunch.Variable
        var facts = ["\(Variable.program)=\(program ?? ownPath)", "\(Variable.restarts)=\(supervision.restarts)"]
        if let end = supervision.lastEnd {
            facts += ["\(Variable.lastEnd)=\(end)", "\(Variable.lastEndTime)=\(lastEndTime)"]
        }
        if supervision.followsGoodProcess { facts.append("\(Variable.followsGood)=1") }
        if case .launching(.replacement) = supervision.state { facts.append("\(Variable.isBeside)=1") }
        if let interval = manager.watchdogMicroseconds { facts.append("\(Variable.watchdog)=\(interval)") }
        return facts
    }

    func link(of pid: pid_t) -> LinkSocket? { children.first { $0.pid == pid }?.link }
}
