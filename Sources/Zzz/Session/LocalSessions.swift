/// ``Session`` without anything to wait for: in the cookie itself, or in the daemon's memory.
struct LocalSessions: Middleware {
    let settings: SessionSettings

    func prepare(_ settings: inout RouteSettings) throws { try self.settings.prepare(&settings) }

    func call(_ context: Context) throws -> Next {
        context.begin(session: SessionState(settings))
        context.beforeSend { context in
            try context.setSessionCookies { if $0.cookieChange == nil { try context.commitLocalSession($0) } }
        }
        return .next
    }
}

extension Context {
    func begin(session state: SessionState) {
        isTouched = true
        sessionState = state
    }

    /// Reads a session that nothing has to be awaited for.
    func readLocalSession(_ state: SessionState) throws {
        let now = instance.clock.seconds()
        guard let protection = state.settings.protection else { return try readMemory(state, nowSeconds: now) }
        let name = state.settings.cookie(for: instance).name
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
        let name = settings.cookie(for: instance).name
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
            ["cookie": settings.cookie(for: instance).name, "others_since_last": "\(heldBack)"])
    }

    fileprivate func commitLocalSession(_ state: SessionState) throws {
        if state.settings.protection == nil {
            try commitToMemory(state)
        } else if state.hasChanged(nowSeconds: instance.clock.seconds()) {
            state.cookieChange = state.record.values.isEmpty ? .remove : .setRecord
        } else {
            state.cookieChange = state.hasDeadCookie ? .remove : SessionState.CookieChange.none
        }
    }

    private func commitToMemory(_ state: SessionState) throws {
        let sessions = MemorySessions(store: store)
        var commit = SessionCommit(state, self)
        var step = try commit.begin()
        while let current = step {
            switch current {
            case .save(let key, let bytes, let version, let duration):
                step = try commit.saved(
                    key, sessions.save(key, bytes, replacing: version, expiresIn: duration))
            case .load(let key):
                step = try commit.loaded(sessions.load(key))
            case .delete(let key):
                try sessions.delete(key)
                step = nil
            }
        }
    }

    /// Sets what the commit has decided, again for each response that is tried. After an error the session stays as it
    /// was before the request.
    func setSessionCookies(after commit: (SessionState) throws -> Void = { _ in }) throws {
        guard let state = sessionState else { return }
        do {
            try commit(state)
            try setSessionCookie(state)
            try setFlashCookie(state)
        } catch {
            state.giveUp()
            throw error
        }
    }

    private func setSessionCookie(_ state: SessionState) throws {
        var cookie = state.settings.cookie(for: instance)
        switch state.cookieChange {
        case .none?, nil: break
        case .remove?:
            try deleteCookie(like: cookie)
        case .setToken(let token)?:
            cookie.value = token.text
            try setCookie(cookie)
        case .setRecord?:
            let bytes = try state.bytesToKeep(nowSeconds: instance.clock.seconds())
            try setCookie(
                cookie, state.settings.protection ?? .encrypted, bytes: bytes,
                expiresAtSeconds: state.settings.endSeconds(state.record))
        }
    }
}
