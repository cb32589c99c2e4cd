import ZzzJSON

/// A client's connection for channels, as the app knows it: whose it is, for example.
///
/// ```swift
/// struct UserSocket: ChannelSocket {
///     var userID: Int
///
///     static func connect(_ request: SocketRequest) async throws -> UserSocket? {
///         guard let token = request.token, let id = verify(token) else { return nil }     // 403
///         return UserSocket(userID: id)
///     }
///
///     var id: String? { "user:\(userID)" }
///     static let channels = [channel("room:*", RoomChannel.self)]
/// }
/// ```
/// `connect` makes one for each connection. It is kept as JSON for as long as that lasts, also when the app is replaced
/// meanwhile, and each join gets it: keep it small, and change it as you would change what is stored.
public protocol ChannelSocket: Codable, Sendable {
    /// Accepts a client, or refuses it: nil is 403, and an ``Abort`` is what it says. It may be async, or not. Called
    /// for each connection, and over long polling for each request.
    static func connect(_ request: SocketRequest) async throws -> Self?

    /// A name by which the app can close the socket, with others of that name: see ``Sockets/disconnect(_:)``.
    var id: String? { get }

    /// What may be joined over it; the first that matches a topic is taken.
    static var channels: [ChannelRoute<Self>] { get }
}

extension ChannelSocket {
    public var id: String? { nil }

    /// The name that goes before the state: another kind of socket must not be read as this one.
    static var stateName: String { "\(Self.self)" }

    /// What the host keeps of a socket.
    var stateBytes: [UInt8] {
        get throws { try Array("\(Self.stateName):".utf8) + JSONBytesEncoder().encode(self) }
    }

    init(stateBytes: [UInt8]) throws {
        guard let end = stateBytes.firstIndex(of: UInt8(ascii: ":")) else {
            throw MisuseError("the socket's state is no \(Self.self)")
        }
        self = try stateBytes[(end + 1)...].withUnsafeBytes { try JSONBytesDecoder().decode(Self.self, from: $0) }
    }
}

/// The sockets of an app that clients have opened for channels: ``Context/sockets`` within a request,
/// ``JoinedChannel/sockets`` in a channel, ``process`` elsewhere.
public struct Sockets: Sendable {
    let host: Host?

    public static var process: Sockets { Sockets(host: Host.process) }

    /// Closes every socket with that ``ChannelSocket/id``. Their clients connect again, and meet `connect` as it is
    /// then: for somebody who has signed out, or must not be here any more.
    public func disconnect(_ id: String) throws {
        guard let host, let api = host.channel else { throw HostError(missing: "disconnect", "zzz.channel/1") }
        try id.withBytes { id in
            _ = try hostCall("disconnect") { api.pointee.disconnect(host.app, id, $0) }
        }
    }
}

extension Context {
    /// The sockets of the app that clients have opened for channels.
    public var sockets: Sockets { Sockets(host: instance.host) }
}

extension HostError {
    /// The daemon does not have it, or has not made the app yet.
    init(missing operation: String, _ name: String) {
        self.init(operation, code: HostStatus.unsupported, message: "there is no daemon that offers \(name)")
    }
}
