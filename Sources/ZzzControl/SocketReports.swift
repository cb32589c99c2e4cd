import ZzzJSON

/// What sockets and channels there are, and what they have done since the start: a part of `status`.
public struct SocketCountsReport: Codable, Sendable, Equatable {
    /// Open now.
    public var open = 0
    /// Channels that are joined now.
    public var channels = 0
    public var accepted = 0
    /// Messages from clients.
    public var received = 0
    /// Messages to clients; a broadcast counts once for each that gets it.
    public var sent = 0
    public var broadcasts = 0
    public var joins = 0
    public var joinsRefused = 0
    /// Channels that went on in the next generation of their app.
    public var moved = 0
    /// Channels that ended with `phx_error`.
    public var failed = 0
    /// Clients that broke the protocol.
    public var violations = 0
    /// Clients that sent nothing for too long.
    public var timeouts = 0
    /// Messages that a slow client did not get.
    public var dropped = 0
    /// Clients that were closed because they read too slowly.
    public var tooSlow = 0
    /// Messages past a limit of messages per second.
    public var limited = 0

    public init() {}

    enum CodingKeys: String, CodingKey {
        case open, channels, accepted, received, sent, broadcasts, joins, moved, failed, violations, timeouts, dropped
        case limited
        case joinsRefused = "joins_refused"
        case tooSlow = "too_slow"
    }
}

/// The result of `sockets`.
public struct SocketsReport: Codable, Sendable, Equatable {
    public struct Socket: Codable, Sendable, Equatable {
        public var app: String
        /// What the app calls it; nil when it has no name.
        public var id: String?
        /// The client's address; nil for one that polls.
        public var peer: String?
        /// The version of the channels' protocol; nil for a socket whose messages the app handles itself.
        public var version: String?
        /// `websocket` or `longpoll`.
        public var transport: String
        /// What it has joined.
        public var topics: [String]
        /// Bytes that wait for the client.
        public var queuedBytes: Int
        public var loop: Int

        public init(
            app: String, id: String?, peer: String?, version: String?, transport: String, topics: [String],
            queuedBytes: Int, loop: Int
        ) {
            self.app = app
            self.id = id
            self.peer = peer
            self.version = version
            self.transport = transport
            self.topics = topics
            self.queuedBytes = queuedBytes
            self.loop = loop
        }

        enum CodingKeys: String, CodingKey {
            case app, id, peer, version, transport, topics, loop
            case queuedBytes = "queued_bytes"
        }
    }

    /// How many there are.
    public var count: Int
    /// At most 1,000 of them.
    public var sockets: [Socket]

    public init(count: Int, sockets: [Socket]) {
        self.count = count
        self.sockets = sockets
    }
}

/// The result of `channels`.
public struct ChannelsReport: Codable, Sendable, Equatable {
    public struct Topic: Codable, Sendable, Equatable {
        /// nil for a topic that all apps share.
        public var app: String?
        public var topic: String
        /// Channels that have joined it.
        public var channels: Int
        /// Subscriptions of channels and of apps.
        public var subscriptions: Int
        public var presences: Int

        public init(app: String?, topic: String, channels: Int, subscriptions: Int, presences: Int) {
            self.app = app
            self.topic = topic
            self.channels = channels
            self.subscriptions = subscriptions
            self.presences = presences
        }
    }

    /// How many topics there are.
    public var count: Int
    /// At most 1,000 of them, those with the most channels first.
    public var topics: [Topic]

    public init(count: Int, topics: [Topic]) {
        self.count = count
        self.topics = topics
    }
}

/// The result of `presence`.
public struct PresenceReport: Codable, Sendable, Equatable {
    /// A topic of one app's.
    public struct Topic: Codable, Sendable, Equatable {
        public var app: String
        /// As clients get it: `{KEY: {"metas": [{"phx_ref": ..., ...}, ...]}, ...}`.
        public var state: JSONValue

        public init(app: String, state: JSONValue) {
            self.app = app
            self.state = state
        }
    }

    /// The topic that was asked for.
    public var topic: String
    /// Of each app in whose topic somebody is.
    public var apps: [Topic]

    public init(topic: String, apps: [Topic]) {
        self.topic = topic
        self.apps = apps
    }
}

/// The result of `disconnect`.
public struct DisconnectReport: Codable, Sendable, Equatable {
    /// How many sockets were closed.
    public var disconnected: Int

    public init(disconnected: Int) { self.disconnected = disconnected }
}
