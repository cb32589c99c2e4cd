/// Declares routes for one method, called like a function:
/// ```swift
/// get("/users/:id") { context in
///     try await users.find(context.params.require("id", as: Int.self)).name
/// }
/// ```
/// The handler may be synchronous, and is then called directly on the loop's thread: right for anything that only
/// computes. A handler that awaits runs as a task on the loop. It returns an ``Answer``, or nothing after having
/// answered through the context.
///
/// `name` is for people and metrics. With `streamBody` the handler starts when the head has arrived and reads
/// ``Context/bodyStream``. `bodyLimitBytes` replaces the app's limit; 0 keeps it. `timeout` replaces the app's
/// `request_timeout`: a handler that has not begun its response by then is cancelled, and the client gets 503.
/// `through` are pipelines for this route alone, after those of its scopes.
public struct Verb: Sendable {
    let methods: MethodSet

    public func callAsFunction(
        _ pattern: String, name: String = "", streamBody: Bool = false, bodyLimitBytes: UInt64 = 0,
        timeout: Duration? = nil, through pipelines: [Pipeline] = [], file: StaticString = #fileID,
        line: UInt = #line, _ handler: @escaping @Sendable (Context) throws -> Void
    ) -> Route {
        route(pattern, name, streamBody, bodyLimitBytes, timeout, pipelines, file, line, .sync(handler))
    }

    @inlinable
    public func callAsFunction<Result: Answer>(
        _ pattern: String, name: String = "", streamBody: Bool = false, bodyLimitBytes: UInt64 = 0,
        timeout: Duration? = nil, through pipelines: [Pipeline] = [], file: StaticString = #fileID,
        line: UInt = #line, _ handler: @escaping @Sendable (Context) throws -> Result
    ) -> Route {
        route(
            pattern, name, streamBody, bodyLimitBytes, timeout, pipelines, file, line,
            .sync { try handler($0).answer($0) })
    }

    public func callAsFunction(
        _ pattern: String, name: String = "", streamBody: Bool = false, bodyLimitBytes: UInt64 = 0,
        timeout: Duration? = nil, through pipelines: [Pipeline] = [], file: StaticString = #fileID,
        line: UInt = #line, _ handler: @escaping @Sendable (Context) async throws -> Void
    ) -> Route {
        route(pattern, name, streamBody, bodyLimitBytes, timeout, pipelines, file, line, .async(handler))
    }

    @inlinable
    public func callAsFunction<Result: Answer>(
        _ pattern: String, name: String = "", streamBody: Bool = false, bodyLimitBytes: UInt64 = 0,
        timeout: Duration? = nil, through pipelines: [Pipeline] = [], file: StaticString = #fileID,
        line: UInt = #line, _ handler: @escaping @Sendable (Context) async throws -> Result
    ) -> Route {
        route(
            pattern, name, streamBody, bodyLimitBytes, timeout, pipelines, file, line,
            .async { try await handler($0).answer($0) })
    }

    @usableFromInline
    func route(
        _ pattern: String, _ name: String, _ streamBody: Bool, _ bodyLimitBytes: UInt64, _ timeout: Duration?,
        _ pipelines: [Pipeline], _ file: StaticString, _ line: UInt, _ action: Route.Action
    ) -> Route {
        Route(
            methods: methods, pattern: pattern, host: "", name: name, source: "\(file):\(line)",
            streamsBody: streamBody, bodyLimitBytes: bodyLimitBytes,
            requestTimeoutMilliseconds: timeout.map(\.wholeMilliseconds) ?? 0, action: action
        ).through(pipelines)
    }
}

/// Routes for GET; the host answers HEAD from them too.
public let get = Verb(methods: MethodSet(.get))
/// Routes for HEAD, where it must differ from GET.
public let head = Verb(methods: MethodSet(.head))
/// Routes for POST.
public let post = Verb(methods: MethodSet(.post))
/// Routes for PUT.
public let put = Verb(methods: MethodSet(.put))
/// Routes for PATCH.
public let patch = Verb(methods: MethodSet(.patch))
/// Routes for DELETE.
public let delete = Verb(methods: MethodSet(.delete))
/// Routes for OPTIONS, where the host's own answer (204 with Allow) will not do.
public let options = Verb(methods: MethodSet(.options))
/// Routes for every method.
public let any = Verb(methods: .all)

/// Declares routes for several methods: `match([.get, .post], "/search") { ... }`.
public let match = MultiVerb()

/// Declares routes for several methods. See ``Verb`` for the parameters.
public struct MultiVerb: Sendable {
    public func callAsFunction(
        _ methods: [Method], _ pattern: String, name: String = "", streamBody: Bool = false,
        bodyLimitBytes: UInt64 = 0, timeout: Duration? = nil, through pipelines: [Pipeline] = [],
        file: StaticString = #fileID, line: UInt = #line, _ handler: @escaping @Sendable (Context) throws -> Void
    ) -> Route {
        Verb(methods: MethodSet(methods))(
            pattern, name: name, streamBody: streamBody, bodyLimitBytes: bodyLimitBytes, timeout: timeout,
            through: pipelines, file: file, line: line, handler)
    }

    public func callAsFunction<Result: Answer>(
        _ methods: [Method], _ pattern: String, name: String = "", streamBody: Bool = false,
        bodyLimitBytes: UInt64 = 0, timeout: Duration? = nil, through pipelines: [Pipeline] = [],
        file: StaticString = #fileID, line: UInt = #line, _ handler: @escaping @Sendable (Context) throws -> Result
    ) -> Route {
        Verb(methods: MethodSet(methods))(
            pattern, name: name, streamBody: streamBody, bodyLimitBytes: bodyLimitBytes, timeout: timeout,
            through: pipelines, file: file, line: line, handler)
    }

    public func callAsFunction(
        _ methods: [Method], _ pattern: String, name: String = "", streamBody: Bool = false,
        bodyLimitBytes: UInt64 = 0, timeout: Duration? = nil, through pipelines: [Pipeline] = [],
        file: StaticString = #fileID, line: UInt = #line, _ handler: @escaping @Sendable (Context) async throws -> Void
    ) -> Route {
        Verb(methods: MethodSet(methods))(
            pattern, name: name, streamBody: streamBody, bodyLimitBytes: bodyLimitBytes, timeout: timeout,
            through: pipelines, file: file, line: line, handler)
    }

    public func callAsFunction<Result: Answer>(
        _ methods: [Method], _ pattern: String, name: String = "", streamBody: Bool = false,
        bodyLimitBytes: UInt64 = 0, timeout: Duration? = nil, through pipelines: [Pipeline] = [],
        file: StaticString = #fileID, line: UInt = #line,
        _ handler: @escaping @Sendable (Context) async throws -> Result
    ) -> Route {
        Verb(methods: MethodSet(methods))(
            pattern, name: name, streamBody: streamBody, bodyLimitBytes: bodyLimitBytes, timeout: timeout,
            through: pipelines, file: file, line: line, handler)
    }
}
