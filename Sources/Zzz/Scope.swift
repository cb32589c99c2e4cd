/// Puts a prefix before the patterns inside. Scopes nest.
///
/// ```swift
/// scope("/api/v1") {
///     get("/posts", PostController.index)   // GET /api/v1/posts
///     get("/") { _ in "version 1" }         // GET /api/v1
/// }
/// ```
/// The pipelines in `through` run for the routes inside, those of outer scopes first.
public func scope(
    _ prefix: String, through pipelines: [Pipeline] = [], @RoutesBuilder _ routes: () -> [Route]
) -> [Route] {
    routes().map { $0.below(prefix).through(pipelines) }
}

/// Puts pipelines before the routes inside, which keep their patterns.
public func scope(through pipelines: [Pipeline], @RoutesBuilder _ routes: () -> [Route]) -> [Route] {
    routes().map { $0.through(pipelines) }
}

/// Restricts the routes inside to a host: "admin.example.com", or "*.example.com" for every name below. The innermost
/// one counts.
public func host(_ name: String, @RoutesBuilder _ routes: () -> [Route]) -> [Route] {
    routes().map { route in
        var route = route
        if route.host.isEmpty { route.host = name }
        return route
    }
}
