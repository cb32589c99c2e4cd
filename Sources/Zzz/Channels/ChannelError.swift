/// Thrown by a channel to tell its client why something was not done: the join is refused, the message is answered with
/// the status "error", and the channel goes on.
///
/// ```swift
/// guard text.count <= 500 else { throw ChannelError("too long") }        // {"reason": "too long"}
/// ```
/// An ``Abort`` below 500 counts as one, with its message as the reason. Any other error ends the channel with
/// `phx_error`: only the log learns what it was, and the client joins again.
public struct ChannelError: Error, Sendable, CustomStringConvertible {
    /// What the client gets, encoded as JSON.
    public let response: any Encodable & Sendable

    /// The client gets `{"reason": reason}`.
    public init(_ reason: String) { response = ["reason": reason] }

    public init(response: some Encodable & Sendable) { self.response = response }

    public var description: String {
        if let reason = (response as? [String: String])?["reason"] { return reason }
        return "\(response)"
    }

    /// What an error says to a client; nil when it says nothing to anybody but the log.
    init?(telling error: any Error) {
        if let error = error as? ChannelError {
            self = error
        } else if let abort = error as? Abort, abort.status.rawValue < 500 {
            self.init(abort.message)
        } else {
            return nil
        }
    }
}
