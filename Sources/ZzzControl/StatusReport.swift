/// The result of `status`: what the daemon is, does and has done since it started.
public struct StatusReport: Codable, Sendable, Equatable {
    /// The daemon's version.
    public var version: String
    /// The id of the process that serves.
    public var pid: Int
    /// What the daemon is doing.
    public var state: DaemonState
    /// When the daemon started.
    public var startedAt: Timestamp
    /// How long the daemon has run, in whole seconds, by a clock that nobody sets.
    public var uptimeSeconds: Int
    /// The kernel interface of the loops.
    public var backend: BackendReport
    /// The loops, by index.
    public var loops: [LoopReport]
    /// The threads that run loops and apps' code.
    public var threads: ThreadsReport
    /// The listeners, in the order of the configuration.
    public var listeners: [ListenerReport]
    /// The connections of all loops.
    public var connections: ConnectionsReport
    /// The requests of all loops.
    public var requests: RequestsReport
    /// WebSockets and channels; nil when there has been none.
    public var sockets: SocketCountsReport?
    /// The apps, by name.
    public var apps: [AppReport]
    /// The configuration in force.
    public var config: ConfigReport
    /// The process that starts server processes; nil without one.
    public var supervisor: SupervisorReport?
    /// Where health checks and metrics are asked for; nil when that is switched off or could not be bound.
    public var adminAddress: String?

    public init(
        version: String, pid: Int, state: DaemonState, startedAt: Timestamp, uptimeSeconds: Int,
        backend: BackendReport, loops: [LoopReport], threads: ThreadsReport = ThreadsReport(),
        listeners: [ListenerReport], connections: ConnectionsReport, requests: RequestsReport,
        sockets: SocketCountsReport? = nil, apps: [AppReport], config: ConfigReport,
        supervisor: SupervisorReport? = nil, adminAddress: String? = nil
    ) {
        self.supervisor = supervisor
        self.version = version
        self.pid = pid
        self.state = state
        self.startedAt = startedAt
        self.uptimeSeconds = uptimeSeconds
        self.backend = backend
        self.loops = loops
        self.threads = threads
        self.listeners = listeners
        self.connections = connections
        self.requests = requests
        self.sockets = sockets
        self.apps = apps
        self.config = config
        self.adminAddress = adminAddress
    }

    enum CodingKeys: String, CodingKey {
        case version, pid, state, backend, loops, threads, listeners, connections, requests, sockets, apps, config,
            supervisor
        case adminAddress = "admin_address"
        case startedAt = "started_at"
        case uptimeSeconds = "uptime_seconds"
    }
}

/// What the daemon as a whole is doing.
public enum DaemonState: String, Codable, Sendable {
    case starting, running, reloading, stopping
}

/// The process that holds the sockets and starts server processes.
public struct SupervisorReport: Codable, Sendable, Equatable {
    /// Its process id: the one that systemd knows.
    public var pid: Int
    /// Server processes that were started in the place of one that died.
    public var restarts: Int
    /// How the last one that died ended; nil when none has.
    public var lastEnd: String?
    /// When it did.
    public var lastEndAt: Timestamp?

    public init(pid: Int, restarts: Int, lastEnd: String?, lastEndAt: Timestamp?) {
        self.pid = pid
        self.restarts = restarts
        self.lastEnd = lastEnd
        self.lastEndAt = lastEndAt
    }

    enum CodingKeys: String, CodingKey {
        case pid, restarts
        case lastEnd = "last_end"
        case lastEndAt = "last_end_at"
    }
}

/// Which kernel interface the loops use, and why that one.
public struct BackendReport: Codable, Sendable, Equatable {
    /// `epoll` or `io_uring`.
    public var name: String
    /// Why: what the configuration asked for, and what the kernel refused.
    public var reason: String

    public init(name: String, reason: String) {
        self.name = name
        self.reason = reason
    }
}

/// One loop.
public struct LoopReport: Codable, Sendable, Equatable {
    /// Its number, from 0.
    public var index: Int
    /// `epoll` or `io_uring`.
    public var backend: String
    /// Connections it owns now.
    public var connections: Int
    /// Requests it has answered.
    public var requests: Int
    /// How often it has gone around.
    public var turns: Int
    /// The part of its time, from 0 to 1, that it was not waiting.
    public var busyRatio: Double
    /// The time that it was not waiting, in seconds since the start.
    public var busySeconds: Double
    /// How often another thread took it over because app code held it.
    public var handOffs: Int
    /// The longest that app code held it, in milliseconds.
    public var longestStallMilliseconds: Double

    public init(
        index: Int, backend: String, connections: Int, requests: Int, turns: Int, busyRatio: Double,
        busySeconds: Double = 0, handOffs: Int = 0, longestStallMilliseconds: Double = 0
    ) {
        self.index = index
        self.backend = backend
        self.connections = connections
        self.requests = requests
        self.turns = turns
        self.busyRatio = busyRatio
        self.busySeconds = busySeconds
        self.handOffs = handOffs
        self.longestStallMilliseconds = longestStallMilliseconds
    }

    enum CodingKeys: String, CodingKey {
        case index, backend, connections, requests, turns
        case busyRatio = "busy_ratio"
        case busySeconds = "busy_seconds"
        case handOffs = "hand_offs"
        case longestStallMilliseconds = "longest_stall_ms"
    }
}

/// The threads that run loops, and app code that was taken off a loop.
public struct ThreadsReport: Codable, Sendable, Equatable {
    /// Threads that run a loop.
    public var running: Int
    /// Threads that wait for a loop to take over.
    public var spare: Int
    /// Threads still in app code that was taken off its loop.
    public var stalled: Int
    /// Threads that a fault has stopped for good.
    public var frozen: Int
    /// `server.app_threads`: how many there may be of all of these together.
    public var limit: Int

    public init(running: Int = 0, spare: Int = 0, stalled: Int = 0, frozen: Int = 0, limit: Int = 0) {
        self.running = running
        self.spare = spare
        self.stalled = stalled
        self.frozen = frozen
        self.limit = limit
    }
}

/// One listener.
public struct ListenerReport: Codable, Sendable, Equatable {
    /// Whether a listener takes connections.
    public enum State: String, Codable, Sendable {
        case accepting
        /// Not accepting, since the connection limit is reached.
        case paused
        /// Not accepting any more, since the daemon is stopping or the listener was taken out of the configuration.
        case closed
    }

    /// Where it listens, with the port the kernel chose.
    public var address: String
    /// Whether it takes connections.
    public var state: State
    /// Connections accepted from it.
    public var accepted: Int
    /// Whether the socket came from systemd.
    public var isInherited: Bool
    /// What is served with TLS; nil for plain HTTP.
    public var certificates: [CertificateReport]?

    public init(
        address: String, state: State, accepted: Int, isInherited: Bool, certificates: [CertificateReport]? = nil
    ) {
        self.address = address
        self.state = state
        self.accepted = accepted
        self.isInherited = isInherited
        self.certificates = certificates
    }

    enum CodingKeys: String, CodingKey {
        case address, state, accepted, certificates
        case isInherited = "inherited"
    }
}

/// The connections of all loops.
public struct ConnectionsReport: Codable, Sendable, Equatable {
    /// Accepted since the start.
    public var accepted: Int
    /// Open now with a request in progress.
    public var active: Int
    /// Open now and waiting for a request.
    public var idle: Int
    /// Closed since the start.
    public var closed: Int
    /// `limits.connections`.
    public var limit: Int
    /// How often the limit was reached and accepting paused.
    public var limitReached: Int

    public init(accepted: Int, active: Int, idle: Int, closed: Int, limit: Int, limitReached: Int) {
        self.accepted = accepted
        self.active = active
        self.idle = idle
        self.closed = closed
        self.limit = limit
        self.limitReached = limitReached
    }

    enum CodingKeys: String, CodingKey {
        case accepted, active, idle, closed, limit
        case limitReached = "limit_reached"
    }
}

/// The requests answered since the start, by the class of their final status.
public struct RequestsReport: Codable, Sendable, Equatable {
    public var total: Int
    /// 100-199 as the final status: 101 Switching Protocols.
    public var informational: Int
    /// 200-299
    public var successful: Int
    /// 300-399
    public var redirected: Int
    /// 400-499
    public var clientErrors: Int
    /// 500-599
    public var serverErrors: Int

    public init(
        total: Int = 0, informational: Int = 0, successful: Int = 0, redirected: Int = 0, clientErrors: Int = 0,
        serverErrors: Int = 0
    ) {
        self.total = total
        self.informational = informational
        self.successful = successful
        self.redirected = redirected
        self.clientErrors = clientErrors
        self.serverErrors = serverErrors
    }

    enum CodingKeys: String, CodingKey {
        case total
        case informational = "1xx"
        case successful = "2xx"
        case redirected = "3xx"
        case clientErrors = "4xx"
        case serverErrors = "5xx"
    }
}

/// The configuration in force.
public struct ConfigReport: Codable, Sendable, Equatable {
    /// The main file, read or not; nil when there was none and everything is a default.
    public var file: String?
    /// Every file that was read, in order.
    public var files: [String]
    /// When the configuration in force was read.
    public var loadedAt: Timestamp
    /// Why the last attempt to reload it changed nothing; nil when it succeeded.
    public var lastError: String?

    public init(file: String?, files: [String], loadedAt: Timestamp, lastError: String?) {
        self.file = file
        self.files = files
        self.loadedAt = loadedAt
        self.lastError = lastError
    }

    enum CodingKeys: String, CodingKey {
        case file, files
        case loadedAt = "loaded_at"
        case lastError = "last_error"
    }
}
