/// What an app does with one WebSocket: an object of the app's, which the closure of `webSocket` makes for each.
///
/// ```swift
/// final class Ticker: WebSocketHandler {
///     var count = 0
///
///     func received(_ message: borrowing Payload, from socket: WebSocket) throws {
///         count += 1
///         try socket.send("\(count): \(message.text)")
///     }
/// }
/// ```
/// Its functions are called one at a time, on the thread of the socket's loop, and must not wait: what it keeps in its
/// properties needs no lock. An error closes the socket with 1011. A WebSocket ends with the version of the app that
/// has accepted it; channels go on: see ``Channel``.
public protocol WebSocketHandler: AnyObject, SendableMetatype {
    /// Called once, before anything else.
    func opened(_ socket: WebSocket) throws

    /// A message has come: text, or bytes where it says so.
    func received(_ message: borrowing Payload, from socket: WebSocket) throws

    /// The answer to a ``WebSocket/ping(_:)``.
    func pong(_ data: borrowing Payload, from socket: WebSocket) throws

    /// After a `send` that was not to be followed by more: everything that waited has been written.
    func writable(_ socket: WebSocket) throws

    /// The last call. The code is 1006 when the connection ended without a closing handshake.
    func closed(_ code: WebSocketCloseCode, reason: String)
}

extension WebSocketHandler {
    public func opened(_ socket: WebSocket) throws {}
    public func pong(_ data: borrowing Payload, from socket: WebSocket) throws {}
    public func writable(_ socket: WebSocket) throws {}
    public func closed(_ code: WebSocketCloseCode, reason: String) {}
}

/// A function that handles every message, for sockets that need no more.
final class WebSocketFunction: WebSocketHandler {
    private let function: @Sendable (borrowing Payload, WebSocket) throws -> Void

    init(_ function: @escaping @Sendable (borrowing Payload, WebSocket) throws -> Void) { self.function = function }

    func received(_ message: borrowing Payload, from socket: WebSocket) throws { try function(message, socket) }
}
