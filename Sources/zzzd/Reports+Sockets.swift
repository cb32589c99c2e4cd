import ZzzControl
import ZzzHost
import ZzzJSON
import ZzzServer

/// What zzzctl is told of sockets, channels and presence.
extension Daemon {
    private static var longestList: Int { 1000 }

    func sockets(app: String?, id: String?) throws(ControlError) -> SocketsReport {
        try checkName(app)
        let list = server.sockets(app: app, id: id, limit: Self.longestList)
        return SocketsReport(
            count: list.count,
            sockets: list.items.map { socket in
                SocketsReport.Socket(
                    app: socket.app, id: socket.id.isEmpty ? nil : socket.id,
                    peer: socket.peer.isEmpty ? nil : socket.peer, version: socket.version,
                    transport: socket.isPolling ? "longpoll" : "websocket", topics: socket.topics,
                    queuedBytes: socket.queuedBytes, loop: socket.loop)
            })
    }

    func channels(app: String?) throws(ControlError) -> ChannelsReport {
        try checkName(app)
        let list = server.topics(app: app, limit: Self.longestList)
        return ChannelsReport(
            count: list.count,
            topics: list.items.map { topic in
                ChannelsReport.Topic(
                    app: topic.app.isEmpty ? nil : topic.app, topic: topic.topic, channels: topic.channels,
                    subscriptions: topic.subscriptions, presences: topic.presences)
            })
    }

    func presence(topic: String, app: String?) throws(ControlError) -> PresenceReport {
        try checkName(app)
        let names = app.map { [$0] } ?? deployer.statuses.map(\.name)
        return PresenceReport(
            topic: topic,
            apps: names.compactMap { name in
                // `try?`: what the server writes is JSON.
                let state = try? JSONValue(parsing: server.pubSub.presences(app: name, topic: topic))
                guard let state, state.objectValue?.isEmpty == false else { return nil }
                return PresenceReport.Topic(app: name, state: state)
            })
    }

    func disconnect(id: String, app: String?) throws(ControlError) -> DisconnectReport {
        try checkName(app)
        return DisconnectReport(disconnected: server.disconnect(app: app, id: id))
    }

    private func checkName(_ app: String?) throws(ControlError) {
        if let app, !deployer.statuses.contains(where: { $0.name == app }) { throw unknown(app) }
    }
}

extension SocketCountsReport {
    /// nil when no socket was ever opened.
    init?(_ snapshot: Server.Snapshot) {
        self.init()
        func sum(_ path: KeyPath<SocketStatistics, UInt64>) -> Int {
            Int(clamping: snapshot.loops.reduce(0) { $0 &+ $1.sockets.statistics[keyPath: path] })
        }
        accepted = sum(\.accepted)
        guard accepted > 0 else { return nil }
        open = snapshot.loops.reduce(0) { $0 + $1.sockets.sockets }
        channels = snapshot.loops.reduce(0) { $0 + $1.sockets.channels }
        received = sum(\.received)
        sent = sum(\.sent)
        broadcasts = sum(\.broadcasts)
        joins = sum(\.joins)
        joinsRefused = sum(\.joinsRefused)
        moved = sum(\.moved)
        failed = sum(\.failed)
        violations = sum(\.violations)
        timeouts = sum(\.timeouts)
        dropped = sum(\.dropped)
        tooSlow = sum(\.tooSlow)
        limited = sum(\.limited)
    }
}
