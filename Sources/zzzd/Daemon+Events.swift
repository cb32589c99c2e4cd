import CLinux
import Glibc
import ZzzHost
import ZzzIO
import ZzzLog

/// What the main thread's loop waits for: signals, the apps directory, the time for what is done now and then.
extension Daemon {
    /// How the end is going.
    struct StopProgress {
        let began: UInt64
        let deadline: UInt64
        /// Not before: what waits at the sockets is still taken.
        var earliest: UInt64 = 0
        var isHandOver = false
    }

    var isHandingOver: Bool { stopping?.isHandOver ?? false }

    var context: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    /// The daemon behind a callback's context. It lives until the process ends.
    static func from(_ context: UnsafeMutableRawPointer?) -> Daemon {
        guard let context else { preconditionFailure("a callback of the daemon without its context") }
        return Unmanaged<Daemon>.fromOpaque(context).takeUnretainedValue()
    }

    // MARK: Signals

    func watchSignals() throws(StartFailure) {
        let descriptor = SignalMask.descriptor()
        guard descriptor >= 0 else { throw StartFailure("signalfd: \(String(cString: strerror(errno)))") }
        do throws(ZzzIO.SystemError) {
            _ = try loop.watch(
                descriptor, .readable,
                { _, context, _ in
                    let daemon = Daemon.from(context)
                    while let signal = SignalMask.next() { daemon.received(signal) }
                }, context)
        } catch {
            throw StartFailure("\(error)")
        }
    }

    private func received(_ signal: Int32) {
        switch signal {
        case SIGTERM, SIGINT:
            if let stopping {
                // systemd may signal every process of a service, so that the supervisor's signal is the second one.
                guard link == nil || loop.now >= stopping.began + 500_000_000 else { return }
                logger.warning("a second signal: open requests are cut")
                loop.stop()
            } else {
                stop(because: signal == SIGTERM ? "SIGTERM" : "SIGINT")
            }
        case SIGHUP:
            // On a thread of its own: reading the configuration and loading apps takes time.
            DetachedThread.start("reload") { [self] in
                do { _ = try reload(app: nil) } catch { /* logged where it happened */ }
            }
        default: break
        }
    }

    // MARK: Stopping

    /// Stops accepting, lets open requests finish until the deadline, and ends the loop. On the main loop.
    func stop(because reason: String) {
        guard stopping == nil else { return }
        let settings = state.withLock { state in
            state.phase = .stopping
            return state.settings
        }
        let limit = settings.server.drainTimeout
        logger.notice("stopping: \(reason)", metadata: [
            "connections": "\(server.openConnections)", "deadline": "\(limit)",
        ])
        notify?.stopping(status: "finishing \(server.openConnections) connections")
        notify?.extendTimeout(by: limit.duration + .seconds(5))
        stopping = StopProgress(began: loop.now, deadline: loop.now + limit.nanoseconds)
        // The supervisor has closed its copies of the sockets when they are closed here: nobody is left waiting.
        link?.waitUntilHandled()
        listeners.close(.stopped)
        server.beginDraining()
        awaitDrained()
    }

    func awaitDrained() {
        checkDrained()
        loop.addTimer(
            after: 5_000_000, repeating: 5_000_000, { _, context, _ in Daemon.from(context).checkDrained() }, context)
    }

    private func checkDrained() {
        guard let stopping else { return }
        if server.openConnections == 0, loop.now >= stopping.earliest { return loop.stop() }
        guard loop.now >= stopping.deadline else { return }
        logger.warning("the drain timeout is over: \(server.openConnections) connections are cut")
        loop.stop()
    }

    // MARK: Upkeep

    /// Begins to give back, every second, what has ended in the apps' stores. Before the main loop runs.
    func sweepStores() {
        let period: UInt64 = 1_000_000_000
        loop.addTimer(
            after: period, repeating: period, { _, context, _ in Daemon.from(context).deployer.sweepStores() }, context)
    }

    // MARK: The apps directory

    /// Begins to deploy what appears in the apps directory. On the main loop, or before it runs.
    func watchApps() {
        guard appsDirectory == nil else { return }
        let path = state.withLock { $0.settings.apps.directory }
        do throws(AppError) {
            let directory = try AppsDirectory(path: path)
            appsDirectory = directory
            appsWatch = try? loop.watch(  // fails for want of memory only, and then nothing is watched
                directory.descriptor, .readable, { _, context, _ in Daemon.from(context).appsChanged() }, context)
            // What changed before the watch began.
            deployer.rescan { _ in }
        } catch {
            logger.error("the apps directory is not watched: \(error)")
        }
    }

    func unwatchApps() {
        if let appsWatch { loop.unwatch(appsWatch) }
        appsWatch = nil
        appsDirectory = nil
    }

    private func appsChanged() {
        guard let changes = appsDirectory?.readChanges(), !changes.isEmpty else { return }
        deployer.handle(changes) { [self] _ in notify?.status(statusLine()) }
    }
}

extension Duration {
    /// Whole nanoseconds, 0 for a negative duration.
    var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        return UInt64(max(0, seconds)) * 1_000_000_000 + UInt64(max(0, attoseconds) / 1_000_000_000)
    }
}
