import ZzzAppABI

/// A registered route: where the host's call becomes a call of the handler.
final class Endpoint: @unchecked Sendable {
    // Immutable after init, but for the back reference, which is unowned(unsafe) since the instance owns its
    // endpoints and is never freed.
    /// What a request calls: the handler itself, or the loop over the steps before it.
    let entry: Route.Action
    let action: Route.Action
    let steps: [Pipeline.Step]
    /// The steps after the endpoint pipeline that also see OPTIONS requests.
    let optionsSteps: [Pipeline.Step]
    /// The endpoints of the same path for other methods, which a request may be handed to. Set while loading.
    var siblings: Siblings?
    let parameterNames: [String]
    let pattern: String
    let source: String
    let streamsBody: Bool
    /// Whether multipart bodies come in pieces, for ``BodyParser``.
    private let streamsMultipart: Bool
    private let contexts: ContextPool
    unowned(unsafe) let instance: AppInstance

    init(_ route: Route, instance: AppInstance) {
        action = route.action
        steps = route.steps
        optionsSteps = route.optionsSteps
        entry = Self.entry(route)
        parameterNames = route.parameterNames
        pattern = route.pattern
        source = route.source
        streamsBody = route.streamsBody
        streamsMultipart = route.streamsMultipart
        contexts = instance.contexts
        self.instance = instance
    }

    /// Handles one request, on the loop's thread, inside the host's call.
    func handle(_ request: OpaquePointer, _ head: UnsafePointer<zzz_http_request>) {
        let slot = contexts.slot()
        // Taken out for the call, so that a handler that is stuck or frozen keeps its context to itself.
        var context = slot?.pointee.take() ?? Context(instance: instance, endpoint: self)
        context.begin(self, request, head)
        if streamsMultipart, !context.isBodyWhole { return RequestTask.start(context, Self.runAsync) }
        switch entry {
        case .sync(let handler):
            do {
                try handler(context)
                if context.phase != .answered { context.endWithoutAnswer() }
            } catch {
                context.fail(error)
            }
            context.end()
            if isKnownUniquelyReferenced(&context) { slot?.pointee = context }
        case .async(let handler):
            RequestTask.start(context, handler)
        case .invalid:
            preconditionFailure("an invalid route is never registered")
        }
    }
}
