/// Why `RouterBuilder.add` refused a route.
public struct RouteConflict: Error, Equatable, Sendable, CustomStringConvertible {
    /// A route as its owner wrote it.
    public struct Route: Equatable, Sendable {
        public let pattern: String
        /// Where it was registered: "Sources/App/Routes.swift:12".
        public let origin: String
    }

    public enum Reason: Equatable, Sendable {
        /// Another route has the same shape and answers these methods: "/users/:id" and "/users/:name" are one shape.
        case sameShape(methods: MethodSet, existing: Route)
        /// The router holds `RouterBuilder.maximumRouteCount` routes.
        case tooManyRoutes
        /// The set of methods is empty, so nothing could ever reach the route.
        case noMethods
    }

    public let reason: Reason
    /// The route that was refused.
    public let route: Route

    public var description: String {
        let subject = "route \"\(route.pattern)\" (\(route.origin))"
        return switch reason {
        case .sameShape(let methods, let existing):
            "\(subject) conflicts with \"\(existing.pattern)\" (\(existing.origin)): "
                + "both answer \(methods) for the same paths"
        case .tooManyRoutes: "\(subject): more than \(RouterBuilder.maximumRouteCount) routes"
        case .noMethods: "\(subject) has no methods"
        }
    }
}
