extension Cookie {
    /// What keeps a cookie's value from being changed by whoever has it. Both bind it to the cookie's name and carry
    /// their own end, and need ``App/secretKeyBase``.
    public enum Protection: Sendable {
        /// Everybody can read it, nobody can change it.
        case signed
        /// Nobody can read or change it.
        case encrypted
    }
}

/// The cookies of a request that were set with a ``Cookie/Protection``.
public struct ProtectedCookies {
    let context: Context
    let protection: Cookie.Protection

    /// The value of the first cookie with that name which nobody has changed and which has not expired; nil without
    /// one. An error without a secret.
    public subscript(name: String) -> String? {
        get throws {
            for content in try contents(of: name) {
                if case .bytes(let bytes) = content { return String(validating: bytes, as: UTF8.self) }
            }
            return nil
        }
    }

    /// Others can set cookies of the same name, from a subdomain or for another path, so the first one is not always
    /// the app's own; but they cannot make it look at any number of them.
    static let maximumCount = 4

    /// What is in the cookies of that name.
    func contents(of name: String) throws -> [CookieSeal.Content] {
        let pairs = context.cookies.pairs.lazy.filter { $0.name.equals(name) }.prefix(Self.maximumCount)
        var contents: [CookieSeal.Content] = []
        for pair in pairs {
            let seal = try context.cookieSeal(protection)
            contents.append(try seal.open(pair.value, name: name, nowSeconds: context.instance.clock.seconds()))
        }
        return contents
    }
}

extension Cookies {
    /// Those that were set as `.signed`: `try context.cookies.signed["theme"]`.
    public var signed: ProtectedCookies { ProtectedCookies(context: context, protection: .signed) }

    /// Those that were set as `.encrypted`.
    public var encrypted: ProtectedCookies { ProtectedCookies(context: context, protection: .encrypted) }
}

extension Context {
    /// Sets a cookie whose value nobody else can make, whatever text it is:
    /// ```swift
    /// try context.setCookie(Cookie("reader", user.name, maxAge: .seconds(30 * 86_400)), .signed)
    /// let reader = try context.cookies.signed["reader"]
    /// ```
    /// The value ends when the cookie does; that of one without an end after `validFor`, even if the browser keeps it.
    /// Throws ``CookieError``, for example when it would have more than 4096 bytes.
    public func setCookie(
        _ cookie: Cookie, _ protection: Cookie.Protection, validFor: Duration = .seconds(86_400)
    ) throws {
        let end =
            cookie.maxAge == nil
            ? cookie.expiresAtSeconds ?? instance.clock.seconds(after: validFor)
            : instance.clock.seconds(after: cookie.maxAge ?? .zero)
        try setCookie(cookie, protection, bytes: Array(cookie.value.utf8), expiresAtSeconds: end)
    }

    /// The same with the value in bytes, and its end apart from the cookie's.
    func setCookie(
        _ cookie: Cookie, _ protection: Cookie.Protection, bytes: [UInt8], expiresAtSeconds: Int64
    ) throws {
        var sealed = cookie
        sealed.value = try cookieSeal(protection).value(
            of: bytes, name: cookie.name, expiresAtSeconds: expiresAtSeconds)
        try setCookie(sealed)
    }

    func cookieSeal(_ protection: Cookie.Protection) throws -> CookieSeal {
        guard let keys = instance.keys else {
            throw MisuseError(SecretKeys.missing(for: "a protected cookie"))
        }
        return CookieSeal(protection: protection, keys: keys, crypto: crypto)
    }
}
