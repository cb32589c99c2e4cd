/// What a page may load and do (CSP Level 3).
///
/// ```swift
/// let policy = ContentSecurityPolicy()
///     .set(.defaultSources, .ownOrigin)
///     .set(.scripts, .nonce, .strictDynamic)
///     .set(.frameAncestors, .none)
/// ```
public struct ContentSecurityPolicy: Sendable {
    /// What a rule is about.
    public struct Directive: Hashable, Sendable, ExpressibleByStringLiteral {
        /// "script-src"
        public let name: String

        public init(stringLiteral name: String) { self.name = name }

        public static let defaultSources: Directive = "default-src"
        public static let scripts: Directive = "script-src"
        public static let styles: Directive = "style-src"
        public static let images: Directive = "img-src"
        public static let fonts: Directive = "font-src"
        public static let media: Directive = "media-src"
        public static let connections: Directive = "connect-src"
        public static let objects: Directive = "object-src"
        public static let frames: Directive = "frame-src"
        public static let workers: Directive = "worker-src"
        public static let manifests: Directive = "manifest-src"
        public static let baseURI: Directive = "base-uri"
        public static let formActions: Directive = "form-action"
        public static let frameAncestors: Directive = "frame-ancestors"
        public static let upgradeInsecureRequests: Directive = "upgrade-insecure-requests"
        public static let sandbox: Directive = "sandbox"
        public static let reportTo: Directive = "report-to"
        public static let requireTrustedTypes: Directive = "require-trusted-types-for"
    }

    /// What is allowed.
    public struct Source: Hashable, Sendable, ExpressibleByStringLiteral {
        /// As it is written: "'self'", "https://cdn.example.com", "data:".
        public let text: String
        let isNonce: Bool

        public init(stringLiteral text: String) { self.init(text) }

        public init(_ text: String) {
            self.text = text
            isNonce = false
        }

        private init(nonce: Bool) {
            text = "'nonce-...'"
            isNonce = nonce
        }

        public static let ownOrigin: Source = "'self'"
        public static let none: Source = "'none'"
        public static let unsafeInline: Source = "'unsafe-inline'"
        public static let unsafeEval: Source = "'unsafe-eval'"
        public static let strictDynamic: Source = "'strict-dynamic'"
        public static let reportSample: Source = "'report-sample'"
        public static let data: Source = "data:"
        public static let https: Source = "https:"
        /// Elements with the nonce of this response: ``Context/cspNonce``.
        public static let nonce = Source(nonce: true)
    }

    private var rules: [(directive: Directive, sources: [Source])] = []

    public init() {}

    /// A start for most sites: everything from the own origin, nothing embedded, no plug-ins.
    public static let standard = ContentSecurityPolicy()
        .set(.defaultSources, .ownOrigin).set(.objects, .none).set(.baseURI, .ownOrigin)
        .set(.formActions, .ownOrigin).set(.frameAncestors, .ownOrigin)

    /// The policy with that rule, in place of one for the same directive.
    public func set(_ directive: Directive, _ sources: Source...) -> ContentSecurityPolicy {
        var policy = self
        policy.rules.removeAll { $0.directive == directive }
        policy.rules.append((directive, sources))
        return policy
    }

    var usesNonce: Bool { rules.contains { $0.sources.contains(where: \.isNonce) } }

    /// What cannot be in a policy, or nil.
    var problem: String? {
        for (directive, sources) in rules {
            for text in [directive.name] + sources.map(\.text)
            where text.isEmpty || !text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x3B && $0 != 0x2C }) {
                return "\"\(text)\" cannot be in a policy"
            }
        }
        return nil
    }

    /// The value of the field.
    func text(nonce: String?) -> String {
        rules.map { directive, sources in
            ([directive.name] + sources.map { $0.isNonce ? "'nonce-\(nonce ?? "")'" : $0.text }).joined(separator: " ")
        }.joined(separator: "; ")
    }
}
