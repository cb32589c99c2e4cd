/// What a handler may return.
///
/// `String`, ``Response``, ``JSON`` and ``Answered`` are answers. Make your own type one to return it from handlers:
/// ```swift
/// extension Page: Answer {
///     func answer(_ context: Context) throws { context.html(render()) }
/// }
/// ```
public protocol Answer: SendableMetatype {
    /// Answers the request. Called once, on the handler's loop.
    func answer(_ context: Context) throws
}

extension String: Answer {
    /// The text as `text/plain; charset=utf-8`.
    public func answer(_ context: Context) { context.text(self) }
}

extension Optional: Answer where Wrapped: Answer {
    /// The answer, or 404 without one.
    public func answer(_ context: Context) throws {
        guard let self else { throw Abort(.notFound) }
        try self.answer(context)
    }
}

/// Says that the context has been answered already: what ``Context/text(_:)`` and its like return, so that a handler
/// may end with them.
public struct Answered: Answer, Sendable {
    init() {}

    public func answer(_ context: Context) {}
}
