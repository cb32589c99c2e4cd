import CLinux
import Glibc
import Logging
import Synchronization
import ZzzConfig
import ZzzControl
import ZzzHost
import ZzzIO
import ZzzLog
import ZzzMetrics
import ZzzServer
import ZzzSupervisor
import ZzzTLS

/// The running daemon: the configuration in force, the server, the apps, the control socket, and the loop of the main
/// thread, which waits for signals, for changes in the apps directory, and for the time to feed the watchdog.
///
/// Life: `init` reads the configuration and makes everything; `run` serves until a signal or a command ends it.
final class Daemon: @unchecked Sendable {
    // @unchecked: constants, types that are safe to share, and `state` and `administration`, which are mutexes; what is
    // marked
    // [main] is touched on the main thread's loop only.

    /// What changes while the daemon runs.
    struct State {
        var settings: Settings
        var phase = DaemonState.starting
        var configurationLoadedAt = Timestamp.now
        var configurationError: String?
        var certificates = CertificateWatch()
    }

    let configurationFile: String?
    let reader: ConfigReader
    let startedAt = Timestamp.now
    let startedNanoseconds = zzz_linux_monotonic_ns()
    let state: Mutex<State>
    /// Held while the configuration is being replaced, so that two reloads do not mix.
    let administration = Mutex<Void>(())

    let logWriter: LogWriter
    let logger: Logger
    let notify: SystemdNotify?
    /// nil without a supervisor.
    let link: SupervisorLink?
    let replacement = PendingReplacement()
    let server: Server
    let events: DaemonEvents
    let listeners: ListenerSet
    let deployer: Deployer
    let control: ControlServer
    /// nil when `admin.address` is "off".
    let admin: AdminServer?
    let ledger: RouteLedger
    let loopFigures = LoopFigures()
    /// [main]
    let loop: Loop
    /// [main]
    var appsDirectory: AppsDirectory?
    /// [main]
    var appsWatch: WatchToken?
    /// [main]
    var stopping: StopProgress?
    /// [main]
    var watchdog = Watchdog()
    /// [main]
    var linkWatch: WatchToken?

    init(configurationFile: String?, link: SupervisorLink?) throws(StartFailure) {
        self.configurationFile = configurationFile
        self.link = link
        // Before the first thread and the first child: neither may see systemd's variables and sockets.
        notify = link.map { SystemdNotify($0) } ?? SystemdNotify.takeFromEnvironment()
        let inherited = link.map { $0.sockets.map(InheritedSocket.init) } ?? SocketActivation.takeFromEnvironment()
        do throws(ConfigFailure) {
            reader = try ConfigReader.besideThisProgram(file: configurationFile)
            state = Mutex(State(settings: try reader.read()))
        } catch {
            throw StartFailure("the configuration cannot be used\n\(error)")
        }
        let settings = state.withLock { $0.settings }
        SignalMask.blockForAllThreads()
        logWriter = LogWriter(
            format: LogFormat(settings.log.format), level: Logger.Level(settings.log.level),
            parameterFilter: ParameterFilter(settings.log.filterParameters))
        logWriter.start()
        let writer = logWriter
        LoggingSystem.bootstrap { label in writer.handler(label: label) }
        logger = Logger(label: "zzzd")
        try Directories.prepare(settings)
        loop = try Self.make("the main loop") { () throws(SystemError) in try Loop(index: -1, configuration: .main) }
        let count = settings.server.loops > 0 ? settings.server.loops : Processors.available
        events = DaemonEvents(logger: logger, writer: logWriter, loops: count, logsAccess: settings.log.access)
        LoopMonitor.shared.configure(LoopMonitor.Configuration(settings))
        let events = events
        server = try Self.make("the loops") { () throws(SystemError) in
            try Server(Server.Configuration(settings, loops: count), events: events)
        }
        try Self.make("the loops") { [server] () throws(SystemError) in try server.start() }
        listeners = ListenerSet(server: server, inherited: inherited, keeper: link)
        ledger = RouteLedger()
        deployer = try Self.makeDeployer(settings, ServerPublisher(server, ledger), server: server, logger: logger)
        control = ControlServer(logger: logger)
        let (log, mode) = (logger, settings.admin.mode)
        admin = try settings.adminAddress.map { address throws(StartFailure) in
            try Self.make("the admin loop") { () throws(SystemError) in
                try AdminServer(at: address, mode: mode, events: events, logger: log)
            }
        }
        try containFaults()
    }

    /// From here on a fault in an app is a report and a fresh copy of the app.
    private func containFaults() throws(StartFailure) {
        events.onFault({ [deployer] in deployer.faulted($0) }, nearLimit: { [self] in
            replaceProcess(because: "so many threads are frozen that a fresh one is needed")
        })
        let events = events
        try Self.make("containment") { () throws(SystemError) in
            try LoopMonitor.shared.containFaults(events: events)
        }
    }

    private static func make<Value>(
        _ what: String, _ body: () throws(SystemError) -> Value
    ) throws(StartFailure) -> Value {
        do throws(SystemError) { return try body() } catch { throw StartFailure("\(what): \(error)") }
    }

    private static func makeDeployer(
        _ settings: Settings, _ publisher: ServerPublisher, server: Server, logger: Logger
    ) throws(StartFailure) -> Deployer {
        let host = HostTable(version: ZzzVersion.text)
        LoopExtension.attach(server)
        // The number under which the access log has a request.
        RequestIdentity.set { "\(UInt(bitPattern: $0))" }
        do throws(AppError) {
            return try Deployer(
                configuration: .init(settings: settings), settings: settings, host: host,
                publisher: publisher, logger: logger)
        } catch {
            throw StartFailure(error.description)
        }
    }

    // MARK: Serving

    /// Loads the apps, listens, and waits until it is told to stop. Returns the exit status.
    func run() -> Int32 {
        let settings = state.withLock { $0.settings }
        logger.notice("zzzd \(ZzzVersion.text) starts", metadata: [
            "loops": "\(server.loopCount)", "io": "\(server.backend.rawValue)", "why": "\(server.backendReason)",
        ])
        do throws(StartFailure) {
            let controlName = SocketName.control(settings.control.socket)
            try control.open(settings.control, inherited: listeners.takeInherited(named: controlName))
            // While another process serves, it answers.
            if link?.isBesideAnother != true { try control.start(self) }
            try startAdmin()
            try watchSignals()
            try watchLink()
            loadApps()
            try listen(settings)
        } catch {
            logger.critical("\(error.text)")
            link?.reportFailure(error.text)
            finish(.failed)
            return 1
        }
        if settings.apps.watch { watchApps() }
        feedWatchdog()
        sweepStores()
        watchCertificates()
        state.withLock { $0.phase = .running }
        keepControlSocket(settings.control.socket)
        keepAdminSocket()
        notify?.ready(status: statusLine())
        listeners.dropUnwanted()
        if link?.isBesideAnother == true {
            startControlLate()
            admin?.accept()
        }
        logger.notice("ready", metadata: ["listen": "\(listeners.descriptions.joined(separator: ", "))"])
        ImagePages.releaseAll()
        loop.run()
        finish(isHandingOver ? .handedOver : .stopped)
        return 0
    }

    /// Every app of the directory, before the first connection is accepted.
    private func loadApps() {
        let done = Completion()
        deployer.loadAll(trustingProbeRecords: link?.followsGoodProcess ?? false) { _ in done.signal() }
        done.wait()
    }

    /// How a process ends, as far as the sockets are concerned.
    enum End {
        /// They go, and their files.
        case stopped
        /// Another process has them and goes on.
        case handedOver
        /// What was there before this process stays: another one may have it.
        case failed
    }

    private func startAdmin() throws(StartFailure) {
        guard let admin else { return }
        let inherited = listeners.takeInherited(named: admin.socketName)
        try Self.make("the admin loop") { [self] () throws(SystemError) in
            try admin.open([
                AdminPage("/livez") { [self] _ in liveness() },
                AdminPage("/readyz") { [self] query in readiness(query: query) },
                AdminPage("/metrics", isSlow: true) { [self] _ in
                    AdminPage.Answer(contentType: MetricText.contentType, body: MetricsPage(self).bytes)
                },
            ], inherited: inherited)
        }
        if link?.isBesideAnother != true { admin.accept() }
    }

    private func listen(_ settings: Settings) throws(StartFailure) {
        let tls: ListenerSet.TLSByAddress
        let files = CertificateWatch.Snapshot(settings.listen)
        state.withLock { $0.certificates.noteRead(files) }
        do throws(TLSContextError) {
            tls = try listeners.prepareTLS(settings.listen, refusingExpired: false)
        } catch {
            throw StartFailure("listen.tls: \(error)")
        }
        do throws(SystemError) {
            let plan = try listeners.plan(settings.listen, tls: tls)
            try listeners.commit(plan)
        } catch {
            throw StartFailure("\(error)")
        }
        listeners.reportExpired(to: logger)
    }

    private func startControlLate() {
        do throws(StartFailure) {
            try control.start(self)
        } catch {
            logger.error("\(error.text)")
        }
    }

    /// The end: everything that was begun is ended, in the opposite order.
    private func finish(_ end: End) {
        control.stop(end)
        server.stop()
        listeners.close(end)
        let done = Completion()
        deployer.shutdown { done.signal() }
        done.wait()
        admin?.stop(end)
        logger.notice("zzzd ends")
        logWriter.stop(within: .seconds(2))
    }

    /// One line for systemctl status.
    func statusLine() -> String {
        let running = deployer.statuses.filter { $0.state == .running }.count
        let failed = deployer.statuses.filter { $0.lastError != nil }.count
        let apps = failed == 0 ? "\(running) apps" : "\(running) apps, \(failed) with errors"
        return "\(apps), \(server.loopCount) loops (\(server.backend.rawValue)), "
            + listeners.descriptions.joined(separator: ", ")
    }
}
