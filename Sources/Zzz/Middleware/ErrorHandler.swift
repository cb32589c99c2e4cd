/// Renders errors as HTML or as problem details (RFC 9457), whichever the client would rather have. In the endpoint
/// pipeline it renders 404 and 405 too.
///
/// An app's own ``App/render(_:for:)`` is asked first. What an ``Abort`` says is told to the client; of any other error
/// only that there was one, and the log has the rest. In development, a page shows the error, the route, the request
/// and the parameters, without values of fields and parameters that look secret.
public struct ErrorHandler: Middleware {
    private let isDevelopment: Bool
    private let typePrefix: String?
    private let page: @Sendable (Abort, Context) -> String
    private let secrets: [String]

    /// - Parameters:
    ///   - isDevelopment: whether errors are shown as they are. Take it from the app's configuration, and never turn it
    ///     on where strangers can see it.
    ///   - typePrefix: makes the "type" of problem details, with the status behind it:
    ///     "https://example.com/problems/"; nil: no type, which means "about:blank".
    ///   - secrets: parts of the names of parameters and fields whose values are never shown.
    ///   - page: makes the HTML page of an error. Escape what is put into it.
    public init(
        isDevelopment: Bool = false, typePrefix: String? = nil,
        secrets: [String] = ["password", "secret", "token", "authorization", "cookie", "key"],
        page: @escaping @Sendable (Abort, Context) -> String = { abort, _ in ErrorHandler.plainPage(abort) }
    ) {
        self.isDevelopment = isDevelopment
        self.typePrefix = typePrefix
        self.secrets = secrets.map { $0.lowercased() }
        self.page = page
    }

    public func call(_ context: Context) throws -> Next {
        context.onError { error, context in try render(error, context) }
        return .next
    }

    private func render(_ error: any Error, _ context: Context) throws -> Response? {
        let abort = error as? Abort ?? Abort(.internalServerError)
        let isInternal = !(error is Abort)
        if !(isDevelopment && isInternal), let response = try context.instance.app.render(abort, for: context) {
            return response
        }
        let types = ["text/html", "application/json", "application/problem+json", "text/plain"]
        context.addVary("Accept")
        switch context.preferredType(among: types) {
        case "text/html"?:
            let html =
                isDevelopment && isInternal
                ? DeveloperPage(error: error, context: context, secrets: secrets).html : page(abort, context)
            return .html(html, status: abort.status)
        case "text/plain"?:
            return .text(abort.message + "\n", status: abort.status)
        default:
            return problem(abort, isDevelopment && isInternal ? error : nil)
        }
    }

    private func problem(_ abort: Abort, _ shown: (any Error)?) -> Response {
        var abort = abort
        if let typePrefix { abort.details.insert(("type", .string(typePrefix + "\(abort.status.rawValue)")), at: 0) }
        if let shown {
            abort.details.append(("error", .string("\(shown)")))
            abort.details.append(("errorType", .string("\(type(of: shown))")))
        }
        return Response(
            status: abort.status, contentType: "application/problem+json", body: .bytes(abort.problemBytes))
    }

    /// A short page with the status and the message.
    public static func plainPage(_ abort: Abort) -> String {
        let title = "\(abort.status)".escapedForHTML
        let message = abort.message == abort.status.reason ? "" : "<p>\(abort.message.escapedForHTML)</p>"
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><title>\(title)</title></head>
            <body><h1>\(title)</h1>\(message)</body></html>

            """
    }
}
