import ZzzJSON

/// A channel that hands what it knows to the next version of the app.
///
/// ```swift
/// extension RoomChannel: MovableChannel {
///     struct State: Codable { var user: Int, isTyping: Bool }
///
///     func handOver() -> State { State(user: user, isTyping: isTyping) }
///
///     convenience init(_ join: Join<UserSocket>, continuing state: State) throws {
///         try self.init(join)
///         isTyping = state.isTyping
///     }
/// }
/// ```
/// When an app is replaced, no client notices: the socket, the subscriptions and the presences stay. The new version
/// makes each channel anew: with this, from the state of the old one; without, by `init(_:)` with the parameters of
/// the first join, where `join.isMoved` tells. Where that throws, the client gets `phx_error` and joins by itself.
public protocol MovableChannel: ChannelBase {
    /// What is handed over. Another version of the app reads it, perhaps an older one.
    associatedtype State: Codable

    /// The number of State's format: 1 at first, another whenever it changes.
    static var stateVersion: Int { get }

    /// What the next version gets.
    func handOver() throws -> State

    /// Goes on where the channel of the version before was. It may be async, or not.
    init(_ join: Join<Socket>, continuing state: State) async throws

    /// Makes a state of one with another number. Nil, as without this: the channel joins anew, by `init(_:)`.
    static func state(from other: MovedState) throws -> State?
}

extension MovableChannel {
    public static var stateVersion: Int { 1 }
    public static func state(from other: MovedState) throws -> State? { nil }

    /// The state that was handed over; nil when it cannot be read.
    static func read(_ moved: MovedState) throws -> State? {
        moved.version == stateVersion ? try moved.decode(State.self) : try state(from: moved)
    }
}

/// What another version of the app has handed over.
public struct MovedState: Sendable {
    /// Its ``MovableChannel/stateVersion``.
    public let version: Int
    let bytes: [UInt8]

    /// Decodes it. Throws what decoding throws.
    public func decode<State: Decodable>(_ type: State.Type = State.self) throws -> State {
        try JSONBytesDecoder().decode(type, from: bytes)
    }
}
