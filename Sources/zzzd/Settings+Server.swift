import CLinux
import Glibc
import Logging
import ZzzConfig
import ZzzHTTP
import ZzzIO
import ZzzLog
import ZzzServer

/// From the configuration's words to those of the parts.
extension Server.Configuration {
    init(_ settings: Settings, loops: Int) {
        self.init()
        self.loops = loops
        loop.backend =
            switch settings.server.io {
            case .auto: .auto
            case .epoll: .epoll
            case .io_uring: .ioUring
            }
        limits = ServerLimits(settings)
        logsAccess = settings.log.access
    }
}

extension LoopMonitor.Configuration {
    init(_ settings: Settings) {
        self.init()
        stallLimitNanoseconds = settings.server.stallLimit.nanoseconds
        callLimitNanoseconds = settings.limits.requestTimeout.nanoseconds
        threads = settings.server.appThreads
        frozenThreads = settings.server.frozenThreads
    }
}

extension ServerLimits {
    init(_ all: Settings) {
        self.init()
        let settings = all.limits
        parser = ParserLimits(
            requestLineBytes: settings.requestLine.bytes, headerBytes: settings.headerBytes.bytes,
            fieldCount: settings.headerCount)
        headerDeadlineMilliseconds = UInt64(settings.headerDeadline.milliseconds)
        keepAliveIdleMilliseconds = UInt64(settings.keepAliveIdle.milliseconds)
        writeStallMilliseconds = UInt64(settings.writeStall.milliseconds)
        requestsPerConnection = settings.requestsPerConnection
        connections = settings.connections
        sockets = SocketLimits(all.sockets)
        joinsPerSecond = all.sockets.joinsPerSecond
        drainedSockets = all.sockets.drainBatch
        drainPauseMilliseconds = UInt64(all.sockets.drainPause.milliseconds)
    }
}

extension SocketLimits {
    init(_ settings: SocketSettings) {
        self.init()
        webSocket.messageBytes = settings.message.bytes
        webSocket.fragments = settings.fragments
        queuedBytes = settings.queued.bytes
        queuedEvents = settings.queuedEvents
        pingAfterMilliseconds = UInt64(settings.pingAfter.milliseconds)
        idleTimeoutMilliseconds = UInt64(settings.idleTimeout.milliseconds)
        channels = settings.channels
        messagesPerSecond = settings.messagesPerSecond
    }
}

extension ProxyPolicy {
    /// Nil when balancers are not asked.
    init?(_ settings: ListenSettings) {
        guard settings.proxyProtocol != .off else { return nil }
        // The configuration has been checked: what is no range is the word "unix".
        self.init(
            isRequired: settings.proxyProtocol == .require, trusted: settings.trusted.compactMap(AddressRange.init),
            trustsUnixSockets: settings.trusted.contains("unix"))
    }
}

extension LoopConfiguration {
    /// The main thread's loop watches a handful of descriptors.
    static var main: LoopConfiguration {
        var configuration = LoopConfiguration()
        configuration.backend = .epoll
        configuration.maxEventsPerTurn = 16
        return configuration
    }
}

extension Logger.Level {
    init(_ level: LogLevel) {
        self =
            switch level {
            case .trace: .trace
            case .debug: .debug
            case .info: .info
            case .notice: .notice
            case .warning: .warning
            case .error: .error
            case .critical: .critical
            }
    }
}

extension LogFormat {
    init(_ format: LogSettings.Format) {
        self =
            switch format {
            case .auto: .automatic()
            case .text: .text()
            case .json: .json
            case .journal: .journal
            }
    }
}

extension TimeSpan {
    var nanoseconds: UInt64 { duration.nanoseconds }
}

/// How many processors this process may run on.
enum Processors {
    static var available: Int {
        max(Int(zzz_linux_processors()), 1)
    }
}

/// The directories that the daemon writes to, made when they are missing.
enum Directories {
    static func prepare(_ settings: Settings) throws(StartFailure) {
        try make(settings.paths.runtime, "paths.runtime")
        try make(settings.paths.state, "paths.state")
        try make(settings.apps.directory, "apps.directory")
    }

    private static func make(_ path: String, _ key: String) throws(StartFailure) {
        var made = ""
        for part in path.split(separator: "/") {
            made += (made.isEmpty && !path.hasPrefix("/") ? "" : "/") + part
            if mkdir(made, 0o755) != 0, errno != EEXIST {
                throw StartFailure(
                    "\(key): \(made) cannot be made: \(String(cString: strerror(errno))); "
                        + "make it, or set \(key) to a directory that this user may write to")
            }
        }
    }
}
