/// ``Session`` without anything to wait for: in the cookie itself, or in the daemon's memory.
struct LocalSessions: Middleware {
    let settings: SessionSettings

    func prepare(_ settings: inout RouteSettings) throws { try self.settings.prepare(&settings) }

    func call(_ context: Context) throws -> Next {
        context.begin(session: SessionState(settings))
        context.beforeSend { context in
            try context.setSessionCookies { if $0.cookieChange == nil { try Self.commit($0, context) } }
        }
        return .next
    }

    private static func commit(_ state: SessionState, _ context: Context) throws {
        if state.settings.protection == nil {
            try commitToMemory(state, context)
        } else if state.hasChanged(nowSeconds: context.instance.clock.seconds()) {
            state.cookieChange = state.record.values.isEmpty ? .remove : .setRecord
        } else {
            state.cookieChange = state.hasDeadCookie ? .remove : SessionState.CookieChange.none
        }
    }

    private static func commitToMemory(_ state: SessionState, _ context: Context) throws {
        let sessions = MemorySessions(store: context.store)
        var commit = SessionCommit(state, context)
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
}
