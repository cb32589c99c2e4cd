/// Sends clients to HTTPS, and tells browsers to come that way by themselves (HSTS, RFC 6797).
///
/// Behind a proxy that ends TLS, put ``TrustedProxies`` before it: otherwise every request looks like plain HTTP, and
/// is redirected forever.
public struct ForceSSL: Middleware {
    /// Strict-Transport-Security.
    public struct HSTS: Hashable, Sendable {
        /// How long a browser remembers.
        public var maxAge: Duration
        public var includesSubdomains: Bool
        /// Whether browsers may have the name built in. Needs a year and the names below.
        public var isPreloaded: Bool

        public init(
            maxAge: Duration = .seconds(31_536_000), includesSubdomains: Bool = false, isPreloaded: Bool = false
        ) {
            self.maxAge = maxAge
            self.includesSubdomains = includesSubdomains
            self.isPreloaded = isPreloaded
        }

        var text: String {
            "max-age=\(maxAge.wholeSeconds)" + (includesSubdomains ? "; includeSubDomains" : "")
                + (isPreloaded ? "; preload" : "")
        }
    }

    private let hsts: HSTS?
    private let host: String?
    private let excludedHosts: [String]
    private let excludedPaths: [String]

    /// - Parameters:
    ///   - hsts: nil: browsers are not told to remember.
    ///   - host: where to send clients, "example.com:8443"; nil: the host that they asked for, on port 443.
    ///   - excludedHosts: hosts that may be asked over plain HTTP.
    ///   - excludedPaths: paths that may, with all below them: "/health".
    public init(
        hsts: HSTS? = HSTS(), host: String? = nil, excludedHosts: [String] = ["localhost", "127.0.0.1", "[::1]"],
        excludedPaths: [String] = []
    ) {
        self.hsts = hsts
        self.host = host
        self.excludedHosts = excludedHosts.map { $0.lowercased() }
        self.excludedPaths = excludedPaths
    }

    public func prepare(_ settings: inout RouteSettings) throws {
        guard let hsts, hsts.isPreloaded else { return }
        guard hsts.includesSubdomains, hsts.maxAge >= .seconds(31_536_000) else {
            throw StartupError("HSTS preloading needs a max age of a year and the subdomains")
        }
    }

    public func call(_ context: Context) throws -> Next {
        if context.isSecure {
            if let hsts { context.beforeSend { $0.setMissingHeader("Strict-Transport-Security", hsts.text) } }
            return .next
        }
        let name = context.host
        guard !excludedHosts.contains(name), !isExcluded(context.path) else { return .next }
        guard let target = host ?? (name.isEmpty ? nil : name) else {
            throw Abort(.badRequest, "Use HTTPS, and say which host.")
        }
        // 308 keeps the method, but what was sent in clear is known already: nobody should send it again by habit.
        let isSafe = context.method == .get || context.method == .head
        let query = context.rawQuery.map { "?" + $0 } ?? ""
        try context.redirect(
            to: "https://\(target)\(context.mount)\(context.path)\(query)",
            status: isSafe ? .movedPermanently : .permanentRedirect, external: true)
        return .halt
    }

    private func isExcluded(_ path: String) -> Bool {
        excludedPaths.contains { path == $0 || path.hasPrefix($0.hasSuffix("/") ? $0 : $0 + "/") }
    }
}
