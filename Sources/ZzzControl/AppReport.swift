/// One app, in `status` and in the result of `apps`.
public struct AppReport: Codable, Sendable, Equatable {
    /// What an app is doing. The list may grow.
    public enum State: String, Codable, Sendable, CaseIterable {
        /// Its first generation is being loaded.
        case loading
        case running
        /// Being unloaded: open requests finish, new ones get 404.
        case draining
        /// Never loaded: its file was refused; see `lastError`.
        case failed
        /// Loaded, and answering 503 after too many faults.
        case quarantined
        /// Unloaded by command, or `enabled = false`.
        case unloaded
    }

    /// Why loading last failed.
    public struct Failure: Codable, Sendable, Equatable {
        /// What went wrong, as one sentence.
        public var reason: String
        /// What to do about it.
        public var remedy: String
        /// When it happened.
        public var at: Timestamp?

        public init(reason: String, remedy: String, at: Timestamp? = nil) {
            self.reason = reason
            self.remedy = remedy
            self.at = at
        }
    }

    /// Why an app is out of service.
    public struct Quarantine: Codable, Sendable, Equatable {
        /// Since when it answers 503.
        public var since: Timestamp
        /// The seconds of its Retry-After.
        public var retryAfter: Int

        public init(since: Timestamp, retryAfter: Int) {
            self.since = since
            self.retryAfter = retryAfter
        }

        enum CodingKeys: String, CodingKey {
            case since
            case retryAfter = "retry_after"
        }
    }

    /// What an app keeps in the daemon's memory through the `store` extension.
    public struct Store: Codable, Sendable, Equatable {
        public var entries: Int
        /// With what each entry costs beside its key and value.
        public var bytes: Int
        /// How often an entry was found, or not, since the daemon started.
        public var hits: Int
        public var misses: Int
        /// Entries given up to make room.
        public var evictions: Int

        public init(entries: Int = 0, bytes: Int = 0, hits: Int = 0, misses: Int = 0, evictions: Int = 0) {
            self.entries = entries
            self.bytes = bytes
            self.hits = hits
            self.misses = misses
            self.evictions = evictions
        }
    }

    /// A generation that has been replaced and still has work to finish.
    public struct Draining: Codable, Sendable, Equatable {
        public var generation: Int
        /// The version its descriptor states.
        public var version: String
        /// Requests it still has to finish.
        public var inFlight: Int
        /// When it was replaced.
        public var since: Timestamp

        public init(generation: Int, version: String, inFlight: Int, since: Timestamp) {
            self.generation = generation
            self.version = version
            self.inFlight = inFlight
            self.since = since
        }

        enum CodingKeys: String, CodingKey {
            case generation, version, since
            case inFlight = "in_flight"
        }
    }

    public var name: String
    /// The file in the apps directory.
    public var file: String
    /// The version its descriptor states; empty when never loaded.
    public var version: String
    /// What it was built with, as its descriptor states.
    public var runtime: String
    /// The number of the running generation, from 1; 0 when none ever ran.
    public var generation: Int
    public var state: State
    /// The path prefix it answers.
    public var mount: String
    /// The hosts it answers; empty means every host.
    public var hosts: [String]
    /// How many routes it registered.
    public var routes: Int
    /// Requests it was given, by all generations.
    public var requests: Int
    /// Requests it answered 500-599, or failed to answer.
    public var errors: Int
    /// How often its code trapped or was stopped for good.
    public var traps: Int
    /// How often it held a loop so long that another thread took the loop over.
    public var handOffs: Int
    /// Requests that it did not begin to answer within `request_timeout`.
    public var timeouts: Int
    /// Requests it is answering now.
    public var inFlight: Int
    /// What it keeps in the daemon's memory; nil for an app that has never used its store.
    public var store: Store?
    /// When the running generation was loaded.
    public var loadedAt: Timestamp?
    /// Why loading last failed; nil when the last attempt succeeded.
    public var lastError: Failure?
    /// Since when it is out of service; only with `state` quarantined.
    public var quarantine: Quarantine?
    /// The generation that `rollback` would go back to.
    public var previousGeneration: Int?
    /// Generations that still have work to finish, oldest first.
    public var drainingGenerations: [Draining]

    public init(name: String, file: String, state: State, mount: String) {
        self.name = name
        self.file = file
        self.state = state
        self.mount = mount
        version = ""
        runtime = ""
        generation = 0
        hosts = []
        routes = 0
        requests = 0
        errors = 0
        traps = 0
        handOffs = 0
        timeouts = 0
        inFlight = 0
        drainingGenerations = []
    }

    enum CodingKeys: String, CodingKey {
        case name, file, version, runtime, generation, state, mount, hosts, routes, requests, errors, traps, timeouts
        case quarantine, store
        case handOffs = "hand_offs"
        case inFlight = "in_flight"
        case loadedAt = "loaded_at"
        case lastError = "last_error"
        case previousGeneration = "previous_generation"
        case drainingGenerations = "draining_generations"
    }
}

/// The result of `apps`.
public struct AppsReport: Codable, Sendable, Equatable {
    /// The apps, by name.
    public var apps: [AppReport]

    public init(apps: [AppReport]) {
        self.apps = apps
    }
}
