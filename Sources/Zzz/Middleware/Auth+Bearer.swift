extension Auth {
    /// A token in the Authorization field (RFC 6750 section 2.1). ``Context/bearerToken`` is the token.
    public struct Bearer: Middleware {
        private let challenge: BearerChallenge
        private let verify: @Sendable (_ token: String, _ context: Context) throws -> Bool

        /// Tokens that are known beforehand, each compared in constant time.
        public init(realm: String = "Application", scope: String? = nil, tokens: [String]) {
            self.init(realm: realm, scope: scope) { token, _ in
                tokens.reduce(false) { isKnown, known in ConstantTime.equal(token, known) || isKnown }
            }
        }

        /// - Parameters:
        ///   - realm: what the token is for.
        ///   - scope: what it must allow, for the challenge; nil: not told.
        ///   - verify: whether the token is right. Throw an ``Abort`` with 403 for one that is, but allows too little.
        public init(
            realm: String = "Application", scope: String? = nil,
            verify: @escaping @Sendable (_ token: String, _ context: Context) throws -> Bool
        ) {
            challenge = BearerChallenge(realm: realm, scope: scope)
            self.verify = verify
        }

        public func prepare(_ settings: inout RouteSettings) throws { try challenge.check() }

        public func call(_ context: Context) throws -> Next {
            guard let token = credentials(of: context, scheme: "bearer") else { throw challenge.abort() }
            guard Self.isToken(token), try verify(token, context) else { throw challenge.abort(.invalidToken) }
            context.assigns[BearerToken.self] = token
            return .next
        }

        /// A b64token (RFC 6750 section 2.1).
        private static func isToken(_ text: String) -> Bool {
            let body = text.utf8.reversed().drop { $0 == UInt8(ascii: "=") }
            return !body.isEmpty
                && body.allSatisfy { byte in
                    switch byte {
                    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                    case _: "-._~+/".utf8.contains(byte)
                    }
                }
        }
    }
}

/// What a client is told about its token (RFC 6750 section 3).
struct BearerChallenge: Sendable {
    let realm: String
    /// What the token must allow; nil: not told.
    let scope: String?

    enum Problem: String {
        case invalidToken = "invalid_token"
        case insufficientScope = "insufficient_scope"
    }

    func check() throws {
        for text in [realm, scope ?? ""] { try Auth.checkChallenge(text) }
    }

    /// 401, or 403 for a token that allows too little. Who has sent no token is told about no error (section 3.1).
    func abort(_ problem: Problem? = nil, _ description: String? = nil) -> Abort {
        var challenge = "Bearer realm=\(Auth.quoted(realm))"
        if let scope { challenge += ", scope=\(Auth.quoted(scope))" }
        if let problem { challenge += ", error=\"\(problem.rawValue)\"" }
        if let description { challenge += ", error_description=\(Auth.quoted(description))" }
        return Abort(
            problem == .insufficientScope ? .forbidden : .unauthorized, description,
            headers: [("WWW-Authenticate", challenge)])
    }
}

/// The token that was verified.
enum BearerToken: AssignKey { typealias Value = String }

extension Context {
    /// The token that ``Auth/Bearer`` or ``Auth/JWT`` has verified.
    public var bearerToken: String? { assigns[BearerToken.self] }
}
