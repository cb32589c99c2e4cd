import ZzzBase64

/// What a changed session asks of the store that keeps it, step by step: whoever has the store does each step, directly
/// or awaiting it, and says what came of it.
struct SessionCommit {
    enum Step {
        case save(key: String, bytes: [UInt8], replacing: UInt64?, expiresIn: Duration)
        case load(key: String)
        case delete(key: String)
    }

    private let state: SessionState
    private let crypto: Crypto
    private let nowSeconds: Int64
    private var attempts = 0

    /// How often others may be faster before it is given up.
    private static let maximumAttempts = 8

    init(_ state: SessionState, _ context: Context) {
        self.state = state
        crypto = context.crypto
        nowSeconds = context.instance.clock.seconds()
    }

    /// The first step; nil when there is nothing to do. Decides what happens to the cookie, unless a later step does.
    mutating func begin() throws -> Step? {
        state.cookieChange = state.hasDeadCookie ? .remove : SessionState.CookieChange.none
        guard state.hasChanged(nowSeconds: nowSeconds) else { return nil }
        if state.record.values.isEmpty {
            state.cookieChange = .remove
            return (old?.token.key).map { .delete(key: $0) }
        }
        guard let old, !state.isRenewed else {
            let token = try SessionToken(random: crypto)
            state.cookieChange = .setToken(token)
            return try save(token.key, replacing: nil)
        }
        // A cookie with an end of its own gets a later one.
        if state.settings.cookie?.maxAge != nil { state.cookieChange = .setToken(old.token) }
        return try save(old.token.key, replacing: old.version)
    }

    /// The step after a save.
    mutating func saved(_ key: String, _ isSaved: Bool) throws -> Step? {
        if isSaved { return old.flatMap { $0.token.key == key ? nil : .delete(key: $0.token.key) } }
        attempts += 1
        guard old?.token.key == key, attempts < Self.maximumAttempts else {
            throw MisuseError("the session could not be saved in \(attempts) attempts: others were faster")
        }
        return .load(key: key)
    }

    /// The step after a load. A session that was ended meanwhile stays so: a request that was under way must not
    /// undo a sign-out.
    mutating func loaded(_ found: StoredSession?) throws -> Step? {
        guard let old, let found, state.rebase(on: found, of: old.token, nowSeconds: nowSeconds) else {
            state.cookieChange = .remove
            return nil
        }
        return try save(old.token.key, replacing: found.version)
    }

    /// Where the store has the session that the client has come with.
    private var old: (token: SessionToken, version: UInt64)? {
        if case .store(let token, let version)? = state.origin { (token, version) } else { nil }
    }

    private func save(_ key: String, replacing version: UInt64?) throws -> Step {
        let bytes = try state.bytesToKeep(nowSeconds: nowSeconds)
        let end = state.settings.endSeconds(state.record)
        return .save(key: key, bytes: bytes, replacing: version, expiresIn: .seconds(end - nowSeconds))
    }
}

/// The random text in the client's cookie that leads to a session in a store.
struct SessionToken {
    /// 32 random bytes in Base64.
    let text: String
    /// What the store knows it by: a digest, so that how long a look-up takes tells nothing about the text, and who
    /// reads the store learns nothing that is good for a cookie.
    let key: String

    init(random crypto: Crypto) throws { try self.init(text: Base64.encode(crypto.random(32)), crypto) }

    /// What a client has sent; nil for what does not look like a token.
    init?(_ text: UnsafeRawBufferPointer, _ crypto: Crypto) throws {
        guard text.count == 43, Base64.decode(text, .url) != nil else { return nil }
        try self.init(text: String(decoding: text, as: UTF8.self), crypto)
    }

    private init(text: String, _ crypto: Crypto) throws {
        self.text = text
        key = Base64.encode(try crypto.digest(.sha256, text))
    }
}
