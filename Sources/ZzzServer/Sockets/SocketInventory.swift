import ZzzAppABI
import ZzzChannels
import ZzzWebSocket

/// What sockets and channels a loop has now, and what it has done with them.
public struct SocketFigures: Sendable, Equatable {
    public var sockets = 0
    public var channels = 0
    public var statistics = SocketStatistics()

    public init() {}

    init(_ hub: SocketHub) {
        sockets = hub.sockets.count
        channels = hub.channels.count
        statistics = hub.statistics
    }
}

/// One socket, for whoever operates the daemon.
public struct SocketSummary: Sendable, Equatable {
    public var app: String
    /// What the app calls it; empty when it has no name.
    public var id: String
    /// The client's address; empty for one that polls.
    public var peer: String
    /// The version of the channels' protocol; nil for a socket whose messages the app handles itself.
    public var version: String?
    /// The client asks again and again: it could open no WebSocket.
    public var isPolling: Bool
    /// What it has joined.
    public var topics: [String]
    /// Bytes that wait for the client.
    public var queuedBytes: Int
    public var loop: Int
}

/// One topic, for whoever operates the daemon.
public struct TopicSummary: Sendable, Equatable {
    /// Empty for a topic of all apps.
    public var app: String
    public var topic: String
    /// Channels that have joined it.
    public var channels: Int
    /// Subscriptions of channels and of apps.
    public var subscriptions: Int
    public var presences: Int
}

/// A list that may be cut, and how long it would be.
public struct Inventory<Item: Sendable>: Sendable {
    public var items: [Item] = []
    public var count = 0
}

// What takes a walk through all loops: on no loop's thread. A loop that an app holds may be left out.
extension Server {
    /// The sockets of an app, or of all; of those with an id, or all. At most `limit` of them.
    public func sockets(app: String? = nil, id: String? = nil, limit: Int) -> Inventory<SocketSummary> {
        merged(limit) { hub in
            hub.sockets.all.lazy.map { SocketSummary($0) }.filter { socket in
                (app == nil || socket.app == app) && (id == nil || socket.id == id)
            }
        }
    }

    /// The topics of an app, or of all and those they share: the ones with the most channels, at most `limit`.
    public func topics(app: String? = nil, limit: Int) -> Inventory<TopicSummary> {
        let all = onHubs { hub in
            hub.topics.values.filter { app == nil || $0.name.app == app }.map { topic in
                (topic.name, topic.channels.count, topic.channelSubscribers.count + topic.appSubscribers.count)
            }
        }
        var sums: [TopicName: TopicSummary] = [:]
        for (name, channels, subscriptions) in all.joined() {
            sums[name, default: TopicSummary(name)].channels += channels
            sums[name, default: TopicSummary(name)].subscriptions += subscriptions
        }
        let sorted = sums.values.sorted {
            ($1.channels, $0.app, $0.topic) < ($0.channels, $1.app, $1.topic)
        }
        var items = Array(sorted.prefix(limit))
        for index in items.indices {
            let name = TopicName(app: items[index].app, topic: items[index].topic)
            items[index].presences = pubSub.presence.count(name)
        }
        return Inventory(items: items, count: sums.count)
    }

    /// Closes the sockets with that id, of an app or of all.
    /// - Returns: how many.
    public func disconnect(app: String? = nil, id: String) -> Int {
        onHubs { hub in
            var count = 0
            for socket in hub.sockets.all {
                guard let socket = socket as? ChannelSocket, socket.id == id, app == nil || socket.app == app else {
                    continue
                }
                socket.close(.goingAway, "disconnected")
                count += 1
            }
            return count
        }.reduce(0, +)
    }

    private func merged<Items: Sequence<SocketSummary>>(
        _ limit: Int, _ list: @escaping @Sendable (SocketHub) -> Items
    ) -> Inventory<SocketSummary> {
        onHubs { hub in
            var inventory = Inventory<SocketSummary>()
            for item in list(hub) {
                inventory.count += 1
                if inventory.items.count < limit { inventory.items.append(item) }
            }
            return inventory
        }.reduce(into: Inventory()) { sum, loop in
            sum.count += loop.count
            sum.items += loop.items.prefix(limit - sum.items.count)
        }
    }
}

extension TopicSummary {
    init(_ name: TopicName) {
        self.init(app: name.app, topic: name.topic, channels: 0, subscriptions: 0, presences: 0)
    }
}

extension SocketSummary {
    init(_ socket: WebSocket) {
        let channels = socket as? ChannelSocket
        self.init(
            app: channels?.app ?? (socket as? AppSocket)?.app ?? "", id: channels?.id ?? "",
            peer: socket.connection?._withUnsafeGuaranteedRef { "\($0.peer)" } ?? "",
            version: channels.map { $0.version == .version1 ? "1.0.0" : "2.0.0" }, isPolling: channels?.poll != nil,
            topics: channels?.channels.all.map(\.topic).sorted() ?? [],
            queuedBytes: socket.connection?._withUnsafeGuaranteedRef { $0.queuedBytes } ?? 0,
            loop: socket.hub.worker.index)
    }
}
