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
            return deletion
        }
        guard case .store(let key, let version)? = state.origin, !state.isRenewed else {
            let token = SessionToken.random(crypto)
            state.cookieChange = .setToken(token.text)
            return try save(token.key(crypto), replacing: nil)
        }
        return try save(key, replacing: version)
    }

    /// The step after a save.
    mutating func saved(_ key: String, _ isSaved: Bool) throws -> Step? {
        var oldKey: String?
        if case .store(let key, _)? = state.origin { oldKey = key }
        if isSaved { return oldKey == key ? nil : oldKey.map { .delete(key: $0) } }
        attempts += 1
        guard oldKey == key, attempts < Self.maximumAttempts else {
            throw MisuseError("the session could not be saved in \(attempts) attempts: others were faster")
        }
        return .load(key: key)
    }

    /// The step after a load. A session that was ended meanwhile stays so: a request that was under way must not
    /// undo a sign-out.
    mutating func loaded(_ key: String, _ found: StoredSession?) throws -> Step? {
        guard state.rebase(on: found, key: key, nowSeconds: nowSeconds), let found else {
            state.cookieChange = .remove
            return nil
        }
        return try save(key, replacing: found.version)
    }

    private var deletion: Step? {
        guard case .store(let key, _)? = state.origin else { return nil }
        return .delete(key: key)
    }

    private func save(_ key: String, replacing version: UInt64?) throws -> Step {
        let bytes = try state.bytesToKeep(nowSeconds: nowSeconds)
        let end = state.settings.endSeconds(state.record)
        return .save(key: key, bytes: bytes, replacing: version, expiresIn: .seconds(end - nowSeconds))
    }
}

/// The random text that leads to a session in a store.
struct SessionToken {
    /// 32 random bytes in Base64.
    let text: String

    static func random(_ crypto: Crypto) -> SessionToken {
        SessionToken(text: Base64.encode(crypto.random(32)))
    }

    /// Whether it looks like one.
    static func isWellFormed(_ text: UnsafeRawBufferPointer) -> Bool { Base64.decode(text, .url)?.count == 32 }

    /// What the store knows it by. How long a look-up takes tells nothing about tokens, since it compares digests.
    func key(_ crypto: Crypto) throws -> String { Base64.encode(try crypto.digest(.sha256, text)) }
}
