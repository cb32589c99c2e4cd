import Synchronization
import ZzzAppABI

@testable import Zzz

/// Sets, reads and ends a session.
struct SessionApp: App {
    let session: Session

    enum Theme: String, SessionValue { case light, dark }

    struct Cart: Codable {
        var items: [String: Int]
    }

    func routes() -> [Route] {
        scope(through: [Pipeline { session }]) {
            get("/get") { context in context.session["n", as: Int.self].map { "\($0)" } ?? "none" }
            get("/set/:n") { context in
                context.session["n"] = try context.params.require("n", as: Int.self)
                return context.params["n"]
            }
            get("/remove/:name") { context in
                context.session.remove(try context.params.require("name"))
                return "removed"
            }
            get("/clear") { context in
                context.session.clear()
                return "cleared"
            }
            get("/restart/:n") { context in
                context.session.clear()
                context.session["n"] = try context.params.require("n", as: Int.self)
                return "restarted"
            }
            get("/renew") { context in
                context.session.renew()
                return "renewed"
            }
            get("/idle") { _ in "idle" }
            get("/names") { context in "\(context.session.names)" }
            get("/large/:count") { context in
                context.session["text"] = String(repeating: "x", count: try context.params.require("count"))
                return "large"
            }
            get("/refuse/:n") { context -> String in
                context.session["n"] = try context.params.require("n", as: Int.self)
                throw Abort(.forbidden)
            }
            get("/late") { context in
                context.text("answered")
                context.session["n"] = 7
            }
            get("/stream/:n") { context in
                context.session["n"] = try context.params.require("n", as: Int.self)
                try await context.stream { try await $0.write(context.params["n"] ?? "") }
            }
            get("/kinds") { context in try Self.kinds(context) }
        }
    }

    private static func kinds(_ context: Context) throws -> String {
        guard !context.session.isEmpty else {
            context.session["flag"] = true
            context.session["text"] = "é\"\u{1}"
            context.session["list"] = ["a", "b"]
            context.session["theme"] = Theme.dark
            try context.session.set("cart", to: Cart(items: ["tea": 2]))
            return "set"
        }
        let (flag, text) = (context.session["flag", as: Bool.self] ?? false, context.session["text"] ?? "")
        let (list, theme) = (context.session["list", as: [String].self] ?? [], context.session["theme", as: Theme.self])
        let cart = try context.session.value("cart", as: Cart.self)
        let others = (context.session["text", as: Int.self], try context.session.value("none", as: Cart.self))
        let failure = (try? context.session.value("list", as: Cart.self)) == nil ? "thrown" : "decoded"
        return "\(flag) \(text) \(list) \(theme?.rawValue ?? "") \(cart?.items["tea"] ?? 0) "
            + "\(others.0.map { "\($0)" } ?? "nil") \(others.1.map { "\($0)" } ?? "nil") \(failure)"
    }
}

/// A store of a test's own, which waits at each call.
final class TableOfSessions: SessionStore {
    struct State {
        var entries: [String: StoredSession] = [:]
        var lifetimes: [String: Duration] = [:]
        var saves = 0
        /// What happens just before the next save.
        var beforeSave: (@Sendable (inout State) -> Void)?
        var failure: String?
    }
    let state = Mutex(State())

    func load(_ key: String) async throws -> StoredSession? {
        try await wait()
        return state.withLock { $0.entries[key] }
    }

    func save(
        _ key: String, _ bytes: [UInt8], replacing version: UInt64?, expiresIn: Duration
    ) async throws -> Bool {
        try await wait()
        return state.withLock { state in
            if let change = state.beforeSave.take() { change(&state) }
            guard state.entries[key]?.version == version else { return false }
            state.saves += 1
            state.lifetimes[key] = expiresIn
            state.entries[key] = StoredSession(bytes: bytes, version: (version ?? 0) + 1)
            return true
        }
    }

    func delete(_ key: String) async throws {
        try await wait()
        state.withLock { $0.entries[key] = nil }
    }

    /// Suspends for real, and fails when the test wants it to.
    private func wait() async throws {
        await Task.yield()
        if let failure = state.withLock({ $0.failure }) { throw MisuseError(failure) }
    }
}
