// The results of the commands other than `status` and `apps`.

/// The result of `routes`.
public struct RoutesReport: Codable, Sendable, Equatable {
    /// One route.
    public struct Route: Codable, Sendable, Equatable {
        /// The app that registered it.
        public var app: String
        /// The hosts it answers; empty means every host.
        public var hosts: [String]
        /// The method, or `*` for every method.
        public var method: String
        /// The whole pattern, the app's mount prefix included.
        public var pattern: String
        /// The name the app gave it; nil without one.
        public var name: String?

        public init(app: String, hosts: [String], method: String, pattern: String, name: String? = nil) {
            self.app = app
            self.hosts = hosts
            self.method = method
            self.pattern = pattern
            self.name = name
        }
    }

    /// The routes in the order of app, pattern and method.
    public var routes: [Route]

    public init(routes: [Route]) {
        self.routes = routes
    }
}

/// What happened to one app: an element of `ReloadReport`, and the result of `rollback` and `unload`.
public struct AppChange: Codable, Sendable, Equatable {
    /// What was done. The list may grow.
    public enum Action: String, Codable, Sendable {
        case loaded, reloaded, unchanged, unloaded
        case rolledBack = "rolled-back"
        /// Refused: what ran before goes on running; see `error`.
        case failed
    }

    public var app: String
    public var action: Action
    /// The generation that runs now; nil when none does.
    public var generation: Int?
    /// The generation that ran before; nil when none did.
    public var replaced: Int?
    /// The version that runs now; nil when none does.
    public var version: String?
    /// From the start of the change to the swap, in milliseconds.
    public var milliseconds: Double?
    /// Why it failed; only with `action` failed.
    public var error: ControlError?

    public init(app: String, action: Action) {
        self.app = app
        self.action = action
    }
}

/// The result of `reload`. A reload of one app that fails is an error instead; a reload of all of them lists
/// failures here, and its `ok` is still true as long as the configuration was applied.
public struct ReloadReport: Codable, Sendable, Equatable {
    /// Whether the configuration was read and applied; a reload of one app leaves it alone.
    public var configurationApplied: Bool
    /// Settings that changed and need a restart, as key paths.
    public var needsRestart: [String]
    /// Every app that was looked at, by name.
    public var apps: [AppChange]

    public init(configurationApplied: Bool, needsRestart: [String] = [], apps: [AppChange]) {
        self.configurationApplied = configurationApplied
        self.needsRestart = needsRestart
        self.apps = apps
    }

    enum CodingKeys: String, CodingKey {
        case apps
        case configurationApplied = "configuration_applied"
        case needsRestart = "needs_restart"
    }
}

/// The result of `check`.
public struct CheckReport: Codable, Sendable, Equatable {
    /// One error in the configuration.
    public struct Problem: Codable, Sendable, Equatable {
        public var file: String?
        /// From 1; nil when the file as a whole is meant.
        public var line: Int?
        /// In characters from 1; nil when the file as a whole is meant.
        public var column: Int?
        public var message: String

        public init(file: String?, line: Int?, column: Int?, message: String) {
            self.file = file
            self.line = line
            self.column = column
            self.message = message
        }
    }

    /// Whether the configuration can be used.
    public var valid: Bool
    /// The files that were read, in order; empty when it is not valid.
    public var files: [String]
    /// Every error found.
    public var errors: [Problem]

    public init(valid: Bool, files: [String], errors: [Problem]) {
        self.valid = valid
        self.files = files
        self.errors = errors
    }
}

/// The result of `stop`.
public struct StopReport: Codable, Sendable, Equatable {
    /// The process that is ending; it is gone when open requests have finished, or at the deadline.
    public var pid: Int
    /// How long open requests have, in milliseconds.
    public var drainMilliseconds: Int

    public init(pid: Int, drainMilliseconds: Int) {
        self.pid = pid
        self.drainMilliseconds = drainMilliseconds
    }

    enum CodingKeys: String, CodingKey {
        case pid
        case drainMilliseconds = "drain_milliseconds"
    }
}

/// The result of `upgrade`, sent by the process that has been replaced.
public struct UpgradeReport: Codable, Sendable, Equatable {
    /// The file that runs now.
    public var binary: String
    /// Its version.
    public var version: String
    /// The version that ran before.
    public var oldVersion: String
    /// The server process that serves now.
    public var pid: Int
    /// The one before, which finishes what it began, and ends.
    public var oldPid: Int
    /// From the start of the new process to its taking over.
    public var milliseconds: Int

    public init(binary: String, version: String, oldVersion: String, pid: Int, oldPid: Int, milliseconds: Int) {
        self.binary = binary
        self.version = version
        self.oldVersion = oldVersion
        self.pid = pid
        self.oldPid = oldPid
        self.milliseconds = milliseconds
    }

    enum CodingKeys: String, CodingKey {
        case binary, version, pid, milliseconds
        case oldVersion = "old_version"
        case oldPid = "old_pid"
    }
}

/// What `zzzd --probe FILE` prints and `zzzctl inspect FILE` shows. It needs no daemon.
public struct InspectReport: Codable, Sendable, Equatable {
    /// The file as given.
    public var file: String
    /// Whether this daemon would load it.
    public var loadable: Bool
    /// The name in its descriptor; nil when it has none that can be read.
    public var name: String?
    /// The version in its descriptor.
    public var version: String?
    /// What it was built with, as its descriptor states.
    public var runtime: String?
    /// The ABI version it was built for, as `MAJOR.MINOR`.
    public var abi: String?
    /// The ABI version of this daemon, as `MAJOR.MINOR`.
    public var hostABI: String
    /// The file's size in bytes.
    public var bytes: Int?
    /// The routes it registers, without a mount prefix; nil when it was not asked to register.
    public var routes: [RoutesReport.Route]?
    /// Why it would not be loaded.
    public var error: ControlError?

    public init(file: String, loadable: Bool, hostABI: String) {
        self.file = file
        self.loadable = loadable
        self.hostABI = hostABI
    }

    enum CodingKeys: String, CodingKey {
        case file, loadable, name, version, runtime, abi, bytes, routes, error
        case hostABI = "host_abi"
    }
}
