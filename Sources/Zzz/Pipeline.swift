/// Middleware in the order in which it is called.
///
/// ```swift
/// let browser = Pipeline {
///     SecureHeaders()
///     authenticate            // func authenticate(_ context: Context) throws
/// }
/// ```
/// Put it before routes with ``scope(_:through:_:)`` or with a route's `through:`; it runs when such a route has been
/// found. ``App/endpoint`` runs for every request. A pipeline may hold others. It is a flat list: a request goes
/// through it in one loop, without a task unless a member is async.
public struct Pipeline: Sendable {
    enum Step: Sendable {
        case sync(any Middleware)
        case async(any AsyncMiddleware)

        var member: any PipelineMember {
            switch self {
            case .sync(let middleware): middleware
            case .async(let middleware): middleware
            }
        }

        var isAsync: Bool {
            if case .async = self { true } else { false }
        }
    }

    let steps: [Step]

    init(steps: [Step]) { self.steps = steps }

    /// A pipeline of the members that are listed.
    public init(@PipelineBuilder _ members: () -> Pipeline) { self = members() }

    /// A pipeline without members.
    public init() { steps = [] }

    /// Whether nothing is in it.
    public var isEmpty: Bool { steps.isEmpty }
}

/// Collects the members of a ``Pipeline``: middleware, functions of a context, other pipelines.
@resultBuilder
public enum PipelineBuilder {
    public static func buildExpression(_ middleware: some Middleware) -> Pipeline {
        Pipeline(steps: [.sync(middleware)])
    }

    public static func buildExpression(_ middleware: some AsyncMiddleware) -> Pipeline {
        Pipeline(steps: [.async(middleware)])
    }

    public static func buildExpression(_ pipeline: Pipeline) -> Pipeline { pipeline }

    public static func buildExpression(_ function: @escaping @Sendable (Context) throws -> Next) -> Pipeline {
        Pipeline(steps: [.sync(FunctionMiddleware(function: function))])
    }

    public static func buildExpression(_ function: @escaping @Sendable (Context) throws -> Void) -> Pipeline {
        Pipeline(
            steps: [
                .sync(
                    FunctionMiddleware {
                        try function($0)
                        return .next
                    })
            ])
    }

    public static func buildExpression(_ function: @escaping @Sendable (Context) async throws -> Next) -> Pipeline {
        Pipeline(steps: [.async(AsyncFunctionMiddleware(function: function))])
    }

    public static func buildExpression(_ function: @escaping @Sendable (Context) async throws -> Void) -> Pipeline {
        Pipeline(
            steps: [
                .async(
                    AsyncFunctionMiddleware {
                        try await function($0)
                        return .next
                    })
            ])
    }

    public static func buildBlock(_ parts: Pipeline...) -> Pipeline { Pipeline(steps: parts.flatMap(\.steps)) }
    public static func buildOptional(_ part: Pipeline?) -> Pipeline { part ?? Pipeline() }
    public static func buildEither(first part: Pipeline) -> Pipeline { part }
    public static func buildEither(second part: Pipeline) -> Pipeline { part }
    public static func buildArray(_ parts: [Pipeline]) -> Pipeline { Pipeline(steps: parts.flatMap(\.steps)) }
    public static func buildLimitedAvailability(_ part: Pipeline) -> Pipeline { part }
}
