/// Calls middleware and the handler, one after the other.
///
/// The endpoint is looked up again at each step, since ``MethodOverride`` may have handed the request to another one,
/// which begins with the same steps.
extension Endpoint {
    /// The endpoints of one path, by method.
    struct Siblings: @unchecked Sendable {
        // Endpoints are owned by the instance and immutable once it is enrolled.
        /// Without those that middleware has asked for.
        var byMethod: [Method: Endpoint] = [:]
        /// The one whose pipelines see an OPTIONS request that is about no particular method.
        var options: Endpoint?

        /// The value of Allow: "GET, HEAD, OPTIONS" (RFC 9110 section 10.2.1).
        var allow: String {
            var bits = byMethod.keys.reduce(MethodSet.options.bits) { $0 | MethodSet($1).bits }
            if byMethod[.get] != nil { bits |= MethodSet(.head).bits }
            return MethodSet(bits: bits).names.joined(separator: ", ")
        }
    }

    /// A route without middleware costs nothing for it; a chain is a task only when something in it awaits.
    static func entry(_ route: Route) -> Route.Action {
        guard !route.steps.isEmpty else { return route.action }
        return route.isAsync ? .async(runAsync) : .sync(runSync)
    }

    private static let runSync: @Sendable (Context) throws -> Void = { context in
        var index = 0
        while index < context.endpoint.steps.count {
            guard case .sync(let middleware) = context.endpoint.steps[index] else {
                preconditionFailure("an async step in a synchronous chain")
            }
            if try middleware.call(context) == .halt { return }
            index += 1
        }
        guard case .sync(let handler) = context.endpoint.action else {
            preconditionFailure("an async handler in a synchronous chain")
        }
        try handler(context)
    }

    static let runAsync: @Sendable (Context) async throws -> Void = { context in
        var index = 0
        while index < context.endpoint.steps.count {
            let next =
                switch context.endpoint.steps[index] {
                case .sync(let middleware):
                    if !context.isBodyWhole, let parser = middleware as? BodyParser {
                        try await parser.receive(context)
                    } else {
                        try middleware.call(context)
                    }
                case .async(let middleware): try await middleware.call(context)
                }
            if next == .halt { return }
            index += 1
        }
        switch context.endpoint.action {
        case .sync(let handler): try handler(context)
        case .async(let handler): try await handler(context)
        case .invalid: preconditionFailure("an invalid route is never registered")
        }
    }

    /// A POST to a path that takes other methods only, for what ``MethodOverride`` lets through.
    static let refusePost: @Sendable (Context) throws -> Void = { context in
        throw Abort(.methodNotAllowed, headers: [("Allow", context.endpoint.siblings?.allow ?? "")])
    }

    /// Answers OPTIONS for the routes of a path: by the middleware of the route that a preflight asks about, or with
    /// the methods there are.
    static let answerOptions: @Sendable (Context) throws -> Void = { context in
        guard let siblings = context.endpoint.siblings else { return }
        let asked = context.headers["access-control-request-method"].flatMap { Method(name: $0) }
        let target = asked.flatMap { siblings.byMethod[$0] } ?? siblings.options
        for step in target?.optionsSteps ?? [] {
            guard case .sync(let middleware) = step else { continue }
            if try middleware.call(context) == .halt { return }
        }
        context.setHeader("Allow", siblings.allow)
        context.noContent()
    }
}
