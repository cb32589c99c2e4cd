import ZzzBase64

extension Auth {
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

        public func prepare(_ settings: inout RouteSettings) throws { try checkChallenge(realm) }

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
}

private enum BasicUser: AssignKey { typealias Value = String }

extension Context {
    /// The name that ``Auth/Basic`` has verified.
    public var basicUser: String? { assigns[BasicUser.self] }
}
