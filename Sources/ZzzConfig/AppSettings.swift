import ZzzJSON

/// `[app.NAME]`: what the administrator decides about one app.
public struct AppSettings: Codable, Sendable, Equatable {
    /// Whether the app is loaded at all.
    public var enabled = true
    /// The path prefix the app answers; nil means `/NAME`.
    public var mount: String?
    /// The host names the app answers, `*.example.com` included; empty means every host.
    public var hosts: [String] = []
    /// The least severe level the app's own records are written at; nil means that of `[log]`.
    public var logLevel: LogLevel?
    /// `[app.NAME.limits]`
    public var limits = AppLimitSettings()
    /// `[app.NAME.quarantine]`
    public var quarantine = QuarantineSettings()
    /// `[app.NAME.store]`
    public var store = StoreSettings()
    /// The app's own table, which it reads through the `config` extension; an empty object when not set.
    public var settings: JSONValue = .object([:])

    public init() {}

    /// The prefix the app is mounted at: `mount`, or `/NAME`.
    public func mountPath(forApp name: String) -> String {
        mount ?? "/" + name
    }

    enum CodingKeys: String, CodingKey {
        case enabled, mount, hosts, limits, quarantine, store, settings
        case logLevel = "log_level"
    }
}

/// `[app.NAME.limits]`: limits of requests to one app. What is not set is as in `[limits]`.
///
/// Only limits that apply after a request has found its app can be set per app.
public struct AppLimitSettings: Codable, Sendable, Equatable {
    /// The largest request body; above it 413.
    public var body: ByteCount?
    /// The longest pause within a request body; then 408.
    public var bodyIdle: TimeSpan?
    /// How long a handler may take to begin its response; then 503, and the handler is cancelled.
    public var requestTimeout: TimeSpan?
    /// How long a peer may take no bytes of a response; then the connection is closed.
    public var writeStall: TimeSpan?
    /// Request body bytes held for a handler that does not read them; then reading pauses.
    public var requestBuffered: ByteCount?
    /// Response bytes held for a peer that does not take them; then the handler is told to wait.
    public var responseBuffered: ByteCount?

    public init() {}

    /// `limits` with what is set here put over it.
    public func applied(to limits: LimitSettings) -> LimitSettings {
        var result = limits
        if let body { result.body = body }
        if let bodyIdle { result.bodyIdle = bodyIdle }
        if let requestTimeout { result.requestTimeout = requestTimeout }
        if let writeStall { result.writeStall = writeStall }
        if let requestBuffered { result.requestBuffered = requestBuffered }
        if let responseBuffered { result.responseBuffered = responseBuffered }
        return result
    }

    enum CodingKeys: String, CodingKey {
        case body
        case bodyIdle = "body_idle"
        case requestTimeout = "request_timeout"
        case writeStall = "write_stall"
        case requestBuffered = "request_buffered"
        case responseBuffered = "response_buffered"
    }
}

/// `[app.NAME.quarantine]`: when an app that traps again and again is taken out of service, until it is reloaded.
public struct QuarantineSettings: Codable, Sendable, Equatable {
    /// After how many traps within `window`; 0 means never.
    public var traps = 10
    /// The time in which the traps are counted.
    public var window = TimeSpan.seconds(60)

    public init() {}
}

/// `[app.NAME.store]`: what an app may keep in the daemon's memory through the `store` extension.
public struct StoreSettings: Codable, Sendable, Equatable {
    /// All entries together, each with what it costs beside its key and value.
    public var memory = ByteCount.mebibytes(64)
    /// The longest value.
    public var maxValue = ByteCount.mebibytes(1)

    public init() {}

    enum CodingKeys: String, CodingKey {
        case memory
        case maxValue = "max_value"
    }
}

/// An app's name: that of its file without `.so`, and the NAME of its `[app.NAME]` table.
public enum AppName {
    /// The longest name, in bytes.
    public static let longest = 63

    /// Whether `name` is `[a-z0-9][a-z0-9_-]{0,62}`.
    public static func isValid(_ name: String) -> Bool {
        guard (1...longest).contains(name.utf8.count), let first = name.utf8.first else { return false }
        return isAlphanumeric(first)
            && name.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
