/// Limits how long the handlers behind it may take to begin their responses: the daemon then cancels the handler's
/// task, and answers 503 in its place, also when the handler is stuck. A route's own `timeout:` counts more, and so
/// does a Timeout further inside.
public struct Timeout: Middleware {
    private let duration: Duration

    /// - Parameter duration: at least a millisecond.
    public init(_ duration: Duration) { self.duration = duration }

    public func prepare(_ settings: inout RouteSettings) throws {
        guard duration >= .milliseconds(1) else { throw StartupError("a timeout of \(duration)") }
        settings.timeout = duration
    }

    public func call(_ context: Context) throws -> Next { .next }
}
