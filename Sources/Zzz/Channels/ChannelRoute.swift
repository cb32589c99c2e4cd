/// A kind of channel of a ``ChannelSocket``: made by `channel(_:_:)`.
public struct ChannelRoute<Socket: ChannelSocket>: Sendable {
    var settings: ChannelSettings
    let make: @Sendable (ChannelSettings, Host, ChannelTable) -> ChannelKind
}

/// Topics that clients may join, and what is made for each that does.
///
/// ```swift
/// static let channels = [channel("room:lobby", LobbyChannel.self), channel("room:*", RoomChannel.self)]
/// ```
/// - Parameters:
///   - pattern: a topic, or with a `*` at its end all that begin so. The first that matches is taken.
///   - timeout: how long a callback may take, before its client gets `phx_error`; nil: the app's `request_timeout`.
///   - messagesPerSecond: how many a client may send to one channel; nil: as many as it likes.
public func channel<Object: Channel>(
    _ pattern: String, _ type: Object.Type, timeout: Duration? = nil, messagesPerSecond: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line
) -> ChannelRoute<Object.Socket> {
    ChannelRoute(
        settings: ChannelSettings(pattern, type.intercepts, timeout, messagesPerSecond, "\(file):\(line)"),
        make: { SyncChannelKind<Object>($0, $1, $2) })
}

/// The same for channels that await.
public func channel<Object: AsyncChannel>(
    _ pattern: String, _ type: Object.Type, timeout: Duration? = nil, messagesPerSecond: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line
) -> ChannelRoute<Object.Socket> {
    ChannelRoute(
        settings: ChannelSettings(pattern, type.intercepts, timeout, messagesPerSecond, "\(file):\(line)"),
        make: { AsyncChannelKind<Object>($0, $1, $2) })
}

extension ChannelRoute {
    /// Lets `fetch` add to what clients are told of presences: a name and a picture for a user's id, say. It is asked
    /// once for all keys of a message, on the thread of a loop, so it must not wait.
    ///
    /// ```swift
    /// channel("room:*", RoomChannel.self).presence { topic, keys in try users.cards(keys) }   // [String: Card]
    /// ```
    /// The members of what it returns come beside `metas`.
    public func presence<Card: Encodable & SendableMetatype>(
        _ fetch: @escaping @Sendable (_ topic: String, _ keys: [String]) throws -> [String: Card]
    ) -> ChannelRoute {
        var route = self
        route.settings.fetchPresence = PresenceFetch(fetch)
        return route
    }
}

extension ChannelSettings {
    fileprivate init(
        _ pattern: String, _ intercepts: [String], _ timeout: Duration?, _ messagesPerSecond: Int?, _ source: String
    ) {
        self.pattern = pattern
        self.source = source
        self.intercepts = intercepts
        timeoutMilliseconds = timeout?.wholeMilliseconds ?? 0
        self.messagesPerSecond = messagesPerSecond.map { UInt32(clamping: max(1, $0)) } ?? 0
        fetchPresence = nil
    }
}
