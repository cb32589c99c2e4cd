/// Refuses what another site makes a browser send in its user's name (cross-site request forgery).
///
/// Two checks, and by default both have to be passed:
/// - the origin: what browsers themselves say about where a request comes from, in Sec-Fetch-Site (Fetch Metadata), and
///   in Origin or Referer where they do not send that. Clients that are no browsers send none of those and pass, since
///   nobody else's cookies are in them;
/// - the token: ``Context/csrfToken``, which belongs to the session, in a form's field or in a field of the request. It
///   needs ``Session`` before it and, for forms, ``BodyParser``.
///
/// GET, HEAD and OPTIONS pass: they must not change anything. What comes from a trusted origin passes both.
public struct CSRF: Middleware {
    /// What is looked at.
    public enum Check: Sendable {
        case origin
        case token
    }

    private let checks: Set<Check>
    private let trustedOrigins: [String]
    private let exemptPaths: [String]
    private let requiresEvidence: Bool
    private let field: String
    private let header: String

    /// - Parameters:
    ///   - checks: what a request has to pass, one or both.
    ///   - trustedOrigins: other origins that may: "https://login.example.com". Subdomains are other origins.
    ///   - exemptPaths: paths that anybody may send to, with all below them, "/webhooks", or patterns of routes,
    ///     "/hooks/:id".
    ///   - requiresEvidence: whether requests that say nothing of their origin are refused as well.
    ///   - field: where a form has the token.
    ///   - header: where a script has it, which counts more.
    public init(
        checks: Set<Check> = [.origin, .token], trustedOrigins: [String] = [], exemptPaths: [String] = [],
        requiresEvidence: Bool = false, field: String = "_csrf_token", header: String = "X-CSRF-Token"
    ) {
        self.checks = checks
        self.trustedOrigins = trustedOrigins
        self.exemptPaths = exemptPaths
        self.requiresEvidence = requiresEvidence
        self.field = field
        self.header = header
    }

    public func prepare(_ settings: inout RouteSettings) throws {
        for origin in trustedOrigins where !CORS.isOrigin(origin) || origin == "null" {
            throw StartupError("\"\(origin)\" is no origin")
        }
        for path in exemptPaths where !path.hasPrefix("/") { throw StartupError("\"\(path)\" is no path") }
        if checks.isEmpty { throw StartupError("no checks") }
        if checks.contains(.token), !settings.hasSession {
            throw StartupError("tokens belong to a session: put Session before it, or check the .origin alone")
        }
    }

    public func call(_ context: Context) throws -> Next {
        if field != CSRFToken.fieldName { context.csrfField = field }
        switch context.method {
        case .get, .head, .options: return .next
        default: break
        }
        if isExempt(context) || isTrusted(context) { return .next }
        if checks.contains(.origin), !isOwn(context) {
            throw Abort(.forbidden, "This was sent by another site.")
        }
        if checks.contains(.token), !hasToken(context) {
            throw Abort(.forbidden, "This form has expired. Go back, load its page again, and send it once more.")
        }
        return .next
    }

    private func isExempt(_ context: Context) -> Bool {
        guard !exemptPaths.isEmpty else { return false }
        let (path, pattern) = (context.path, context.routePattern)
        return exemptPaths.contains {
            path == $0 || pattern == $0 || path.hasPrefix($0.hasSuffix("/") ? $0 : $0 + "/")
        }
    }

    /// A token in the query is none: addresses are written into logs and shown to other sites.
    private func hasToken(_ context: Context) -> Bool {
        let sent = context.headers[header] ?? context.assigns[BodyParameters.self]?[field]?.stringValue
        guard let sent else { return false }
        return context.isCSRFToken(sent)
    }

    private func isTrusted(_ context: Context) -> Bool {
        let origins = context.headers.all("origin")
        return origins.count == 1 && trustedOrigins.contains(origins[0])
    }

    private func isOwn(_ context: Context) -> Bool {
        let sites = context.headers.all("sec-fetch-site")
        // "none": the user has typed or clicked it outside of any page.
        if !sites.isEmpty { return sites.allSatisfy { $0 == "same-origin" || $0 == "none" } }
        let origins = context.headers.all("origin")
        if !origins.isEmpty { return origins.allSatisfy { context.isOwnOrigin($0) } }
        let referrers = context.headers.all("referer")
        if !referrers.isEmpty { return referrers.allSatisfy { context.isOwnOrigin($0) } }
        return !requiresEvidence
    }
}
