import CLinux
import Glibc
import Synchronization
import ZzzConfig
import ZzzControl
import ZzzIO
import ZzzLog
import ZzzSupervisor

/// What passes between the daemon and its supervisor: a process that takes over, and the reasons for one.
extension Daemon {
    /// Begins to listen to the supervisor. On the main loop, or before it runs.
    func watchLink() throws(StartFailure) {
        guard let link else { return }
        do throws(ZzzIO.SystemError) {
            linkWatch = try loop.watch(
                link.descriptor, .readable, { _, context, _ in Daemon.from(context).supervisorSpoke() }, context)
        } catch {
            throw StartFailure("the supervisor's link: \(error)")
        }
    }

    /// Lets the control socket outlive this process, as the listeners do.
    func keepControlSocket(_ path: String) {
        guard let link, let socket = control.ownSocket else { return }
        let name = SocketName.control(path)
        // The one before it, if any, has lost its file.
        link.remove(name)
        link.store(name, [socket])
    }

    /// The same for the admin listener's.
    func keepAdminSocket() {
        guard let link, let admin, let socket = admin.socket else { return }
        link.remove(admin.socketName)
        link.store(admin.socketName, [socket])
    }

    private func supervisorSpoke() {
        while let event = link?.next() {
            switch event {
            case .drain: handOver(because: "another process has taken over")
            case .replaced(let pid, let milliseconds): replacement.end(.success((pid, milliseconds)))
            case .notReplaced(let reason): replacement.end(.failure(.init(reason: reason)))
            case .end:
                if let linkWatch { loop.unwatch(linkWatch) }
                linkWatch = nil
                replacement.end(.failure(.init(reason: "the supervisor has gone")))
                // Without it nobody would follow this process. Whoever starts the next supervisor has the sockets.
                return handOver(because: "the supervisor has gone")
            }
        }
    }

    /// Finishes what was begun while another process goes on with the same sockets, and ends. On the main loop.
    private func handOver(because reason: String) {
        guard stopping == nil else { return }
        let limit = state.withLock { state in
            state.phase = .stopping
            return state.settings.server.drainTimeout
        }
        logger.notice("handing over: \(reason)", metadata: [
            "connections": "\(server.openConnections)", "deadline": "\(limit)",
        ])
        stopping = StopProgress(
            began: loop.now, deadline: loop.now + limit.nanoseconds, earliest: loop.now + 100_000_000, isHandOver: true)
        // And the apps' last calls. Then the supervisor ends this process: a thread may be stuck in an app.
        notify?.extendTimeout(by: limit.duration + .seconds(20))
        unwatchApps()
        control.handOver()
        admin?.handOver()
        listeners.handOver()
        server.beginDraining(isHandOver: true)
        awaitDrained()
    }

    // MARK: Replacement

    /// Asks for a fresh server process that takes over from this one when it is ready; no request is lost. It returns
    /// at once. When nothing comes of it the log says why, and it may be asked for again.
    ///
    /// - Returns: false when one is on its way already, this process is ending, or there is no supervisor.
    @discardableResult
    func replaceProcess(because reason: String) -> Bool {
        guard let link, state.withLock({ $0.phase }) != .stopping else { return false }
        let isFirst = replacement.begin { [logger] outcome in
            guard case .failure(let failure) = outcome else { return }
            logger.error("this server process is not replaced: \(failure.reason)")
        }
        guard isFirst else { return false }
        logger.notice("a fresh server process is asked for: \(reason)")
        link.requestReplacement(program: nil, readyWithinMilliseconds: Self.readyWithinMilliseconds)
        return true
    }

    private static let readyWithinMilliseconds = 30_000

    /// `zzzctl upgrade`
    func upgrade(binary: String?, readyWithinMilliseconds: Int?) throws(ControlError) -> UpgradeReport {
        guard let link else {
            throw ControlError(
                .notSupervised, "zzzd runs with --no-supervisor: nobody can start another process beside it",
                remedy: "stop it, and start it without --no-supervisor")
        }
        try refuseWhenStopping()
        let program = binary ?? link.program
        let version = try ProgramCheck.version(of: program)
        let outcome = Outcome<PendingReplacement.Result>()
        guard replacement.begin({ outcome.set($0) }) else {
            throw ControlError(.busy, "another process is starting already", remedy: "try again when it is ready")
        }
        logger.notice("upgrade to \(program), version \(version)")
        link.requestReplacement(
            program: program, readyWithinMilliseconds: readyWithinMilliseconds ?? Self.readyWithinMilliseconds)
        switch outcome.wait() {
        case .success(let (pid, milliseconds)):
            return UpgradeReport(
                binary: program, version: version, oldVersion: ZzzVersion.text, pid: pid, oldPid: Int(getpid()),
                milliseconds: milliseconds)
        case .failure(let failure):
            logger.error("no upgrade: \(failure.reason)")
            throw ControlError(
                .upgradeFailed, failure.reason,
                remedy: "this zzzd goes on; look at its log (journalctl -u zzzd) and try `\(program) --check`")
        }
    }

    /// A process that ends, or has been replaced, changes nothing any more.
    func refuseWhenStopping() throws(ControlError) {
        guard state.withLock({ $0.phase }) == .stopping else { return }
        throw ControlError(.stopping, "this server process is ending", remedy: "try again")
    }
}

/// The replacement that has been asked for, if any, and who wants to know about its outcome.
final class PendingReplacement: Sendable {
    struct Failure: Error {
        let reason: String
    }

    typealias Result = Swift.Result<(pid: Int, milliseconds: Int), Failure>

    private let waiting = Mutex<(@Sendable (Result) -> Void)?>(nil)

    /// False when one is under way.
    func begin(_ done: @escaping @Sendable (Result) -> Void) -> Bool {
        waiting.withLock { waiting in
            guard waiting == nil else { return false }
            waiting = done
            return true
        }
    }

    func end(_ result: Result) {
        let done = waiting.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        done?(result)
    }
}

/// Whether a file is a zzzd that runs here, before a process is made of it.
enum ProgramCheck {
    static func version(of path: String) throws(ControlError) -> String {
        func refusal(_ reason: String) -> ControlError {
            ControlError(
                .upgradeFailed, "\(path) is not started: \(reason)", remedy: "--binary names the zzzd to upgrade to")
        }
        guard path.hasPrefix("/") else { throw refusal("the path is not absolute") }
        var status = stat()
        guard stat(path, &status) == 0 else { throw refusal(String(cString: strerror(errno))) }
        guard status.st_mode & S_IFMT == S_IFREG, access(path, X_OK) == 0 else {
            throw refusal("it is not an executable file")
        }
        let run: ProgramRun
        do throws(ProgramRun.Failure) {
            run = try ProgramRun.run(
                path, ["--version"], outputLimit: 4096, timeout: TimeSpan(milliseconds: 5_000))
        } catch {
            throw refusal("\(error)")
        }
        let said = String(decoding: run.output, as: UTF8.self)
        guard run.status == 0, said.hasPrefix("zzzd "), let line = said.split(separator: "\n").first else {
            let complaint = String(decoding: run.errorOutput.prefix(300), as: UTF8.self)
            throw refusal(
                "`\(path) --version` does not say that it is a zzzd (status \(run.status))"
                    + (complaint.isEmpty ? "" : ": \(complaint)"))
        }
        return String(line.dropFirst("zzzd ".count))
    }
}

extension SystemdNotify {
    /// Over the link: the supervisor passes on to systemd what the serving process says.
    init(_ link: SupervisorLink) {
        self.init(connected: link.descriptor, watchdogInterval: link.watchdogMicroseconds.map { .microseconds($0) })
    }
}

extension InheritedSocket {
    init(_ socket: SupervisorLink.Socket) {
        self.init(name: socket.name, descriptor: socket.descriptor)
    }
}
