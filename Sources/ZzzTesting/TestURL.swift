import ZzzHTTP

/// Where a request goes: "/entries?page=2", or with scheme and host.
struct TestURL: Sendable, Equatable {
    var isSecure: Bool
    /// Host and port, as the Host field has them.
    var authority: String
    /// As sent: begins with "/", and holds no fragment.
    var path: String
    var query: String?

    /// - Throws: ``TestFailure`` for what is no http or https URL with a host.
    init(base text: String) throws {
        guard let url = TestURL(absolute: text) else { throw TestFailure("\"\(text)\" is no http or https URL") }
        self = url
    }

    private init?(absolute text: String) {
        let lower = text.lowercased()
        guard lower.hasPrefix("http://") || lower.hasPrefix("https://") else { return nil }
        isSecure = lower.hasPrefix("https://")
        let rest = text.dropFirst(isSecure ? 8 : 7)
        authority = String(rest.prefix { !"/?#".contains($0) }).lowercased()
        guard !authority.isEmpty, !authority.contains("@") else { return nil }
        (path, query) = Self.split(rest.dropFirst(authority.count))
    }

    /// What a reference means on this page (RFC 3986 section 5.2). Nil for another scheme, such as mailto.
    func resolving(_ reference: String) -> TestURL? {
        if let url = TestURL(absolute: reference) { return url }
        var url = self
        if reference.hasPrefix("//") { return TestURL(absolute: (isSecure ? "https:" : "http:") + reference) }
        guard !Self.hasScheme(reference) else { return nil }
        let (path, query) = Self.split(reference[...])
        if reference.hasPrefix("/") {
            url.path = Self.withoutDots(path)
        } else if !reference.isEmpty, !"?#".contains(reference.first ?? "?") {
            let last = self.path.lastIndex(of: "/") ?? self.path.startIndex
            url.path = Self.withoutDots(self.path[..<last] + path)
        } else if !reference.hasPrefix("?") {
            return url
        }
        url.query = query
        return url
    }

    /// Path and query, as the request line has them.
    var target: String { query.map { "\(path)?\($0)" } ?? path }

    /// "http://localhost/entries?page=2"
    var text: String { "\(isSecure ? "https" : "http")://\(authority)\(target)" }

    /// Without the port.
    var host: String {
        guard !authority.hasPrefix("[") else { return String(authority.prefix { $0 != "]" }) + "]" }
        return String(authority.prefix { $0 != ":" })
    }

    /// The path, which begins with "/" whatever came, and the query; without the fragment.
    private static func split(_ text: Substring) -> (String, String?) {
        let text = text.prefix { $0 != "#" }
        let path = text.prefix { $0 != "?" }
        let query = path.endIndex < text.endIndex ? String(text[text.index(after: path.endIndex)...]) : nil
        return (path.hasPrefix("/") ? String(path) : "/" + path, query)
    }

    private static func hasScheme(_ text: String) -> Bool {
        guard let colon = text.firstIndex(of: ":") else { return false }
        return text[..<colon].allSatisfy { $0.isLetter || $0.isNumber || "+-.".contains($0) } && colon > text.startIndex
    }

    /// RFC 3986 section 5.2.4.
    private static func withoutDots(_ path: String) -> String {
        var kept: [Substring] = []
        let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        for (index, segment) in segments.enumerated() {
            let isLast = index == segments.count - 1
            switch segment {
            case ".": if isLast { kept.append("") }
            case "..":
                _ = kept.popLast()
                if isLast { kept.append("") }
            default: kept.append(segment)
            }
        }
        return "/" + kept.joined(separator: "/")
    }
}

/// application/x-www-form-urlencoded, in queries and bodies (WHATWG URL section 5).
enum FormEncoding {
    static func text(_ pairs: [(String, String)]) -> String {
        pairs.map { "\(component($0.0))=\(component($0.1))" }.joined(separator: "&")
    }

    private static func component(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case 0x20: encoded += "+"
            case 0x2A, 0x2D, 0x2E, 0x30...0x39, 0x41...0x5A, 0x5F, 0x61...0x7A:
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default: encoded += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return encoded
    }
}
