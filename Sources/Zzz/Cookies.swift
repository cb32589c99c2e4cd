import ZzzAppABI

/// The cookies of a request (RFC 6265bis section 4.2). Nothing is copied until it is asked for. They come from the
/// client: sign what must not be changed.
public struct Cookies: Sequence {
    let context: Context

    /// The value of the first cookie with that name, the one with the longest path: browsers sort them.
    public subscript(name: String) -> String? {
        for pair in pairs where pair.name.equals(name) { return String(decoding: pair.value, as: UTF8.self) }
        return nil
    }

    /// Whether there is a cookie with that name.
    public func contains(_ name: String) -> Bool {
        for pair in pairs where pair.name.equals(name) { return true }
        return false
    }

    /// The values of all cookies with that name.
    public func all(_ name: String) -> [String] {
        pairs.filter { $0.name.equals(name) }.map { String(decoding: $0.value, as: UTF8.self) }
    }

    public func makeIterator() -> AnyIterator<(name: String, value: String)> {
        var copies = pairs.map { (String(decoding: $0.name, as: UTF8.self), String(decoding: $0.value, as: UTF8.self)) }
            .makeIterator()
        return AnyIterator { copies.next() }
    }

    /// The pairs where the host keeps them.
    var pairs: some Sequence<CookiePairs.Element> {
        // A browser sends one line; HTTP/2 proxies send several.
        context.headers.slices("cookie").lazy.flatMap { CookiePairs($0.buffer) }
    }
}

extension Context {
    /// The cookies that came with the request.
    public var cookies: Cookies { Cookies(context: self) }

    /// Sets a cookie, in place of one with the same name that this response sets already. Throws ``CookieError``.
    public func setCookie(_ cookie: Cookie) throws {
        let value = try cookie.fieldValue(overTLS: isSecure)
        isTouched = true
        fields.remove("Set-Cookie", valuePrefix: cookie.name + "=")
        fields.append("Set-Cookie", value)
    }

    /// Removes a cookie from the browser. Path and domain must be those that it was set with.
    public func deleteCookie(_ name: String, path: String? = "/", domain: String? = nil) throws {
        try deleteCookie(like: Cookie(name, "", path: path, domain: domain))
    }

    /// Removes a cookie that was set with these attributes.
    func deleteCookie(like cookie: Cookie) throws {
        var empty = cookie
        empty.value = ""
        empty.maxAge = .zero
        empty.expiresAtSeconds = 0
        try setCookie(empty)
    }
}

extension Substring {
    /// Without blanks and tabs at both ends.
    func trimmingBlanks() -> Substring {
        var text = self
        while let first = text.utf8.first, first == 0x20 || first == 0x09 { text = text.dropFirst() }
        while let last = text.utf8.last, last == 0x20 || last == 0x09 { text = text.dropLast() }
        return text
    }
}
