/// Thrown by a handler to end the request with a status.
///
/// ```swift
/// guard let post = posts[id] else { throw Abort(.notFound, "There is no post \(id).") }
/// ```
/// The message is shown to the client, as text or as JSON by its `Accept` field. Any other error is answered with
/// 500, and only the log learns what it was.
public struct Abort: Error, Sendable, CustomStringConvertible {
    /// The status to answer with: 400 to 599.
    public var status: Status
    /// What to tell the client; the status's phrase when none was given.
    public var message: String
    /// Fields to send with it: `Retry-After`, `WWW-Authenticate`.
    public var headers: [(name: String, value: String)]

    /// More members for the problem details (RFC 9457 section 3.2) that a client which prefers JSON gets: what is
    /// wrong, in a form that a program can use.
    public var details: [(name: String, value: JSONValue)]

    public init(
        _ status: Status, _ message: String? = nil, headers: [(name: String, value: String)] = [],
        details: [(name: String, value: JSONValue)] = []
    ) {
        self.status = status
        self.message = message ?? status.reason
        self.headers = headers
        self.details = details
    }

    public var description: String { "\(status.rawValue) \(message)" }
}
