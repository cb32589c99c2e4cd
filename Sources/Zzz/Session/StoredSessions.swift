/// ``Session`` in a ``SessionStore``: read before the handler when the client has a cookie for it, and written when the
/// response is complete, before it is sent.
struct StoredSessions: AsyncMiddleware {
    let settings: SessionSettings
    let store: any SessionStore

    func prepare(_ settings: inout RouteSettings) throws { try self.settings.prepare(&settings) }

    func call(_ context: Context) async throws -> Next {
        let state = SessionState(settings)
        try await read(state, context)
        context.begin(session: state)
        context.awaitBeforeSend { context in
            do { try await commit(state, context) } catch {
                state.giveUp()
                throw error
            }
        }
        context.beforeSend { try $0.setSessionCookies() }
        return .next
    }

    private func read(_ state: SessionState, _ context: Context) async throws {
        let now = context.instance.clock.seconds()
        let tokens = try context.sessionTokens(settings, nowSeconds: now)
        for case let token? in tokens {
            if let found = try await store.load(token.key), state.adopt(found, of: token, nowSeconds: now) { return }
        }
        state.begin(nowSeconds: now, hasDeadCookie: !tokens.isEmpty)
    }

    private func commit(_ state: SessionState, _ context: Context) async throws {
        var commit = SessionCommit(state, context)
        var step = try commit.begin()
        while let current = step {
            switch current {
            case .save(let key, let bytes, let version, let duration):
                step = try await commit.saved(
                    key, store.save(key, bytes, replacing: version, expiresIn: duration))
            case .load(let key):
                step = try await commit.loaded(store.load(key))
            case .delete(let key):
                try await store.delete(key)
                step = nil
            }
        }
    }
}
