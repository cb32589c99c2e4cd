/// What a middleware decides about the request.
public enum Next: Sendable {
    /// The next middleware is asked, or the handler when there is none.
    case next
    /// The request ends here: the middleware has answered it.
    case halt
}

/// One step of a ``Pipeline``: looks at a request before its handler does.
///
/// ```swift
/// struct OnlyOnWeekdays: Middleware {
///     func call(_ context: Context) throws -> Next {
///         guard Calendar.isWeekday else { throw Abort(.serviceUnavailable, "Come back on Monday.") }
///         return .next
///     }
/// }
/// ```
/// It is made once and called for many requests at a time, on all loops. To change the response, whoever makes it, use
/// ``Context/beforeSend(_:)``. An error is rendered like a handler's.
public protocol Middleware: PipelineMember {
    /// Called for each request, directly, on the thread of its loop.
    func call(_ context: Context) throws -> Next
}

/// A step of a ``Pipeline`` that awaits something. A route with one runs as a task on its loop, as with an async
/// handler.
public protocol AsyncMiddleware: PipelineMember {
    /// Called for each request, within its task.
    func call(_ context: Context) async throws -> Next
}

/// What ``Middleware`` and ``AsyncMiddleware`` have in common.
public protocol PipelineMember: Sendable {
    /// Called once for each route that the pipeline is put before, while the app is loaded: checks the options, and
    /// sets what the host has to know. An error refuses the app; the version that ran before goes on.
    func prepare(_ settings: inout RouteSettings) throws
}

extension PipelineMember {
    public func prepare(_ settings: inout RouteSettings) throws {}
}

/// What a middleware may set for the routes that it is put before. What a route says itself counts more.
public struct RouteSettings: Sendable {
    /// How many bytes a body may have; the host answers 413 beyond. Nil: the app's limit.
    public var bodyLimitBytes: UInt64?
    /// How long the handler may take to begin its response; the host answers 503 after it. Nil: the app's limit.
    public var timeout: Duration?
    /// Whether the middleware, a synchronous one, wants to see OPTIONS requests for the route, which the host answers
    /// otherwise.
    public var handlesOptions = false
    /// Whether multipart bodies come in pieces, and how many bytes one may have; nil: as many as others.
    var streamsMultipart = false
    var multipartLimitBytes: UInt64?
    /// Whether a POST may stand for another method.
    var overridesMethod = false
    /// Whether there is a ``Session`` before what is asked now.
    var hasSession = false
    /// Whether the app has a secret.
    var hasSecretKeys = true
}

/// A function as a middleware.
struct FunctionMiddleware: Middleware {
    let function: @Sendable (Context) throws -> Next

    func call(_ context: Context) throws -> Next { try function(context) }
}

/// An async function as a middleware.
struct AsyncFunctionMiddleware: AsyncMiddleware {
    let function: @Sendable (Context) async throws -> Next

    func call(_ context: Context) async throws -> Next { try await function(context) }
}
