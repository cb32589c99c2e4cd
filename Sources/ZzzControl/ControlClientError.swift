/// Why a command got no result.
public enum ControlClientError: Error, Equatable, CustomStringConvertible {
    /// Nothing answers at the socket.
    case unreachable(socket: String, reason: String)
    /// The socket's file permissions keep this user out.
    case forbidden(socket: String)
    /// The daemon did not answer in time.
    case timedOut(seconds: Double)
    /// The daemon closed the connection without an answer.
    case closed
    /// What the daemon sent is no response.
    case notAResponse(String)
    /// The daemon refused the command or could not carry it out.
    case failed(ControlError)

    public var description: String {
        switch self {
        case .unreachable(let socket, let reason): "cannot reach the daemon at \(socket): \(reason)"
        case .forbidden(let socket): "this user may not use the control socket \(socket)"
        case .timedOut(let seconds): "the daemon did not answer within \(seconds) s"
        case .closed: "the daemon closed the connection without an answer"
        case .notAResponse(let reason): "the daemon sent something that is no response: \(reason)"
        case .failed(let error): error.message
        }
    }
}
