/// Puts a prefix before the patterns inside. Scopes nest.
///
/// ```swift
/// scope("/api/v1") {
///     get("/posts", PostController.index)   // GET /api/v1/posts
///     get("/") { _ in "version 1" }         // GET /api/v1
/// }
/// ```
public func scope(_ prefix: String, @RoutesBuilder _ routes: () -> [Route]) -> [Route] {
    routes().map { $0.below(prefix) }
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
