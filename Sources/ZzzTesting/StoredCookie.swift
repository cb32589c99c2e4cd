import ZzzHTTP

/// A cookie in a jar.
public struct StoredCookie: Sendable, Hashable {
    public let name: String
    public internal(set) var value: String
    /// The host that has set it, or the domain that it has set it for.
    public private(set) var domain: String
    /// Whether it goes to `domain` alone, and not to what is below it.
    public private(set) var isHostOnly = true
    public private(set) var path = "/"
    public private(set) var isSecure = false
    public private(set) var isHTTPOnly = false
    /// "Strict", "Lax", "None"; nil when it was not said.
    public private(set) var sameSite: String?
    /// Seconds since 1970; nil: until the browser ends its session.
    public private(set) var expiresAt: Int64?
    var createdAt: Int64 = 0

    /// The longest name and value together, and the longest value of an attribute, in bytes (RFC 6265bis section 5.6).
    static let maximumBytes = 4096
    static let maximumAttributeBytes = 1024
    /// Nothing is kept longer (RFC 6265bis section 5.5).
    static let maximumAge: Int64 = 400 * 86_400

    init(name: String, value: String, domain: String) {
        self.name = name
        self.value = value
        self.domain = domain
    }

    /// What a line of Set-Cookie sets; nil for what a browser ignores (RFC 6265bis sections 5.6 and 5.7).
    init?(_ line: String, from url: TestURL, now: Int64) {
        let parts = line.split(separator: ";", omittingEmptySubsequences: false).map { $0.trimmingBlanks() }
        guard let equals = parts[0].firstIndex(of: "=") else { return nil }
        self.init(
            name: String(parts[0][..<equals].trimmingBlanks()),
            value: String(parts[0][parts[0].index(after: equals)...].trimmingBlanks()), domain: url.host)
        guard !name.isEmpty || !value.isEmpty, name.utf8.count + value.utf8.count <= Self.maximumBytes,
            !line.unicodeScalars.contains(where: { $0.value < 0x20 && $0 != "\t" || $0.value == 0x7F })
        else { return nil }
        createdAt = now
        path = Self.defaultPath(url.path)
        var maxAge: Int64?
        var expires: Int64?
        for part in parts.dropFirst() {
            let key = part.prefix { $0 != "=" }
            let text = part[key.endIndex...].dropFirst().trimmingBlanks()
            guard text.utf8.count <= Self.maximumAttributeBytes else { continue }
            switch key.trimmingBlanks().lowercased() {
            case "domain":
                let wanted = (text.hasPrefix(".") ? text.dropFirst() : text).lowercased()
                guard !wanted.isEmpty else { break }
                domain = wanted
                isHostOnly = false
            case "path": path = text.hasPrefix("/") ? String(text) : Self.defaultPath(url.path)
            case "secure": isSecure = true
            case "httponly": isHTTPOnly = true
            case "samesite": sameSite = ["Strict", "Lax", "None"].first { $0.lowercased() == text.lowercased() }
            case "max-age": maxAge = Self.maxAge(text) ?? maxAge
            case "expires": expires = Self.date(text, now: now) ?? expires
            default: break
            }
        }
        if let maxAge {
            expiresAt = maxAge <= 0 ? .min : now + min(maxAge, Self.maximumAge)
        } else if let expires {
            expiresAt = min(expires, now + Self.maximumAge)
        }
        guard isAllowed(for: url) else { return nil }
    }

    private func isAllowed(for url: TestURL) -> Bool {
        guard isHostOnly || Self.host(url.host, isIn: domain), !isSecure || url.isSecure else { return false }
        if sameSite == "None", !isSecure { return false }
        let prefix = name.lowercased()
        if prefix.hasPrefix("__secure-"), !isSecure { return false }
        if prefix.hasPrefix("__host-"), !isSecure || !isHostOnly || path != "/" { return false }
        return true
    }

    func isSame(as other: StoredCookie) -> Bool {
        name == other.name && domain == other.domain && path == other.path && isHostOnly == other.isHostOnly
    }

    /// Whether a request to that URL carries it.
    func goes(with url: TestURL) -> Bool {
        (isHostOnly ? url.host == domain : Self.host(url.host, isIn: domain)) && (!isSecure || url.isSecure)
            && Self.path(url.path, isBelow: path)
    }

    /// RFC 6265bis section 5.1.3. An address has nothing below it.
    private static func host(_ host: String, isIn domain: String) -> Bool {
        guard host != domain else { return true }
        let isAddress = host.hasPrefix("[") || host.allSatisfy { $0.isNumber || $0 == "." }
        return host.hasSuffix(".\(domain)") && !isAddress
    }

    /// RFC 6265bis section 5.1.4.
    private static func path(_ path: String, isBelow parent: String) -> Bool {
        path == parent || path.hasPrefix(parent.hasSuffix("/") ? parent : parent + "/")
    }

    private static func defaultPath(_ path: String) -> String {
        guard let last = path.lastIndex(of: "/"), last > path.startIndex else { return "/" }
        return String(path[..<last])
    }

    private static func maxAge(_ text: Substring) -> Int64? {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text
        guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        // More than fits is for ever, or long ago.
        return Int64(text) ?? (text.hasPrefix("-") ? .min : .max)
    }

    private static func date(_ text: Substring, now: Int64) -> Int64? {
        Array(text.utf8).withUnsafeBytes { HTTPDate.parse($0, now: now) }
    }
}
