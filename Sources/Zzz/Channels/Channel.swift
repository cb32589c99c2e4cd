/// A topic as one client has joined it: an object of the app's, made for each join.
///
/// ```swift
/// final class RoomChannel: Channel {
///     let user: Int
///
///     init(_ join: Join<UserSocket>) throws {
///         guard join.subtopic != "closed" else { throw ChannelError("this room is closed") }
///         user = join.socket.userID
///     }
///
///     func handleIn(_ message: borrowing ChannelMessage, on channel: JoinedChannel) throws {
///         switch message.event {
///         case "shout":
///             try channel.broadcast("shout", message.payload)
///             try message.reply()
///         default: throw ChannelError("there is no \(message.event)")
///         }
///     }
/// }
/// ```
/// Its functions are called one at a time, in the order of what happened, on the thread of the socket's loop: what it
/// keeps in its properties needs no lock. It lives as long as the client is in the topic. When the app is replaced,
/// the client stays, and the new version joins it again in its place: see ``MovableChannel``.
///
/// These functions must not wait: see ``AsyncChannel`` for those that do.
public protocol Channel: ChannelBase {
    /// Handles a message of the client's.
    func handleIn(_ message: borrowing ChannelMessage, on channel: JoinedChannel) throws

    /// Handles what is broadcast on a topic that the channel has subscribed to.
    func handleInfo(_ message: borrowing TopicMessage, on channel: JoinedChannel) throws

    /// Handles one of the ``ChannelBase/intercepts`` that was broadcast on the channel's topic: the client gets what
    /// this pushes. Without it, the event goes to the client as it is.
    func handleOut(_ message: borrowing TopicMessage, on channel: JoinedChannel) throws

    /// The channel has ended. Not called when it goes on in the next version of the app, nor after a trap.
    func terminate(_ reason: TerminateReason, on channel: JoinedChannel)
}

/// A ``Channel`` whose functions await something: the next one is called when the one before has returned. They begin
/// on the thread of the socket's loop, and continue there.
public protocol AsyncChannel: ChannelBase {
    /// Handles a message of the client's.
    func handleIn(_ message: borrowing ChannelMessage, on channel: JoinedChannel) async throws

    /// Handles what is broadcast on a topic that the channel has subscribed to.
    func handleInfo(_ message: borrowing TopicMessage, on channel: JoinedChannel) async throws

    /// Handles one of the ``ChannelBase/intercepts`` that was broadcast on the channel's topic.
    func handleOut(_ message: borrowing TopicMessage, on channel: JoinedChannel) async throws

    /// The channel has ended.
    func terminate(_ reason: TerminateReason, on channel: JoinedChannel) async
}

/// What ``Channel`` and ``AsyncChannel`` have in common: how they are joined.
public protocol ChannelBase: AnyObject, SendableMetatype {
    /// The sockets that it is joined over.
    associatedtype Socket: ChannelSocket

    /// Joins a topic, or refuses by throwing a ``ChannelError``. It may be async, or not.
    init(_ join: Join<Socket>) async throws

    /// Called when the client has been told that it has joined: the place for the first pushes and for presence. Not
    /// called for a channel that has moved, whose client joined long ago. It may be async, or not.
    func joined(_ join: Join<Socket>) async throws

    /// Events that `handleOut` handles, when they are broadcast on the topic.
    static var intercepts: [String] { get }
}

extension ChannelBase {
    public func joined(_ join: Join<Socket>) async throws {}
    public static var intercepts: [String] { [] }
}

extension Channel {
    public func handleIn(_ message: borrowing ChannelMessage, on channel: JoinedChannel) throws {
        throw ChannelError("there is no event \(message.event)")
    }
    public func handleInfo(_ message: borrowing TopicMessage, on channel: JoinedChannel) throws {}
    public func handleOut(_ message: borrowing TopicMessage, on channel: JoinedChannel) throws {
        try channel.push(message)
    }
    public func terminate(_ reason: TerminateReason, on channel: JoinedChannel) {}
}

extension AsyncChannel {
    public func handleIn(_ message: borrowing ChannelMessage, on channel: JoinedChannel) async throws {
        throw ChannelError("there is no event \(message.event)")
    }
    public func handleInfo(_ message: borrowing TopicMessage, on channel: JoinedChannel) async throws {}
    public func handleOut(_ message: borrowing TopicMessage, on channel: JoinedChannel) async throws {
        try channel.push(message)
    }
    public func terminate(_ reason: TerminateReason, on channel: JoinedChannel) async {}
}

/// Why a channel has ended.
public enum TerminateReason: Sendable {
    /// The client left, or joined the topic again.
    case left
    /// The socket has gone.
    case closed
    /// By ``JoinedChannel/stop()``.
    case stopped
    /// By an error that one of its functions has thrown, or because one took too long.
    case failed
    /// The app is unloaded, or the daemon ends.
    case shutdown
}
