/// Who is asking: ``Basic`` by name and password, ``Bearer`` by token. Both answer 401 with a challenge (RFC 9110
/// section 11.6.1), and both need TLS to be worth anything.
public enum Auth {
    /// Credentials of a browser's own dialog (RFC 7617). ``Context/basicUser`` is the name.
    ///
    /// ```swift
    /// Auth.Basic(realm: "Admin") { name, password, context in
    ///     try context.users.check(name, password)
    /// }
    /// ```
    public struct Basic: Middleware {
        private let realm: String
        private let verify: @Sendable (_ name: String, _ password: String, _ context: Context) throws -> Bool

        /// One name and one password, compared in constant time.
        public init(realm: String = "Application", name: String, password: String) {
            self.init(realm: realm) { givenName, givenPassword, _ in
                let isName = ConstantTime.equal(givenName, name)
                let isPassword = ConstantTime.equal(givenPassword, password)
                return isName && isPassword
            }
        }

        /// - Parameters:
        ///   - realm: what the dialog says is being signed in to.
        ///   - verify: whether name and password are right. Compare with ``ConstantTime``, or check a slow hash.
        public init(
            realm: String = "Application",
            verify: @escaping @Sendable (_ name: String, _ password: String, _ context: Context) throws -> Bool
        ) {
            self.realm = realm
            self.verify = verify
        }

        public func prepare(_ settings: inout RouteSettings) throws { try check(realm: realm) }

        public func call(_ context: Context) throws -> Next {
            if let credentials = credentials(of: context, scheme: "basic"), let bytes = Base64.decode(credentials),
                let text = String(validating: bytes, as: UTF8.self), let colon = text.utf8.firstIndex(of: 0x3A)
            {
                let name = String(text[..<colon])
                if try verify(name, String(text[text.utf8.index(after: colon)...]), context) {
                    context.assigns[BasicUser.self] = name
                    return .next
                }
            }
            throw Abort(
                .unauthorized,
                headers: [("WWW-Authenticate", "Basic realm=\(quoted(realm)), charset=\"UTF-8\"")])
        }
    }

    /// A token in the Authorization field (RFC 6750 section 2.1). ``Context/bearerToken`` is the token.
    public struct Bearer: Middleware {
        private let realm: String
        private let scope: String?
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
            self.realm = realm
            self.scope = scope
            self.verify = verify
        }

        public func prepare(_ settings: inout RouteSettings) throws {
            try check(realm: realm)
            if let scope { try check(realm: scope) }
        }

        public func call(_ context: Context) throws -> Next {
            var challenge = "Bearer realm=\(quoted(realm))"
            if let scope { challenge += ", scope=\(quoted(scope))" }
            // RFC 6750 section 3.1: who has sent no token is told about no error.
            guard let token = credentials(of: context, scheme: "bearer") else {
                throw Abort(.unauthorized, headers: [("WWW-Authenticate", challenge)])
            }
            guard Self.isToken(token), try verify(token, context) else {
                throw Abort(.unauthorized, headers: [("WWW-Authenticate", challenge + ", error=\"invalid_token\"")])
            }
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

private enum BasicUser: AssignKey { typealias Value = String }
private enum BearerToken: AssignKey { typealias Value = String }

extension Context {
    /// The name that ``Auth/Basic`` has verified.
    public var basicUser: String? { assigns[BasicUser.self] }

    /// The token that ``Auth/Bearer`` has verified.
    public var bearerToken: String? { assigns[BearerToken.self] }
}

/// What follows the scheme in Authorization; nil without one such field, or with several.
private func credentials(of context: Context, scheme: String) -> String? {
    let lines = context.headers.all("authorization")
    guard lines.count == 1, let space = lines[0].firstIndex(of: " "), lines[0][..<space].lowercased() == scheme else {
        return nil
    }
    return String(lines[0][space...].trimmingBlanks())
}

private func check(realm: String) throws {
    guard realm.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else {
        throw StartupError("\"\(realm)\" has characters that a challenge cannot have")
    }
}

/// A quoted-string (RFC 9110 section 5.6.4).
private func quoted(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
}
