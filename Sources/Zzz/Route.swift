/// One route of an app: what it matches, and the handler. Made by ``get``, ``post`` and their like, and by
/// ``scope(_:_:)``.
public struct Route: Sendable {
    /// The methods it takes.
    var methods: MethodSet
    /// "/users/:id", with the prefixes of the scopes around it.
    public internal(set) var pattern: String
    /// "" for every host of the app, "admin.example.com" or "*.example.com".
    public internal(set) var host: String
    /// For people and metrics; may be empty: "posts.index".
    public internal(set) var name: String
    /// Where it is written, for messages: "App/Routes.swift:12".
    public let source: String
    /// Whether the handler starts when the head has arrived, and reads the body itself.
    public let streamsBody: Bool
    /// How many bytes a body may have; 0: as many as the app's limit allows.
    public internal(set) var bodyLimitBytes: UInt64
    /// How long the handler may take to begin its response, in milliseconds; 0: as long as the app's limit allows.
    public internal(set) var requestTimeoutMilliseconds: UInt64
    let action: Action
    /// The middleware before the handler, outermost first.
    var steps: [Pipeline.Step] = []
    /// Those of them, beyond the endpoint pipeline, that handle OPTIONS.
    var optionsSteps: [Pipeline.Step] = []
    /// What the middleware has set.
    var settings = RouteSettings()
    /// The kind of socket that clients open here, for channels.
    var channelSocket: ChannelSocketKind?
    /// Whether it opens sockets that a task serves, for which the daemon has to be able to hold clients back.
    var holdsSocket = false
    /// Whether a request may be handed on to a route that is async.
    var joinsAsync = false

    /// What happens to a request. A synchronous action is called directly on the loop's thread; the others run as a
    /// task on the loop.
    @usableFromInline
    enum Action: Sendable {
        case sync(@Sendable (Context) throws -> Void)
        case async(@Sendable (Context) async throws -> Void)
        /// Cannot be registered: the reason is told when the app is loaded.
        case invalid(String)
    }

    /// The methods by name: "GET", "PUT", "PATCH".
    public var methodNames: [String] { methods.names }

    /// This route below `prefix`: "/" stands for the prefix itself.
    func below(_ prefix: String) -> Route {
        var route = self
        let trimmed = prefix.hasSuffix("/") ? String(prefix.dropLast()) : prefix
        route.pattern = pattern == "/" && !trimmed.isEmpty ? trimmed : trimmed + pattern
        if route.pattern.isEmpty { route.pattern = "/" }
        return route
    }

    /// Whether multipart bodies come in pieces, and others whole.
    var streamsMultipart: Bool { settings.streamsMultipart && !streamsBody }

    /// Whether a request of it needs a task.
    var isAsync: Bool {
        if case .async = action { return true }
        return joinsAsync || steps.contains(where: \.isAsync)
    }

    /// This route behind the pipelines.
    func through(_ pipelines: [Pipeline]) -> Route {
        var route = self
        route.steps = pipelines.flatMap(\.steps) + steps
        return route
    }

    /// The pattern without its names: what tells paths apart.
    var shape: String {
        var shape = ""
        var rest = Substring(pattern)
        while let character = rest.popFirst() {
            shape.append(character)
            if character == "\\", let escaped = rest.popFirst() { shape.append(escaped) }
            guard character == ":" || character == "*" else { continue }
            rest = rest.drop { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        }
        return shape
    }

    /// The names in the pattern, in order: what the host's params stand for. `\` takes the meaning from what follows
    /// it.
    var parameterNames: [String] {
        var names: [String] = []
        var rest = Substring(pattern)
        while let character = rest.popFirst() {
            if character == "\\" {
                rest = rest.dropFirst()
            } else if character == ":" || character == "*" {
                let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
                names.append(String(name))
                rest = rest.dropFirst(name.count)
            }
        }
        return names
    }
}

/// Collects routes: the body of ``App/routes()-swift.method``, of ``scope(_:_:)`` and of ``host(_:_:)``.
@resultBuilder
public enum RoutesBuilder {
    public static func buildExpression(_ route: Route) -> [Route] { [route] }
    public static func buildExpression(_ routes: [Route]) -> [Route] { routes }
    public static func buildBlock(_ parts: [Route]...) -> [Route] { parts.flatMap { $0 } }
    public static func buildOptional(_ part: [Route]?) -> [Route] { part ?? [] }
    public static func buildEither(first part: [Route]) -> [Route] { part }
    public static func buildEither(second part: [Route]) -> [Route] { part }
    public static func buildArray(_ parts: [[Route]]) -> [Route] { parts.flatMap { $0 } }
    public static func buildLimitedAvailability(_ part: [Route]) -> [Route] { part }
}
