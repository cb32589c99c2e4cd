import ZzzJSON

extension Auth {
    /// A JSON Web Token that says who is asking (RFC 7519, RFC 6750). ``Context/claims(as:)`` is what it says.
    ///
    /// ```swift
    /// struct Reader: Decodable { let sub: String; let admin: Bool? }
    ///
    /// let api = Pipeline { Auth.JWT(verifier, as: Reader.self) }
    /// get("/me", through: [api]) { context in context.claims(as: Reader.self)?.sub }
    /// ```
    /// A token that is refused is answered with 401, one that allows too little with 403, and the client is told why.
    public struct JWT<Claims: Decodable & Sendable>: Middleware {
        private let verifier: JWTVerifier
        private let sources: [TokenSource]
        private let challenge: BearerChallenge
        private let scopes: [String]
        private let isRequired: Bool

        /// - Parameters:
        ///   - verifier: which tokens are good.
        ///   - type: what the claims are decoded as; a token that cannot be is refused.
        ///   - sources: where to look for a token; the first one that is found counts. One in a cookie comes along
        ///     whoever caused the request, so put ``CSRF`` beside it.
        ///   - realm: what the token is for.
        ///   - scopes: what it must allow, all of it, in its claim "scope" or "scp".
        ///   - isRequired: false lets requests without a token pass, and has no claims for them.
        public init(
            _ verifier: JWTVerifier, as type: Claims.Type = JWTClaims.self, from sources: [TokenSource] = [.header],
            realm: String = "Application", scopes: [String] = [], isRequired: Bool = true
        ) {
            self.verifier = verifier
            self.sources = sources
            self.scopes = scopes
            self.isRequired = isRequired
            challenge = BearerChallenge(
                realm: realm, scope: scopes.isEmpty ? nil : scopes.joined(separator: " "))
        }

        public func prepare(_ settings: inout RouteSettings) throws {
            try challenge.check()
            if sources.isEmpty { throw StartupError("no place to look for a token") }
            try verifier.prepare(Crypto.process)
        }

        public func call(_ context: Context) throws -> Next {
            guard let token = token(context) else {
                guard isRequired else { return .next }
                throw challenge.abort()
            }
            do {
                let claims = try verifier.verify(token, context)
                guard Self.scopes(of: claims).isSuperset(of: scopes) else {
                    throw challenge.abort(.insufficientScope, "The token does not allow this.")
                }
                context.assigns[VerifiedClaims<Claims>.self] = try JWTVerifier.decode(claims, as: Claims.self)
            } catch let error as JWTError {
                throw challenge.abort(.invalidToken, "\(error)")
            }
            context.assigns[BearerToken.self] = token
            return .next
        }

        private func token(_ context: Context) -> String? {
            for source in sources {
                switch source {
                case .header:
                    if let token = credentials(of: context, scheme: "bearer") { return token }
                case .cookie(let name):
                    if let token = context.cookies[name] { return token }
                case .query(let name):
                    guard let token = context.query[name] else { continue }
                    // RFC 6750 section 2.3: shared caches must not keep what such an address leads to.
                    context.beforeSend { $0.setMissingHeader("Cache-Control", "private") }
                    return token
                }
            }
            return nil
        }

        /// RFC 8693 section 4.2 has one text with blanks between; others have a list.
        private static func scopes(of claims: JSONObject) -> Set<String> {
            guard let value = claims["scope"] ?? claims["scp"] else { return [] }
            if let list = value.arrayValue { return Set(list.compactMap(\.stringValue)) }
            return Set((value.stringValue ?? "").split(separator: " ").map(String.init))
        }
    }

    /// Where a token may be.
    public enum TokenSource: Sendable {
        /// `Authorization: Bearer ...`
        case header
        /// A cookie of that name.
        case cookie(String)
        /// A parameter of the query. Addresses are written into logs and shown to other sites: only for clients that
        /// cannot do otherwise, such as an EventSource.
        case query(String)
    }
}

private enum VerifiedClaims<Claims: Sendable>: AssignKey { typealias Value = Claims }

extension Context {
    /// What the token says that ``Auth/JWT`` has verified, as the type that was given there. Nil for a request without
    /// a token where none is required, or without ``Auth/JWT`` for that type.
    public func claims<Claims: Sendable>(as type: Claims.Type = JWTClaims.self) -> Claims? {
        assigns[VerifiedClaims<Claims>.self]
    }
}
