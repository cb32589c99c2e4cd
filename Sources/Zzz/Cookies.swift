import ZzzAppABI

/// The cookies of a request (RFC 6265bis section 4.2). Nothing is copied until it is asked for. They come from the
/// client: sign what must not be changed.
public struct Cookies: Sequence {
    let context: Context

    /// The value of the first cookie with that name, the one with the longest path: browsers sort them.
    public subscript(name: String) -> String? {
        first { $0.name == name }?.value
    }

    /// The values of all cookies with that name.
    public func all(_ name: String) -> [String] { filter { $0.name == name }.map(\.value) }

    public func makeIterator() -> AnyIterator<(name: String, value: String)> {
        // A browser sends one line; HTTP/2 proxies send several.
        var lines = context.headers.all("cookie")[...]
        var pairs = Substring()
        return AnyIterator {
            while true {
                while pairs.isEmpty {
                    guard let line = lines.popFirst() else { return nil }
                    pairs = line[...]
                }
                let pair = pairs.prefix { $0 != ";" }
                pairs = pairs.dropFirst(pair.count + 1)
                guard let equals = pair.firstIndex(of: "=") else { continue }
                let name = pair[..<equals].trimmingBlanks()
                if !name.isEmpty { return (String(name), String(pair[pair.index(after: equals)...].trimmingBlanks())) }
            }
        }
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
        try setCookie(Cookie(name, "", path: path, domain: domain, maxAge: .zero, expiresAtSeconds: 0))
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
