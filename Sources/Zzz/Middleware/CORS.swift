/// Lets pages of other origins read the responses (the fetch standard, section 3.3).
///
/// ```swift
/// CORS(origins: .list(["https://app.example.com"]), allowsCredentials: true)
/// ```
/// It answers preflights itself, for the routes that it is put before; in the endpoint pipeline that is all of them. An
/// origin that is not allowed gets a response without these fields, which the browser then keeps from the page: CORS
/// opens a door, it does not guard one.
public struct CORS: Middleware {
    /// Who may read.
    public enum Origins: Sendable {
        /// Everybody; never together with credentials.
        case any
        /// These: "https://app.example.com", without a slash at the end.
        case list([String])
        /// These, with `*` for one or more labels of a name or for any port: "https://*.example.com".
        case patterns([String])
        /// Those that the function says yes to.
        case function(@Sendable (_ origin: String, _ context: Context) throws -> Bool)
    }

    /// Which request fields a page may set.
    public enum RequestHeaders: Sendable {
        /// These, beside those that are always allowed.
        case list([String])
        /// Whatever the preflight asks for.
        case requested
    }

    private let origins: Origins
    private let methods: [Method]?
    private let headers: RequestHeaders
    private let exposed: [String]
    private let allowsCredentials: Bool
    private let maxAge: Duration?
    private let allowsPrivateNetwork: Bool

    /// - Parameters:
    ///   - origins: who may read.
    ///   - methods: what pages may use; nil: whatever the path takes.
    ///   - headers: the request fields that pages may set.
    ///   - exposedHeaders: the response fields that pages may read, beside those that they always may.
    ///   - allowsCredentials: whether cookies and the like go along.
    ///   - maxAge: how long a browser may keep the answer to a preflight; nil: as it likes, 5 seconds.
    ///   - allowsPrivateNetwork: whether public pages may ask a server in a private network.
    public init(
        origins: Origins, methods: [Method]? = nil, headers: RequestHeaders = .list([]),
        exposedHeaders: [String] = [], allowsCredentials: Bool = false, maxAge: Duration? = .seconds(600),
        allowsPrivateNetwork: Bool = false
    ) {
        self.origins = origins
        self.methods = methods
        self.headers = headers
        exposed = exposedHeaders
        self.allowsCredentials = allowsCredentials
        self.maxAge = maxAge
        self.allowsPrivateNetwork = allowsPrivateNetwork
    }

    public func prepare(_ settings: inout RouteSettings) throws {
        settings.handlesOptions = true
        if case .any = origins, allowsCredentials {
            throw StartupError("credentials for every origin would give every page the user's rights: list the origins")
        }
        if case .list(let list) = origins {
            for origin in list where !Self.isOrigin(origin) { throw StartupError("\"\(origin)\" is no origin") }
        }
        if case .patterns(let list) = origins {
            for pattern in list where !Self.isOrigin(pattern.replacing("*", with: "x")) {
                throw StartupError("\"\(pattern)\" is no pattern of an origin")
            }
        }
        let names: [String] = if case .list(let list) = headers { list + exposed } else { exposed }
        for name in names where !name.isToken { throw StartupError("\"\(name)\" is no name of a field") }
    }

    public func call(_ context: Context) throws -> Next {
        let isPreflight =
            context.method == .options && context.headers.contains("origin")
            && context.headers.contains("access-control-request-method")
        guard let origin = context.headers["origin"], try allows(origin, context) else {
            context.beforeSend { addVary($0, isPreflight: isPreflight) }
            guard isPreflight else { return .next }
            context.noContent()
            return .halt
        }
        context.beforeSend {
            addVary($0, isPreflight: isPreflight)
            addFields($0, origin, isPreflight: isPreflight)
        }
        guard isPreflight else { return .next }
        context.noContent()
        return .halt
    }

    private func addVary(_ context: Context, isPreflight: Bool) {
        if case .any = origins {} else { context.addVary("Origin") }
        guard isPreflight else { return }
        context.addVary("Access-Control-Request-Method")
        if case .requested = headers { context.addVary("Access-Control-Request-Headers") }
        if allowsPrivateNetwork { context.addVary("Access-Control-Request-Private-Network") }
    }

    private func addFields(_ context: Context, _ origin: String, isPreflight: Bool) {
        let value = if case .any = origins { "*" } else { origin }
        context.setHeader("Access-Control-Allow-Origin", value)
        if allowsCredentials { context.setHeader("Access-Control-Allow-Credentials", "true") }
        guard isPreflight else {
            if !exposed.isEmpty {
                context.setHeader("Access-Control-Expose-Headers", exposed.joined(separator: ", "))
            }
            return
        }
        context.setHeader("Access-Control-Allow-Methods", allowedMethods(context))
        if let names = allowedHeaders(context) { context.setHeader("Access-Control-Allow-Headers", names) }
        if let maxAge { context.setHeader("Access-Control-Max-Age", "\(maxAge.wholeSeconds)") }
        if allowsPrivateNetwork, context.headers["access-control-request-private-network"] == "true" {
            context.setHeader("Access-Control-Allow-Private-Network", "true")
        }
    }

    private func allowedMethods(_ context: Context) -> String {
        if let methods { return methods.map(\.description).joined(separator: ", ") }
        return context.endpoint.siblings?.allow ?? context.headers["access-control-request-method"] ?? ""
    }

    private func allowedHeaders(_ context: Context) -> String? {
        switch headers {
        case .list(let names): names.isEmpty ? nil : names.joined(separator: ", ")
        case .requested:
            context.headers["access-control-request-headers"].flatMap { text in
                let names = text.split(separator: ",").map { String($0.trimmingBlanks()) }
                return names.allSatisfy(\.isToken) && !names.isEmpty ? names.joined(separator: ", ") : nil
            }
        }
    }

    private func allows(_ origin: String, _ context: Context) throws -> Bool {
        switch origins {
        case .any: true
        case .list(let list): list.contains(origin)
        case .patterns(let list): list.contains { OriginPattern.matches($0, origin) }
        case .function(let function): try Self.isOrigin(origin) && function(origin, context)
        }
    }

    /// A scheme, a name and perhaps a port (RFC 6454 section 6.2), or "null".
    static func isOrigin(_ text: String) -> Bool {
        if text == "null" { return true }
        guard let colon = text.firstRange(of: "://") else { return false }
        let rest = text[colon.upperBound...]
        return !text[..<colon.lowerBound].isEmpty && !rest.isEmpty
            && rest.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                case _: "-._:[]".utf8.contains(byte)
                }
            }
    }
}

/// Compares an origin with a pattern: `*` stands for one or more letters, digits, dots and hyphens, so that it never
/// goes past a name or a port.
enum OriginPattern {
    static func matches(_ pattern: String, _ origin: String) -> Bool {
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
        guard let first = parts.first, origin.hasPrefix(first) else { return false }
        var rest = origin.dropFirst(first.count)
        for (index, part) in parts.enumerated().dropFirst() {
            let isLast = index == parts.count - 1
            guard let end = isLast ? suffixStart(rest, part) : rest.dropFirst().firstRange(of: part)?.lowerBound,
                end > rest.startIndex, rest[..<end].utf8.allSatisfy(isNameByte)
            else { return false }
            rest = rest[end...].dropFirst(part.count)
        }
        return rest.isEmpty
    }

    private static func suffixStart(_ text: Substring, _ suffix: Substring) -> String.Index? {
        text.hasSuffix(suffix) ? text.index(text.endIndex, offsetBy: -suffix.count) : nil
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "."), UInt8(ascii: "-"): true
        default: false
        }
    }
}
