/// Sets fields that make browsers more careful. A field that the handler has set itself stays as it is.
public struct SecureHeaders: Middleware {
    /// Who may put a page into a frame; browsers that know `frame-ancestors` look at that instead.
    public enum FrameOptions: String, Sendable {
        case deny = "DENY"
        case sameOrigin = "SAMEORIGIN"
    }

    /// What a browser tells other pages about this one.
    public enum ReferrerPolicy: String, Sendable {
        case noReferrer = "no-referrer"
        case sameOrigin = "same-origin"
        case origin
        case strictOrigin = "strict-origin"
        case originWhenCrossOrigin = "origin-when-cross-origin"
        case strictOriginWhenCrossOrigin = "strict-origin-when-cross-origin"
        case noReferrerWhenDowngrade = "no-referrer-when-downgrade"
        case unsafeURL = "unsafe-url"
    }

    private let policy: ContentSecurityPolicy?
    private let policyName: String
    private let fields: [(name: String, value: String)]
    /// What every response gets: all but a policy with a nonce.
    private let common: FieldList

    /// - Parameters:
    ///   - policy: the content security policy; nil: none.
    ///   - isReportOnly: whether the policy is only reported on, to try it out.
    ///   - frameOptions: X-Frame-Options; nil: none.
    ///   - referrerPolicy: Referrer-Policy; nil: none.
    ///   - refusesSniffing: X-Content-Type-Options: nosniff.
    ///   - permissionsPolicy: Permissions-Policy, "camera=(), geolocation=(self)"; nil: none.
    ///   - openerPolicy: Cross-Origin-Opener-Policy; nil: none.
    ///   - resourcePolicy: Cross-Origin-Resource-Policy; nil: none.
    ///   - embedderPolicy: Cross-Origin-Embedder-Policy; nil: none.
    public init(
        policy: ContentSecurityPolicy? = .standard, isReportOnly: Bool = false,
        frameOptions: FrameOptions? = .sameOrigin, referrerPolicy: ReferrerPolicy? = .strictOriginWhenCrossOrigin,
        refusesSniffing: Bool = true, permissionsPolicy: String? = nil, openerPolicy: String? = "same-origin",
        resourcePolicy: String? = nil, embedderPolicy: String? = nil
    ) {
        self.policy = policy
        policyName = isReportOnly ? "Content-Security-Policy-Report-Only" : "Content-Security-Policy"
        let candidates: [(String, String?)] = [
            ("X-Content-Type-Options", refusesSniffing ? "nosniff" : nil),
            ("X-Frame-Options", frameOptions?.rawValue), ("Referrer-Policy", referrerPolicy?.rawValue),
            ("Permissions-Policy", permissionsPolicy), ("Cross-Origin-Opener-Policy", openerPolicy),
            ("Cross-Origin-Resource-Policy", resourcePolicy), ("Cross-Origin-Embedder-Policy", embedderPolicy),
        ]
        fields = candidates.compactMap { name, value in value.map { (name, $0) } }
        var common = FieldList()
        for (name, value) in fields { common.append(name, value) }
        if let policy, !policy.usesNonce { common.append(policyName, policy.text(nonce: nil)) }
        self.common = common
    }

    public func prepare(_ settings: inout RouteSettings) throws {
        if let problem = policy?.problem { throw StartupError(problem) }
        for (name, value) in fields where !value.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) {
            throw StartupError("\(name) cannot have a value with control characters")
        }
    }

    public func call(_ context: Context) throws -> Next {
        context.beforeSend { context in
            context.fields.merge(common)
            if let policy, policy.usesNonce {
                context.setMissingHeader(policyName, policy.text(nonce: context.cspNonce))
            }
        }
        return .next
    }
}

private enum Nonce: AssignKey { typealias Value = String }

extension Context {
    /// A nonce for this response, for `<script nonce="...">`, made when it is first asked for. A policy with
    /// ``ContentSecurityPolicy/Source/nonce`` names the same.
    public var cspNonce: String {
        if let nonce = assigns[Nonce.self] { return nonce }
        let nonce = RandomText.hexadecimal(bytes: 16)
        assigns[Nonce.self] = nonce
        return nonce
    }

    /// Sets a field unless the response has one with that name.
    func setMissingHeader(_ name: String, _ value: String) {
        if !fields.contains(name) { setHeader(name, value) }
    }
}
