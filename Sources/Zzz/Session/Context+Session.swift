extension Context {
    /// The session that ``Session`` keeps. Without that before the route it is empty and stays so, and the log says
    /// where.
    public var session: CurrentSession { CurrentSession(context: self) }

    /// The session, read; nil without ``Session``, or when it cannot be read now.
    func readSession() -> SessionState? {
        guard let state = sessionState else {
            log.error("\(endpoint.source): there is no Session in the route's pipelines")
            return nil
        }
        if state.isRead { return state }
        do {
            try readLocalSession(state)
            return state
        } catch {
            log.error("\(endpoint.source): the session cannot be read: \(error)")
            return nil
        }
    }

    func begin(session state: SessionState) {
        isTouched = true
        sessionState = state
    }

    /// Reads a session that nothing has to be awaited for.
    func readLocalSession(_ state: SessionState) throws {
        let now = instance.clock.seconds()
        guard let protection = state.settings.protection else { return try readMemory(state, nowSeconds: now) }
        let name = state.settings.cookies(for: instance).session.name
        let contents = try ProtectedCookies(context: self, protection: protection).contents(of: name)
        for case .bytes(let bytes) in contents where state.adopt(bytes, from: .cookie, nowSeconds: now) { return }
        if contents.contains(.forged) { reportForgedCookie(state.settings, nowSeconds: now) }
        state.begin(nowSeconds: now, hasDeadCookie: !contents.isEmpty)
    }

    private func readMemory(_ state: SessionState, nowSeconds: Int64) throws {
        let sessions = MemorySessions(store: store)
        let tokens = try sessionTokens(state.settings, nowSeconds: nowSeconds)
        for case let token? in tokens {
            if let found = try sessions.load(token.key), state.adopt(found, of: token, nowSeconds: nowSeconds) {
                return
            }
        }
        state.begin(nowSeconds: nowSeconds, hasDeadCookie: !tokens.isEmpty)
    }

    /// What the client's cookies say; nil for one that is no token. In the order of the cookies, since others of the
    /// same site can set more of that name, but no more than a few.
    func sessionTokens(_ settings: SessionSettings, nowSeconds: Int64) throws -> [SessionToken?] {
        let name = settings.cookies(for: instance).session.name
        let own = cookies.pairs.lazy.filter { $0.name.equals(name) }.prefix(ProtectedCookies.maximumCount)
        return try own.map { pair in
            let token = try SessionToken(pair.value, crypto)
            if token == nil { reportForgedCookie(settings, nowSeconds: nowSeconds) }
            return token
        }
    }

    private func reportForgedCookie(_ settings: SessionSettings, nowSeconds: Int64) {
        guard let heldBack = settings.forgeries.pass(nowSeconds: nowSeconds) else { return }
        log.warning(
            "a session cookie was changed, or made with another secret: it is an empty session",
            ["cookie": settings.cookies(for: instance).session.name, "others_since_last": "\(heldBack)"])
    }

    /// Sets what the commit has decided, again for each response that is tried. After an error the session stays as it
    /// was before the request.
    func setSessionCookies(after commit: (SessionState) throws -> Void = { _ in }) throws {
        guard let state = sessionState else { return }
        do {
            try commit(state)
            try setSessionCookie(state)
            try setFlashCookie(state)
            // What is made of a session, or begins one, is for nobody else: no shared cache may keep it (RFC 9111
            // section 5.2.2.7).
            if state.isRead || state.flash.isRead { setMissingHeader("Cache-Control", "private") }
        } catch {
            state.giveUp()
            throw error
        }
    }

    private func setSessionCookie(_ state: SessionState) throws {
        guard let change = state.cookieChange else { return }
        if case .none = change { return }
        var cookie = state.settings.cookies(for: instance).session
        switch change {
        case .none: break
        case .remove:
            try deleteCookie(like: cookie)
        case .setToken(let token):
            cookie.value = token.text
            try setCookie(cookie)
        case .setRecord:
            let bytes = try state.bytesToKeep(nowSeconds: instance.clock.seconds())
            try setCookie(
                cookie, state.settings.protection ?? .encrypted, bytes: bytes,
                expiresAtSeconds: state.settings.endSeconds(state.record))
        }
    }
}
