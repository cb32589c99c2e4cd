// The code of docs/middleware/sessions.md and tokens.md, so that it compiles. DocumentationTests compares them.
import Synchronization
import Zzz

let browser = Pipeline {
    Session(.memory, cookie: Cookie("__Host-shop", sameSite: .strict), idleTimeout: .seconds(3600))
    BodyParser()
    CSRF()
}

struct Cart: Codable {
    var items: [String: Int]
}

struct SessionsExample: App {
    let secretKeyBase = ["a secret of thirty-two bytes or more"]

    func signIn(_ context: Context) throws -> (id: Int, name: String)? {
        try context.params.require("name") == "ada" ? (7, "Ada") : nil
    }

    func routes() -> [Route] {
        post("/reader") { context in
            let name = try context.params.require("name")
            try context.setCookie(Cookie("reader", name, maxAge: .seconds(30 * 86_400)), .signed)
            try context.setCookie(Cookie("notes", "whatever \"text\" it is"), .encrypted)
            return "set"
        }
        get("/reader") { context in
            let reader = try context.cookies.signed["reader"] ?? "nobody"
            let notes = try context.cookies.encrypted["notes"] ?? "none"
            return "\(reader): \(notes)"
        }
        post("/sign-in", through: [browser]) { context in
            guard let user = try signIn(context) else { throw Abort(.unauthorized) }
            context.session.renew()                                     // whoever knew the old id has nothing now
            context.session["user_id"] = user.id
            try context.session.set("cart", to: Cart(items: ["tea": 2]))
            context.flash.info = "Welcome, \(user.name)."
            try context.redirect(to: "/", status: .seeOther)
        }
        post("/sign-out", through: [browser]) { context in
            context.session.clear()
            context.flash.info = "Good-bye."
            try context.redirect(to: "/", status: .seeOther)
        }
        get("/", through: [browser]) { context in
            let id = context.session["user_id", as: Int.self]
            let cart = try context.session.value("cart", as: Cart.self)
            return "\(id ?? 0) \(cart?.items ?? [:]) \(context.flash.info ?? "")"
        }
        get("/old", through: [browser]) { context in
            context.flash.keep()                                        // for an answer that is a redirect itself
            try context.redirect(to: "/")
        }
        get("/search", through: [browser]) { context in
            if context.query["q"] == nil { context.flash.now(.error, "What for?") }     // for this page alone
            return context.flash.messages.map { "\($0.kind.name): \($0.text)" }.joined(separator: "\n")
        }
        get("/token", through: [browser]) { context in context.csrfToken }
    }
}

final class Table: Sendable {
    struct Row {
        var bytes: [UInt8]
        var version: UInt64
    }
    private let rows = Mutex<[String: Row]>([:])

    func row(_ key: String) async throws -> Row? { rows.withLock { $0[key] } }

    func replace(_ key: String, _ bytes: [UInt8], version: UInt64?, expiresIn: Duration) async throws -> Bool {
        rows.withLock { rows in
            guard rows[key]?.version == version else { return false }
            rows[key] = Row(bytes: bytes, version: (version ?? 0) + 1)
            return true
        }
    }

    func delete(_ key: String) async throws { rows.withLock { $0[key] = nil } }
}

struct TableSessions: SessionStore {
    let table: Table

    func load(_ key: String) async throws -> StoredSession? {
        try await table.row(key).map { StoredSession(bytes: $0.bytes, version: $0.version) }
    }

    func save(
        _ key: String, _ bytes: [UInt8], replacing version: UInt64?, expiresIn: Duration
    ) async throws -> Bool {
        try await table.replace(key, bytes, version: version, expiresIn: expiresIn)
    }

    func delete(_ key: String) async throws { try await table.delete(key) }
}

struct Reader: Codable, Sendable {
    var sub: String
    var exp: Int
    var scope: String?
}

struct Library: App {
    let api: Pipeline

    init(_ configuration: Configuration) throws {
        let keys = try JWTKeySet(jwks: configuration.require("jwks", as: String.self))
        let verifier = JWTVerifier(
            keys: .set(keys), algorithms: [.rs256, .es256], issuers: ["https://login.example.com"],
            audiences: ["library"], type: "at+jwt", leeway: .seconds(30), maximumAge: .seconds(86_400))
        api = Pipeline { Auth.JWT(verifier, as: Reader.self, realm: "Library", scopes: ["read"]) }
    }

    func routes() -> [Route] {
        get("/me", through: [api]) { context in context.claims(as: Reader.self)?.sub }
    }
}

struct KeysOfTenants: Sendable {
    func of(_ host: String) -> JWTKeySet? {
        host == "a.example" ? try? JWTKeySet([JWTKey(secret: "a secret of thirty-two bytes or more")]) : nil
    }
}
let keysOfTenants = KeysOfTenants()

let changing = JWTVerifier(
    keys: .function { header, context in
        guard let keys = keysOfTenants.of(context.host) else { throw Abort(.serviceUnavailable) }
        return keys
    }, audiences: ["library"])

struct TokenExample: App {
    func routes() -> [Route] {
        post("/token") { context in
            let now = try context.params.require("now", as: Double.self)
            let claims = JWTClaims(
                subject: "ada", audiences: ["library"], expiresAtSeconds: now + 900, issuedAtSeconds: now)
            return try JWT.sign(claims, with: JWTKey(secret: "a secret of thirty-two bytes or more", id: "2026"))
        }
        get("/tenant", through: [Pipeline { Auth.JWT(changing, isRequired: false) }]) { context in
            context.claims()?.subject ?? "nobody"
        }
    }
}
