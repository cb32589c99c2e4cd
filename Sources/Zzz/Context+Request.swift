import ZzzAppABI

extension Context {
    /// The method. ``Method/other`` for one without a number: see ``methodName``.
    public var method: Method { overrides?.method ?? Method(rawValue: head.pointee.method) }

    /// The method as received: "GET", "PROPFIND".
    public var methodName: String { overrides?.method?.description ?? head.pointee.method_name.string }

    /// The path as received, not decoded, below the app's mount prefix: begins with "/".
    public var path: String { head.pointee.path.string }

    /// The request target as received (RFC 9112 section 3.2).
    public var rawTarget: String { head.pointee.target.string }

    /// The query as received, without "?"; nil when there was no "?".
    public var rawQuery: String? {
        head.pointee.flags & UInt16(ZZZ_REQUEST_HAS_QUERY) == 0 ? nil : head.pointee.query.string
    }

    /// The query's parameters, decoded when asked for.
    public var query: Query { Query(context: self) }

    /// The parameters of the route's pattern.
    public var params: Params { Params(context: self) }

    /// The request's fields.
    public var headers: Headers { Headers(context: self) }

    /// The prefix under which the app is mounted: "" or "/blog". Put it before paths in links.
    public var mount: String { head.pointee.mount.string }

    /// Host and port as the client named them: "example.com:8080"; empty on an HTTP/1.0 request without a Host field.
    public var authority: String { overrides?.authority ?? head.pointee.authority.string }

    /// The host without its port, in lower case: "example.com", "[::1]".
    public var host: String {
        let authority = authority
        return String(decoding: authority.utf8[..<Self.endOfHost(authority)], as: UTF8.self).lowercased()
    }

    /// The port that the client named, or nil.
    public var port: Int? {
        let authority = authority
        let end = Self.endOfHost(authority)
        guard end < authority.utf8.endIndex else { return nil }
        return Int(authority[authority.utf8.index(after: end)...])
    }

    /// Where the colon before the port is, or the end. An IPv6 address is in brackets (RFC 3986 section 3.2.2).
    private static func endOfHost(_ authority: String) -> String.Index {
        let bytes = authority.utf8
        let start = bytes.lastIndex(of: UInt8(ascii: "]")) ?? bytes.startIndex
        return bytes[start...].firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
    }

    /// "http", or "https" when the request came over TLS.
    public var scheme: String { isSecure ? "https" : "http" }

    /// Whether the request came over TLS, to the daemon or to a proxy that ``TrustedProxies`` trusts.
    public var isSecure: Bool { overrides?.isSecure ?? (head.pointee.flags & UInt16(ZZZ_REQUEST_SECURE) != 0) }

    /// The version: (1, 0) or (1, 1).
    public var version: (major: Int, minor: Int) { (1, Int(head.pointee.version_minor)) }

    /// The pattern of the route: "/users/:id".
    public var routePattern: String { endpoint.pattern }

    /// The client: the other end of the connection or, behind proxies that ``TrustedProxies`` trusts, what they say.
    public var remoteAddress: RemoteAddress? { overrides?.remoteAddress ?? peerAddress }

    /// The other end of the connection, a proxy perhaps.
    public var peerAddress: RemoteAddress? {
        guard let request else { return nil }
        var address = zzz_address()
        address.size = UInt32(MemoryLayout<zzz_address>.size)
        guard instance.host.http.pointee.peer(request, &address) >= 0 else { return nil }
        let text = withUnsafeBytes(of: address.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return RemoteAddress(text: text, port: Int(address.port))
    }
}

extension Context {
    /// What counts in place of what the host says.
    struct Overrides {
        var method: Method?
        var authority: String?
        var isSecure: Bool?
        var remoteAddress: RemoteAddress?
    }

    /// Changes what the request is taken for.
    func override(_ change: (inout Overrides) -> Void) {
        isTouched = true
        var changed = overrides ?? Overrides()
        change(&changed)
        overrides = changed
    }
}

/// The other end of a connection.
public struct RemoteAddress: Hashable, Sendable, CustomStringConvertible {
    /// "127.0.0.1", "::1", or a unix socket's path.
    public let text: String
    /// 0 for a unix socket.
    public let port: Int

    /// "127.0.0.1:50312", "[::1]:50312"
    public var description: String {
        if port == 0 { return text }
        return text.contains(":") ? "[\(text)]:\(port)" : "\(text):\(port)"
    }
}
