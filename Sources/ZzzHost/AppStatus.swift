import ZzzServer
import ZzzStore

/// What one app is and does, at one moment.
public struct AppStatus: Sendable {
    public enum State: Sendable, Equatable {
        /// Its first generation is being loaded.
        case loading
        case running
        /// It faulted too often, and answers 503 until it is reloaded; see `lastError`.
        case quarantined
        /// Unloaded, with requests still in flight.
        case draining
        /// Its file was refused and nothing runs; see `lastError`.
        case failed
        /// Unloaded by command, by the removal of its file, or by `enabled = false`.
        case unloaded
    }

    /// Counts over all generations of an app.
    public struct Totals: Sendable, Equatable {
        public var requests: UInt64 = 0
        /// Responses with status 500 and above, and responses cut short by the app.
        public var errors: UInt64 = 0
        public var inFlight = 0

        mutating func add(_ totals: SiteActivity.Totals) {
            requests += totals.requests
            errors += totals.errors
            inFlight += totals.inFlight
        }
    }

    /// Why the latest attempt to change the app failed.
    public struct Failure: Sendable, Equatable {
        public let error: AppError
        /// Seconds since 1970.
        public let at: Int
    }

    /// A generation that was replaced and has requests to finish.
    public struct Draining: Sendable, Equatable {
        public let generation: UInt64
        public let version: String
        public let inFlight: Int
        /// Seconds since 1970.
        public let since: Int
    }

    public var name: String
    /// The file in the apps directory.
    public var file: String
    public var state: State
    /// What the running generation's descriptor says; empty when none runs.
    public var version = ""
    public var runtime = ""
    /// The running generation; 0 when none runs.
    public var generation: UInt64 = 0
    /// "/" or "/blog"
    public var mount: String
    /// Empty: every host.
    public var hosts: [String] = []
    /// How many routes the running generation has.
    public var routeCount = 0
    public var totals = Totals()
    /// What it keeps in the daemon's memory.
    public var store = StoreStatistics()
    /// Seconds since 1970; nil when none runs.
    public var loadedAt: Int?
    /// nil when the latest attempt succeeded.
    public var lastError: Failure?
    /// What `rollback` would go back to.
    public var previousGeneration: UInt64?
    /// Whether the running generation's code is an earlier one than that of the file.
    public var isRolledBack = false
    /// Faults in its code since the daemon started.
    public var faults = 0
    /// Seconds since 1970; nil when it is not in quarantine.
    public var quarantinedAt: Int?
    /// What clients are told meanwhile.
    public var retryAfterSeconds: Int?
    /// Oldest first.
    public var draining: [Draining] = []
    /// Generations that ended. Their images stay mapped until the daemon ends.
    public var retiredGenerations = 0
}

/// What a command did to one app.
public struct DeployOutcome: Sendable {
    public enum Action: Sendable, Equatable {
        case loaded, reloaded, unchanged, rolledBack, unloaded
        /// Refused; what ran before goes on.
        case failed
    }

    public let app: String
    public let action: Action
    /// The generation that runs now; nil when none does.
    public var generation: UInt64?
    /// The generation that ran before; nil when none did.
    public var replaced: UInt64?
    /// The version that runs now.
    public var version: String?
    /// From the beginning of the change to the swap.
    public var duration = Duration.zero
    /// Only with `failed`.
    public var error: AppError?

    init(app: String, action: Action) {
        self.app = app
        self.action = action
    }
}
