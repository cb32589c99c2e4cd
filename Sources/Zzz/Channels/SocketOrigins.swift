/// Whose pages may open sockets. Browsers let any page open one, with the user's cookies, and say where the page is
/// from: that is what is looked at. Clients that are no browsers say nothing, and pass.
public enum SocketOrigins: Sendable {
    /// Pages of the host and port that the socket is asked for at.
    case sameHost
    /// Those, and pages of these origins: "https://app.example.com", or "//*.example.com" for every scheme, port and
    /// name below.
    case list([String])
    /// Those, and pages whose origin the function says yes to.
    case function(@Sendable (_ origin: String, _ context: Context) throws -> Bool)
    /// Everybody's: only for sockets that know nobody by a cookie.
    case any
}

/// Refuses pages of other origins, before a socket is opened.
struct SocketOriginCheck: Middleware {
    let origins: SocketOrigins
    /// What the socket wants of ``Session``.
    let needsSession: Bool

    func prepare(_ settings: inout RouteSettings) throws {
        if needsSession, !settings.hasSession {
            throw StartupError("connectInfo has .session: put Session before the socket")
        }
        guard case .list(let list) = origins else { return }
        for origin in list where Origin(origin) == nil { throw StartupError("\"\(origin)\" is no origin") }
    }

    func call(_ context: Context) throws -> Next {
        guard try isAllowed(context) else {
            throw Abort(.forbidden, "Pages of other sites may not open this socket.")
        }
        return .next
    }

    private func isAllowed(_ context: Context) throws -> Bool {
        if case .any = origins { return true }
        let sent = context.headers.all("origin")
        guard let origin = sent.first else {
            // Over long polling, a page can ask without being named, but not without being told apart.
            let sites = context.headers.all("sec-fetch-site")
            return sites.allSatisfy { $0 == "same-origin" || $0 == "none" }
        }
        guard sent.count == 1 else { return false }
        if context.isOwnOrigin(origin) { return true }
        switch origins {
        case .sameHost, .any: return false
        case .list(let list):
            guard let origin = Origin(origin), origin.scheme != nil else { return false }
            return list.contains { Origin($0).map(origin.matches) ?? false }
        case .function(let function): return try function(origin, context)
        }
    }
}
