/// Where a page comes from (RFC 6454): scheme, host and port of a URL or of an Origin field.
struct Origin {
    /// "https"; nil where a pattern leaves it open: "//example.com".
    let scheme: Substring?
    let host: String
    let port: Substring?

    /// Nil for "null" and whatever else names no host.
    init?(_ url: some StringProtocol) {
        guard let slashes = url.firstRange(of: "//") else { return nil }
        let start = url[..<slashes.lowerBound]
        guard start.isEmpty || start.hasSuffix(":") else { return nil }
        let authority = Substring(url[slashes.upperBound...].prefix { !"/?#".contains($0) }.lowercased())
        // An IPv6 address is in brackets (RFC 3986 section 3.2.2).
        let afterAddress = authority.lastIndex(of: "]") ?? authority.startIndex
        let colon = authority[afterAddress...].firstIndex(of: ":") ?? authority.endIndex
        guard colon > authority.startIndex else { return nil }
        scheme = start.isEmpty ? nil : Substring(start.dropLast().lowercased())
        host = String(authority[..<colon])
        port = colon < authority.endIndex ? authority[authority.index(after: colon)...] : nil
    }

    /// The port that is meant when none is named.
    var standardPort: Substring { scheme == "https" || scheme == "wss" ? "443" : "80" }

    /// Whether it is what a pattern says: its host may have `*` for one or more letters of names, and what it leaves
    /// out, scheme and port, is not compared.
    func matches(_ pattern: Origin) -> Bool {
        if let scheme = pattern.scheme {
            guard scheme == self.scheme, (port ?? standardPort) == (pattern.port ?? standardPort) else { return false }
        } else if let port = pattern.port {
            guard port == self.port ?? standardPort else { return false }
        }
        return pattern.host == host || pattern.host.contains("*") && OriginPattern.matches(pattern.host, host)
    }
}

extension Context {
    /// Whether the URL is of the host and port that were asked for. The scheme is not compared: a proxy may have taken
    /// TLS off.
    func isOwnOrigin(_ url: String) -> Bool {
        guard let origin = Origin(url), origin.scheme != nil, let own = Origin("//" + authority) else { return false }
        let standard = origin.standardPort
        return origin.host == own.host && (origin.port ?? standard) == (own.port ?? standard)
    }
}
