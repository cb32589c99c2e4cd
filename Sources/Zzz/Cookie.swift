/// A cookie to be set (RFC 6265bis section 4.1).
///
/// ```swift
/// try context.setCookie(Cookie("theme", "dark", maxAge: .seconds(86_400 * 30)))
/// ```
/// By default it is for the whole site and for this session of the browser, hidden from scripts, sent along when a user
/// follows a link from elsewhere, and only sent back over TLS when the request came over TLS.
public struct Cookie: Hashable, Sendable {
    /// When a cookie goes with requests that another site caused.
    public enum SameSite: String, Sendable {
        /// Never.
        case strict = "Strict"
        /// When the user follows a link.
        case lax = "Lax"
        /// Always. Browsers then ask for `Secure`.
        case none = "None"
    }

    /// A token (RFC 9110 section 5.6.2).
    public var name: String
    /// Visible ASCII without `"`, `,`, `;` and `\`: encode anything else.
    public var value: String
    /// The path below which it is sent; nil: that of the request's directory.
    public var path: String?
    /// The domain, which includes those below it; nil: this very host.
    public var domain: String?
    /// How long it is kept; nil: until the browser ends its session. Zero or less removes it. Browsers keep none longer
    /// than 400 days.
    public var maxAge: Duration?
    /// When it ends, in seconds since 1970, for clients that do not know Max-Age, which counts more.
    public var expiresAtSeconds: Int64?
    /// Whether it is sent over TLS only. Nil: when the request came over TLS, or when something else needs it: a name
    /// with a prefix, `SameSite=None`, `Partitioned`.
    public var isSecure: Bool?
    /// Whether scripts cannot read it.
    public var isHTTPOnly: Bool
    /// Nil: no attribute, and browsers choose.
    public var sameSite: SameSite?
    /// Whether each site that embeds this one has a cookie jar of its own (CHIPS).
    public var isPartitioned: Bool

    public init(
        _ name: String, _ value: String = "", path: String? = "/", domain: String? = nil, maxAge: Duration? = nil,
        expiresAtSeconds: Int64? = nil, isSecure: Bool? = nil, isHTTPOnly: Bool = true, sameSite: SameSite? = .lax,
        isPartitioned: Bool = false
    ) {
        self.name = name
        self.value = value
        self.path = path
        self.domain = domain
        self.maxAge = maxAge
        self.expiresAtSeconds = expiresAtSeconds
        self.isSecure = isSecure
        self.isHTTPOnly = isHTTPOnly
        self.sameSite = sameSite
        self.isPartitioned = isPartitioned
    }

    /// The value of Set-Cookie. `overTLS` says how the request came. Throws ``CookieError`` for what browsers would
    /// ignore or read otherwise.
    public func fieldValue(overTLS: Bool) throws(CookieError) -> String {
        let isSecure = isSecure ?? (overTLS || needsSecure)
        try check(isSecure)
        var text = "\(name)=\(value)"
        if let path { text += "; Path=\(path)" }
        if let domain { text += "; Domain=\(domain)" }
        if let maxAge { text += "; Max-Age=\(maxAge.wholeSeconds)" }
        if let expiresAtSeconds { text += "; Expires=\(HTTPDate.text(atSeconds: expiresAtSeconds))" }
        if isSecure { text += "; Secure" }
        if isHTTPOnly { text += "; HttpOnly" }
        if let sameSite { text += "; SameSite=\(sameSite.rawValue)" }
        if isPartitioned { text += "; Partitioned" }
        return text
    }

    /// Names are compared without case here (RFC 6265bis section 5.7).
    private func hasPrefix(_ prefix: String) -> Bool {
        name.utf8.count >= prefix.utf8.count && zip(name.utf8, prefix.utf8).allSatisfy { $0.lowercasedASCII == $1 }
    }

    private var needsSecure: Bool {
        hasPrefix("__host-") || hasPrefix("__secure-") || sameSite == SameSite.none || isPartitioned
    }

    private func check(_ isSecure: Bool) throws(CookieError) {
        guard name.isToken else { throw CookieError(name, "the name is not a token") }
        guard value.utf8.allSatisfy(Self.isValueByte) else {
            throw CookieError(name, "the value has a character that must be encoded")
        }
        // RFC 6265bis section 5.6: more is ignored by browsers.
        guard name.utf8.count + value.utf8.count <= 4096 else {
            throw CookieError(name, "name and value have more than 4096 bytes")
        }
        for (attribute, text) in [("Path", path), ("Domain", domain)] {
            guard let text else { continue }
            guard text.utf8.count <= 1024 else { throw CookieError(name, "\(attribute) has more than 1024 bytes") }
            guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ";") }) else {
                throw CookieError(name, "\(attribute) has a character that it cannot have")
            }
        }
        if let path, !path.hasPrefix("/") { throw CookieError(name, "Path does not begin with /") }
        guard isSecure || !needsSecure else { throw CookieError(name, "browsers take it only with Secure") }
        if hasPrefix("__host-"), path != "/" || domain != nil {
            throw CookieError(name, "a name with __Host- needs Path=/ and no Domain")
        }
    }

    /// A cookie-octet (RFC 6265 section 4.1.1).
    private static func isValueByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x21, 0x23...0x2B, 0x2D...0x3A, 0x3C...0x5B, 0x5D...0x7E: true
        default: false
        }
    }
}

/// A cookie that browsers would ignore, or read otherwise than it was meant.
public struct CookieError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The cookie's name.
    public let name: String
    /// What is wrong with it.
    public let reason: String

    init(_ name: String, _ reason: String) {
        self.name = name
        self.reason = reason
    }

    public var description: String { "the cookie \(name): \(reason)" }
}

extension String {
    /// Whether it is a token (RFC 9110 section 5.6.2).
    var isToken: Bool {
        !isEmpty
            && utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                case _: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}
