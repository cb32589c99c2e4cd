import ZzzJSON

/// The session of one request: read at most once, changed by the handler, and written at most once.
final class SessionState {
    // Belongs to its context, and is used by one thread at a time like it.

    let settings: SessionSettings
    /// Where it came from.
    enum Origin {
        case cookie
        case store(SessionToken, version: UInt64)
    }
    private(set) var isRead = false
    private(set) var origin: Origin?
    private(set) var record = SessionRecord(atSeconds: 0)
    /// What was done to the values, in order; nil removes.
    private(set) var edits: [(name: String, value: JSONValue?)] = []
    /// Whether the id that the client has must not be used any more.
    private(set) var isRenewed = false
    /// Whether the client has sent a cookie that is no session.
    private(set) var hasDeadCookie = false
    /// What the response does to the cookie; nil until that is decided.
    var cookieChange: CookieChange?
    var flash = FlashMessages()
    /// The token that pages of this response have been given, masked.
    var maskedToken: String?

    enum CookieChange {
        case none, remove
        /// The record itself.
        case setRecord
        /// The random text that leads to the record.
        case setToken(SessionToken)
    }

    init(_ settings: SessionSettings) { self.settings = settings }

    // MARK: Reading

    /// Takes what was found in one of the client's cookies. False when that has ended.
    func adopt(_ bytes: ArraySlice<UInt8>, from origin: Origin, nowSeconds: Int64) -> Bool {
        guard let found = SessionRecord(bytes), settings.endSeconds(found) > nowSeconds else { return false }
        record = found
        self.origin = origin
        isRead = true
        return true
    }

    /// Takes what a store has found.
    func adopt(_ found: StoredSession, of token: SessionToken, nowSeconds: Int64) -> Bool {
        adopt(found.bytes[...], from: .store(token, version: found.version), nowSeconds: nowSeconds)
    }

    /// There is no session in the client's cookies.
    func begin(nowSeconds: Int64, hasDeadCookie: Bool) {
        record = SessionRecord(atSeconds: nowSeconds)
        self.hasDeadCookie = hasDeadCookie
        isRead = true
    }

    // MARK: Changing

    func edit(_ name: String, _ value: JSONValue?) {
        guard record.values[name] != value else { return }
        record.values[name] = value
        edits.append((name, value))
    }

    func renew(nowSeconds: Int64) {
        isRenewed = true
        record.createdAtSeconds = nowSeconds
    }

    func clear(nowSeconds: Int64) {
        isRenewed = true
        record = SessionRecord(atSeconds: nowSeconds)
        edits.removeAll()
    }

    // MARK: Writing

    /// Whether it has to be written, or ended.
    func hasChanged(nowSeconds: Int64) -> Bool {
        guard isRead else { return false }
        if origin == nil { return !record.values.isEmpty }
        return !edits.isEmpty || isRenewed || settings.isStale(record, nowSeconds: nowSeconds)
    }

    /// The bytes to be kept from now on. Throws when there are too many for what keeps them.
    func bytesToKeep(nowSeconds: Int64) throws -> [UInt8] {
        record.usedAtSeconds = nowSeconds
        let bytes = try record.bytes
        guard settings.protection != nil || bytes.count <= settings.limitBytes else {
            throw MisuseError("the session has \(bytes.count) bytes: it may have \(settings.limitBytes)")
        }
        return bytes
    }

    /// Another request has changed the session meanwhile: puts the changes of this one on top of what is there now.
    /// False when it has ended.
    func rebase(on found: StoredSession?, of token: SessionToken, nowSeconds: Int64) -> Bool {
        guard let found, adopt(found, of: token, nowSeconds: nowSeconds) else { return false }
        for (name, value) in edits { record.values[name] = value }
        return true
    }

    /// It could not be written: the error page does nothing to it.
    func giveUp() {
        cookieChange = SessionState.CookieChange.none
        flash.next = JSONObject()
    }
}
