// The code of docs/store.md, docs/crypto.md and docs/middleware/limits.md, so that it compiles. DocumentationTests
// compares them.
import Zzz

struct Forecast: Codable { var text: String }

struct StoreExample: App {
    func routes() -> [Route] {
        get("/weather/:city") { context in
            let city = try context.params.require("city")
            let forecast = try await context.store.fetch("weather/\(city)", expiresIn: .seconds(60)) {
                try await askForForecast(city)                          // when it is not in the store
            }
            return forecast.text
        }
        post("/votes/:name") { context in
            let name = try context.params.require("name")
            return "\(try context.store.add(1, to: "votes/\(name)"))"
        }
        put("/draft") { context in
            let store = context.store
            guard let draft = try store.get("draft") else {
                try store.put("draft", context.body, ifVersion: Store.absent)
                return "begun"
            }
            let isSaved = try store.put("draft", context.body, ifVersion: draft.version) != nil
            return isSaved ? "saved" : "somebody else was faster"
        }
        post("/report") { context in
            // Once an hour: whoever puts the first value is the one.
            guard try context.store.put("report", [], expiresIn: .seconds(3600), ifVersion: Store.absent) != nil else {
                return "made already"
            }
            return "made"
        }
        post("/messages") { context in
            let bucket = Store.Bucket(10, per: .seconds(60), burst: 3)
            let grant = try context.store.take(from: "messages/\(context.query["user"] ?? "")", bucket: bucket)
            guard grant.isAllowed else { return "wait for \(grant.retryAfter)" }
            return "sent, \(grant.remaining) left at once"
        }
        delete("/weather") { context in
            "\(try context.store.removeAll(withPrefix: "weather/")) forgotten"
        }
    }

    func start() throws {
        try Store.process.touch("draft", expiresIn: .seconds(86_400))
    }

    func askForForecast(_ city: String) async throws -> Forecast { Forecast(text: "rain in \(city)") }
}

struct Account: Sendable {
    var passwordHash = ""
    mutating func store(_ hash: String) { passwordHash = hash }
}

struct CryptoExample: App {
    let secret: [UInt8]

    func routes() -> [Route] {
        post("/sign-up") { context in
            let password = try context.query.require("password")
            return try await Password.hash(password, context)          // $scrypt$ln=15,r=8,p=3$...
        }
        post("/sign-in") { context in
            let password = try context.query.require("password")
            var account = try await find(context)
            guard try await Password.verify(password, account.passwordHash, context) else {
                throw Abort(.unauthorized, "Wrong name or password.")
            }
            if Password.isOutdated(account.passwordHash) {
                account.store(try await Password.hash(password, context))
            }
            return "welcome"
        }
        post("/webhook") { context in
            let code = try context.crypto.authenticationCode(.sha256, key: secret, context.body)
            let given = context.headers["x-signature"] ?? ""
            guard ConstantTime.equal(given, hex(code)) else { throw Abort(.unauthorized) }
            return "believed"
        }
        get("/sealed") { context in
            let crypto = context.crypto
            let key = try crypto.deriveKey(from: secret, purpose: "links", byteCount: Crypto.sealKeyByteCount)
            let box = try crypto.seal(Array("order 7".utf8), key: key, authenticating: Array("ada".utf8))
            let text = try crypto.open(box, key: key, authenticating: Array("ada".utf8))    // nil: forged
            return String(decoding: text ?? [], as: UTF8.self)
        }
    }

    func find(_ context: Context) async throws -> Account { Account(passwordHash: context.query["hash"] ?? "") }

    func hex(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}

struct VerifiedExample: App {
    let key: PublicKey

    init(pem: String) throws {
        key = try Crypto.process.publicKey(pem: pem)
    }

    func routes() -> [Route] {
        post("/signed") { context in
            let signature = Array(context.headers["x-signature"]?.utf8 ?? "".utf8)
            return "\(try key.verify(.es256, signature: signature, data: context.body))"
        }
    }
}

let limited = Pipeline {
    RateLimit(100, per: .seconds(60), burst: 20)
}
let signInLimited = Pipeline {
    RateLimit(5, per: .seconds(60), by: RequestKey { context in context.query["name"] }, name: "sign-in")
}
let weighed = Pipeline {
    RateLimit(1000, per: .seconds(3600), by: .header("X-Api-Key"), name: "hourly") { context in
        context.method == .get ? 1 : 10
    }
}

let repeatable = Pipeline {
    Idempotency(isRequired: true, documentation: "https://example.com/docs/idempotency")
}
let ownKeys = Pipeline {
    Idempotency(scope: RequestKey { context in context.assigns[ShopUser.self] }, expiresIn: .seconds(7 * 86_400))
}

struct LimitsExample: App {
    func routes() -> [Route] {
        scope(through: [limited]) {
            get("/search") { _ in "found" }
            post("/sign-in", through: [signInLimited]) { _ in "signed in" }
            get("/export", through: [weighed]) { _ in "exported" }
        }
        post("/payments", through: [repeatable]) { context in
            context.status = .created
            return "paid"
        }
        post("/orders", through: [Pipeline { requireUser }, ownKeys]) { _ in "ordered" }
    }
}
