/// Refuses what another site makes a browser send in its user's name (cross-site request forgery), by what browsers
/// themselves say about where a request comes from: Sec-Fetch-Site (Fetch Metadata), and Origin or Referer for browsers
/// that do not send that.
///
/// GET, HEAD and OPTIONS pass: they must not change anything. Needs neither a session nor tokens in forms. Clients that
/// are no browsers send none of those fields and pass too, since nobody else's cookies are in them.
public struct CSRF: Middleware {
    private let trustedOrigins: [String]
    private let exemptPaths: [String]
    private let requiresEvidence: Bool

    /// - Parameters:
    ///   - trustedOrigins: other origins that may: "https://login.example.com". Subdomains are other origins.
    ///   - exemptPaths: paths that anybody may send to, with all below them: "/webhooks".
    ///   - requiresEvidence: whether requests without any of the fields are refused as well.
    public init(trustedOrigins: [String] = [], exemptPaths: [String] = [], requiresEvidence: Bool = false) {
        self.trustedOrigins = trustedOrigins
        self.exemptPaths = exemptPaths
        self.requiresEvidence = requiresEvidence
    }

    public func prepare(_ settings: inout RouteSettings) throws {
        for origin in trustedOrigins where !CORS.isOrigin(origin) || origin == "null" {
            throw StartupError("\"\(origin)\" is no origin")
        }
        for path in exemptPaths where !path.hasPrefix("/") { throw StartupError("\"\(path)\" is no path") }
    }

    public func call(_ context: Context) throws -> Next {
        guard ![.get, .head, .options].contains(context.method), !isExempt(context.path) else { return .next }
        guard isOwn(context) || isTrusted(context) else {
            throw Abort(.forbidden, "This was sent by another site.")
        }
        return .next
    }

    private func isExempt(_ path: String) -> Bool {
        exemptPaths.contains { path == $0 || path.hasPrefix($0.hasSuffix("/") ? $0 : $0 + "/") }
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
        if !origins.isEmpty { return origins.allSatisfy { isHere($0, context) } }
        let referrers = context.headers.all("referer")
        if !referrers.isEmpty { return referrers.allSatisfy { isHere($0, context) } }
        return !requiresEvidence
    }

    /// Whether the URL is of the host and port that were asked for. The scheme is not compared: a proxy may have taken
    /// TLS off.
    private func isHere(_ url: String, _ context: Context) -> Bool {
        guard let scheme = url.firstRange(of: "://") else { return false }
        let authority = url[scheme.upperBound...].prefix { !"/?#".contains($0) }.lowercased()
        let standard = url[..<scheme.lowerBound].lowercased() == "https" ? ":443" : ":80"
        let own = context.authority.lowercased()
        guard !own.isEmpty, !authority.isEmpty else { return false }
        return authority == own || authority + standard == own
    }
}
