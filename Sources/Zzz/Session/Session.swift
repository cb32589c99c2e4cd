import Synchronization

/// Keeps values between the requests of one browser, in ``Context/session``, and messages for its next page, in
/// ``Context/flash``.
///
/// ```swift
/// let browser = Pipeline { Session(.memory, idleTimeout: .seconds(3600)) }
/// ```
/// A session is read when it is first asked for, and written, just before the response is sent, when it has changed. A
/// browser without one gets none until something is put into it. A cookie that somebody has changed is an empty
/// session; the log is told, once in a while.
public struct Session: Sendable {
    /// Where the values are.
    public enum Store: Sendable {
        /// In the client's cookie, which nobody else can read or change: about 2900 bytes of values. Nothing is kept on
        /// the server, so that a copy of a cookie is good until it has expired, also after ``CurrentSession/clear()``.
        case encryptedCookie
        /// In the client's cookie, which its user can read but not change.
        case signedCookie
        /// In the daemon: reloads keep it, and a restart ends it. See ``Context/store``.
        case memory
        /// Wherever you like. Routes behind it run as tasks, as with other async middleware.
        case store(any SessionStore)
    }

    let settings: SessionSettings

    /// - Parameters:
    ///   - store: where the values are.
    ///   - cookie: name and attributes of the cookie; its value does not matter. Nil: `_APP_session`, for the whole
    ///     site, HttpOnly, SameSite=Lax, Secure over TLS, until the browser ends its session. `__Host-` before the name
    ///     keeps other hosts of the same site from setting it.
    ///   - idleTimeout: how long a session is kept after it was last used: two weeks. It may end a tenth earlier.
    ///   - lifetime: how long it is kept at the most, however much it is used: 90 days.
    ///   - limitBytes: how large it may be, outside of cookies, which end at 4096 bytes.
    public init(
        _ store: Store = .encryptedCookie, cookie: Cookie? = nil, idleTimeout: Duration = .seconds(14 * 86_400),
        lifetime: Duration = .seconds(90 * 86_400), limitBytes: Int = 65_536
    ) {
        settings = SessionSettings(
            store: store, cookie: cookie, idleTimeout: idleTimeout, lifetime: lifetime, limitBytes: limitBytes)
    }
}

extension PipelineBuilder {
    public static func buildExpression(_ session: Session) -> Pipeline {
        if case .store(let store) = session.settings.store {
            return Pipeline(steps: [.async(StoredSessions(settings: session.settings, store: store))])
        }
        return Pipeline(steps: [.sync(LocalSessions(settings: session.settings))])
    }
}

/// The options of ``Session``, shared by all requests.
final class SessionSettings: Sendable {
    let store: Session.Store
    let cookie: Cookie?
    let idleTimeout: Duration
    let lifetime: Duration
    let limitBytes: Int
    let forgeries = LogThrottle()
    private let resolved = AtomicLazyReference<SessionCookies>()

    init(store: Session.Store, cookie: Cookie?, idleTimeout: Duration, lifetime: Duration, limitBytes: Int) {
        self.store = store
        self.cookie = cookie
        self.idleTimeout = idleTimeout
        self.lifetime = lifetime
        self.limitBytes = limitBytes
    }

    /// Whether the cookie holds the values, and how it protects them.
    var protection: Cookie.Protection? {
        switch store {
        case .encryptedCookie: .encrypted
        case .signedCookie: .signed
        case .memory, .store: nil
        }
    }

    /// What is wrong with the options, or with where they stand, is found while the app is loaded.
    func prepare(_ settings: inout RouteSettings) throws {
        if settings.hasSession { throw StartupError("there is another Session before the same route") }
        settings.hasSession = true
        if !settings.hasSecretKeys { throw StartupError(SecretKeys.missing(for: "Session")) }
        guard idleTimeout >= .seconds(1), lifetime >= idleTimeout else {
            throw StartupError("the idle timeout must be a second or more, and the lifetime not less")
        }
        guard limitBytes > 0 else { throw StartupError("limitBytes is \(limitBytes)") }
        // The longest name that is made of it, with a value that says nothing.
        if var cookie {
            cookie = SessionCookies(cookie).flash
            _ = try cookie.fieldValue(overTLS: true)
        }
    }

    /// The cookies without their values.
    func cookies(for instance: AppInstance) -> SessionCookies {
        resolved.load() ?? resolved.storeIfNil(SessionCookies(cookie ?? instance.sessionCookie))
    }

    /// When a session ends that is not used any more, in seconds since 1970.
    func endSeconds(_ record: SessionRecord) -> Int64 {
        min(
            record.usedAtSeconds + idleTimeout.boundedSeconds, record.createdAtSeconds + lifetime.boundedSeconds)
    }

    /// Whether it has to be written for no other reason than that it was used.
    func isStale(_ record: SessionRecord, nowSeconds: Int64) -> Bool {
        nowSeconds - record.usedAtSeconds >= max(1, idleTimeout.boundedSeconds / 10)
    }
}

/// The cookies of a session, without their values.
final class SessionCookies: Sendable {
    let session: Cookie
    /// With the messages for the next page.
    let flash: Cookie

    init(_ cookie: Cookie) {
        var cookie = cookie
        cookie.value = ""
        session = cookie
        cookie.name += "_flash"
        cookie.maxAge = nil
        cookie.expiresAtSeconds = nil
        flash = cookie
    }
}
