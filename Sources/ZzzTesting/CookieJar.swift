import Glibc
import Synchronization

/// The cookies of one client, kept as a browser keeps them (RFC 6265bis section 5): by domain, path, scheme and time.
public final class CookieJar: Sendable {
    /// The most cookies that are kept: the oldest go first.
    static let capacity = 1_000

    private struct State {
        var cookies: [StoredCookie] = []
        /// How far the jar's clock is ahead, in seconds.
        var ahead: Int64 = 0
    }

    private let state = Mutex(State())

    private let host: String

    /// - Parameter host: of the app.
    init(host: String) { self.host = host }

    /// All that have not expired, in the order in which they were set.
    public var all: [StoredCookie] { state.withLock { Self.living(&$0) } }

    /// The value of the cookie with that name, on whatever path.
    public subscript(name: String) -> String? { all.last { $0.name == name }?.value }

    /// Changes the value of a cookie, as somebody does who tampers with it; sets one for every path of the app's host
    /// when there is none of that name.
    public func set(_ name: String, _ value: String) {
        let now = unixSeconds()
        state.withLock { state in
            let known = Self.living(&state).filter { $0.name == name }
            for var cookie in known {
                cookie.value = value
                Self.store(cookie, &state)
            }
            guard known.isEmpty else { return }
            var cookie = StoredCookie(name: name, value: value, domain: host)
            cookie.createdAt = now + state.ahead
            Self.store(cookie, &state)
        }
    }

    public func remove(_ name: String) { state.withLock { $0.cookies.removeAll { $0.name == name } } }

    public func removeAll() { state.withLock { $0.cookies = [] } }

    /// Lets time pass for the jar, so that cookies expire.
    func advance(by duration: Duration) { state.withLock { $0.ahead += duration.components.seconds } }

    /// Ends the browser's session: cookies without an end of their own go.
    public func endSession() { state.withLock { $0.cookies.removeAll { $0.expiresAt == nil } } }

    // MARK: For requests

    func take(_ headers: TestHeaders, from url: TestURL) {
        for line in headers.all("set-cookie") {
            let now = unixSeconds()
            state.withLock { state in
                guard let cookie = StoredCookie(line, from: url, now: now + state.ahead) else { return }
                Self.store(cookie, &state)
            }
        }
    }

    /// The value of Cookie, nil for none (RFC 6265bis section 5.8.3).
    func field(for url: TestURL) -> String? {
        let matching = all.filter { $0.goes(with: url) }
        guard !matching.isEmpty else { return nil }
        // Longer paths first; sort(by:) is stable, so that otherwise older ones are.
        return matching.sorted { $0.path.utf8.count > $1.path.utf8.count }.map { "\($0.name)=\($0.value)" }
            .joined(separator: "; ")
    }

    private static func store(_ cookie: StoredCookie, _ state: inout State) {
        if let place = state.cookies.firstIndex(where: { $0.isSame(as: cookie) }) {
            state.cookies[place] = cookie
        } else {
            state.cookies.append(cookie)
        }
        _ = living(&state)
        if state.cookies.count > capacity { state.cookies.removeFirst(state.cookies.count - capacity) }
    }

    private static func living(_ state: inout State) -> [StoredCookie] {
        let now = unixSeconds() + state.ahead
        state.cookies.removeAll { ($0.expiresAt ?? .max) <= now }
        return state.cookies
    }
}

/// Seconds since 1970.
func unixSeconds() -> Int64 { Int64(time(nil)) }
