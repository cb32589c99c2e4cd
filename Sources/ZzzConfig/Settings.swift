import ZzzJSON

/// The whole configuration, checked: what `zzz-config` prints as JSON and the daemon runs with.
///
/// The initial values here are the defaults, and the only place that states them: the schema, the sample file and
/// the documentation are checked against them.
public struct Settings: Codable, Sendable, Equatable {
    /// `[server]`
    public var server = ServerSettings()
    /// `[[listen]]`, in the order written. Without any: 127.0.0.1:8080.
    public var listen = [ListenSettings(address: .ipv4(host: "127.0.0.1", port: 8080))]
    /// `[control]`
    public var control = ControlSettings()
    /// `[admin]`
    public var admin = AdminSettings()
    /// `[paths]`
    public var paths = PathSettings()
    /// `[apps]`
    public var apps = AppsSettings()
    /// `[app.NAME]`, by name. An app without a table has `AppSettings()`; see `settings(forApp:)`.
    public var app: [String: AppSettings] = [:]
    /// `[limits]`
    public var limits = LimitSettings()
    /// `[sockets]`
    public var sockets = SocketSettings()
    /// `[log]`
    public var log = LogSettings()
    /// The files that were read, in order; empty when there were none and everything is a default.
    public var files: [String] = []

    /// The defaults.
    public init() {}

    /// The table of one app, or the defaults when it has none.
    public func settings(forApp name: String) -> AppSettings {
        app[name] ?? AppSettings()
    }

    /// The limits of one app: its own where it sets them, those of `[limits]` elsewhere.
    public func limits(forApp name: String) -> LimitSettings {
        settings(forApp: name).limits.applied(to: limits)
    }
}

/// `[server]`: how the daemon runs.
public struct ServerSettings: Codable, Sendable, Equatable {
    /// Which kernel interface the loops use.
    public enum IO: String, Codable, Sendable, CaseIterable {
        case auto
        case epoll
        case io_uring
    }

    /// The kernel interface of the loops.
    public var io = IO.auto
    /// How many loops to run; 0 means one per core.
    public var loops = 0
    /// How long open requests may take to finish at shutdown or when an app is replaced.
    public var drainTimeout = TimeSpan.seconds(30)
    /// A server process in which nothing goes on for this long is ended by its supervisor; zero: it is not.
    public var watchdog = TimeSpan.seconds(20)
    /// App code that holds a loop longer than this loses the loop to another thread, but not its request.
    public var stallLimit = TimeSpan(milliseconds: 20)
    /// How many threads run loops, or app code that was taken off a loop; frozen ones count.
    public var appThreads = 512
    /// How many threads may be frozen by faults before the server process is replaced. The replacement is asked for at
    /// 7/8 of it, so that the faults of that time still find room.
    public var frozenThreads = 256

    public init() {}

    enum CodingKeys: String, CodingKey {
        case io, loops, watchdog
        case drainTimeout = "drain_timeout"
        case stallLimit = "stall_limit"
        case appThreads = "app_threads"
        case frozenThreads = "frozen_threads"
    }
}

/// `[[listen]]`: one listener.
public struct ListenSettings: Codable, Sendable, Equatable {
    /// Where it listens.
    public var address: ListenAddress
    /// How many connections the kernel queues before `accept` (listen(2)); it caps this at net.core.somaxconn.
    public var backlog = 4096
    /// Whether each loop has its own socket (SO_REUSEPORT), so that the kernel spreads connections. TCP only.
    public var reusePort = true
    /// The permissions of a unix socket's file; an octal text in the configuration, its value here. By default every
    /// local user may connect, as with a TCP port.
    public var mode: UInt32 = 0o666
    /// Whether balancers say who the client is, before its first byte.
    public enum ProxyProtocol: String, Codable, Sendable, CaseIterable {
        /// Nobody does.
        case off
        /// Those in `trusted` may.
        case accept
        /// Those in `trusted` must, and nobody else may connect.
        case require
    }

    /// The PROXY protocol.
    public var proxyProtocol = ProxyProtocol.off
    /// The balancers whose headers are believed: ranges of addresses, and `unix`.
    public var trusted: [String] = []
    /// `[listen.tls]`; nil for plain HTTP.
    public var tls: TLSSettings?

    public init(address: ListenAddress) {
        self.address = address
    }

    enum CodingKeys: String, CodingKey {
        case address, backlog, mode, trusted, tls
        case reusePort = "reuse_port"
        case proxyProtocol = "proxy_protocol"
    }
}

extension ListenAddress: Codable {
    /// In JSON an address is the text the configuration would have.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        do {
            self = try ListenAddress(text)
        } catch {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(text) \(error.description)")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// `[control]`: the socket that `zzzctl` uses.
public struct ControlSettings: Codable, Sendable, Equatable {
    /// The absolute path of the unix socket.
    public var socket = "/run/zzz/control.sock"
    /// The socket's file permissions; an octal text in the configuration, its value here.
    public var mode: UInt32 = 0o660
    /// The group that owns the socket and may give commands; nil leaves the daemon's own group.
    public var group: String?

    public init() {}
}

/// `[paths]`: the directories the daemon writes to.
public struct PathSettings: Codable, Sendable, Equatable {
    /// What must survive a restart.
    public var state = "/var/lib/zzz"
    /// What need not: sockets, private copies of the app files.
    public var runtime = "/run/zzz"

    public init() {}
}

/// `[apps]`: where apps come from.
public struct AppsSettings: Codable, Sendable, Equatable {
    /// The directory of `NAME.so` files.
    public var directory = "/var/lib/zzz/apps"
    /// Whether files that appear, change or go are deployed, reloaded or unloaded at once.
    public var watch = true

    public init() {}
}

/// `[log]`: the daemon's log and the access log.
public struct LogSettings: Codable, Sendable, Equatable {
    /// How log records are written.
    public enum Format: String, Codable, Sendable, CaseIterable {
        /// The journal when stderr is connected to it, else text.
        case auto
        case text
        case json
        case journal
    }

    /// The least severe level that is written.
    public var level = LogLevel.info
    /// How records are written.
    public var format = Format.auto
    /// Whether every request is logged.
    public var access = true
    /// Parts of the names of those parameters whose values the access log hides.
    public var filterParameters = ["password", "passwd", "secret", "token", "api_key", "apikey"]

    public init() {}

    enum CodingKeys: String, CodingKey {
        case level, format, access
        case filterParameters = "filter_parameters"
    }
}

/// The levels of swift-log, least severe first.
public enum LogLevel: String, Codable, Sendable, CaseIterable {
    case trace, debug, info, notice, warning, error, critical
}
