// The code of docs/middleware, so that it compiles. DocumentationTests compares the two.
import Zzz

enum ShopUser: AssignKey { typealias Value = String }
enum CurrentTenant: AssignKey { typealias Value = String }

struct Tenants: Sendable {
    func find(_ host: String) async -> String? { host == "a.example" ? "a" : nil }
}

struct ProductController: ResourceController {
    func index(_ context: Context) throws -> Response { try .json(["tea"]) }
}

struct Shop: App {
    let browser = Pipeline {
        SecureHeaders()
        BodyParser()
    }
    let api = Pipeline {
        Accepts(.json)
        BodyParser([.json], limitBytes: 100_000)
    }

    var endpoint: Pipeline {
        Pipeline {
            RequestID()
            RequestLogger(parameters: .except(["password", "token"]))
        }
    }

    func routes() -> [Route] {
        scope(through: [browser]) {
            get("/") { _ in "the shop" }
            get("/orders", through: [Pipeline { requireUser }]) { context in
                "orders of \(try context.assigns.require(ShopUser.self))"
            }
        }
        scope("/api", through: [api]) {
            resources("/products", ProductController())
        }
    }
}

@Sendable func requireUser(_ context: Context) throws -> Next {
    guard let user = context.cookies["user"] else {
        try context.redirect(to: "/sign-in")
        return .halt
    }
    context.assigns[ShopUser.self] = user
    return .next
}

struct CacheFor: Middleware {
    let seconds: Int

    func prepare(_ settings: inout RouteSettings) throws {
        if seconds < 0 { throw StartupError("\(seconds) seconds") }
    }

    func call(_ context: Context) throws -> Next {
        context.beforeSend { context in
            if context.status == .ok { context.setHeader("Cache-Control", "max-age=\(seconds)") }
        }
        return .next
    }
}

struct FindTenant: AsyncMiddleware {
    let tenants: Tenants

    func call(_ context: Context) async throws -> Next {
        guard let tenant = await tenants.find(context.host) else { throw Abort(.notFound) }
        context.assigns[CurrentTenant.self] = tenant
        return .next
    }
}

struct Forms: App {
    var endpoint: Pipeline { Pipeline { MethodOverride(field: "_method", header: "X-HTTP-Method-Override") } }

    func routes() -> [Route] {
        delete("/posts/:id") { context in "deleted \(try context.params.require("id"))" }
    }
}

struct RequestsExample: App {
    let forms = Pipeline {
        BodyParser(
            [.json, .form], passing: ["text/csv"], limitBytes: 1 << 20,
            formLimits: FormLimits(fieldCount: 500, depth: 8, nameBytes: 256), jsonDepth: 32)
    }
    let identified = Pipeline { RequestID(header: "X-Request-Id", acceptsIncoming: true, isSent: true) }
    let logged = Pipeline {
        RequestLogger(parameters: .except(["password", "token", "secret"])) { context in
            context.status.rawValue >= 500 ? .error : context.path == "/health" ? nil : .info
        }
    }
    var endpoint: Pipeline {
        Pipeline {
            identified
            logged
            forms
        }
    }

    func routes() -> [Route] {
        scope(through: [Pipeline { CacheFor(seconds: 60) }, Pipeline { FindTenant(tenants: Tenants()) }]) {
            get("/tenant") { context in context.assigns[CurrentTenant.self] }
        }
        post("/users/:id/tags") { context in
            let id = try context.params.require("id", as: Int.self)
            let name = try context.params.require("user[name]")         // user[name]=Ada, or {"user": {"name": "Ada"}}
            let tags = context.params.all("tags")                       // tags[]=a&tags[]=b, or {"tags": ["a", "b"]}
            let address = context.params.value("user")?["address"]      // a nested value
            return "\(id) \(name) \(tags) \(address?["city"]?.stringValue ?? "somewhere")"
        }
        get("/theme") { context in
            let theme = context.cookies["theme"] ?? "light"
            try context.setCookie(Cookie("theme", "dark", maxAge: .seconds(30 * 86_400)))
            try context.setCookie(Cookie("__Host-visit", "7", sameSite: .strict))
            try context.deleteCookie("old")
            return theme
        }
        get("/report", through: [Pipeline { Accepts(.html, .json, .csv) }]) { context in
            switch context.format {
            case .json?: try context.json(["total": 42])
            case .csv?: context.send(Array("total\n42\n".utf8), contentType: "text/csv")
            default: context.html("<p>42</p>")
            }
        }
        get("/picture") { context in
            let type = try context.accepts("image/avif", "image/png")   // 406 when the client takes neither
            return "a picture of type \(type)"
        }
    }
}

let shared = Pipeline {
    CORS(
        origins: .patterns(["https://*.example.com", "http://localhost:*"]), methods: [.get, .post],
        headers: .list(["Content-Type", "X-Request-Id"]), exposedHeaders: ["X-Total"], allowsCredentials: true,
        maxAge: .seconds(3600))
}

let forms = Pipeline {
    Session()
    BodyParser()
    CSRF(trustedOrigins: ["https://login.example.com"], exemptPaths: ["/webhooks"])
}
let scripts = Pipeline { CSRF(checks: [.origin]) }

let guarded = Pipeline {
    SecureHeaders(
        policy: .standard.set(.scripts, .nonce, .strictDynamic).set(.images, .ownOrigin, .data),
        frameOptions: .deny, permissionsPolicy: "camera=(), geolocation=(self)")
}

struct Public: App {
    var endpoint: Pipeline {
        Pipeline {
            TrustedProxies(["10.0.0.0/8", "2001:db8::/32"])
            ForceSSL(hsts: .init(includesSubdomains: true), excludedPaths: ["/health"])
        }
    }

    func routes() -> [Route] {
        get("/") { context in "\(context.scheme)://\(context.host) for \(context.remoteAddress?.text ?? "nobody")" }
        get("/health") { _ in "fine" }
    }
}

let admin = Pipeline { Auth.Basic(realm: "Admin", name: "ada", password: "correct horse") }
let machines = Pipeline {
    Auth.Bearer(realm: "API", scope: "orders") { token, context in
        guard ConstantTime.equal(token, "a token out of the configuration") else { return false }
        context.assigns[ShopUser.self] = "machine"
        return true
    }
}

struct SecurityExample: App {
    func routes() -> [Route] {
        get("/shared", through: [shared]) { _ in "shared" }
        get("/form", through: [forms]) { context in
            .html("<form method=post><input type=hidden name=_csrf_token value=\"\(context.csrfToken)\"></form>")
        }
        post("/form", through: [forms]) { _ in "own" }
        post("/script", through: [scripts]) { _ in "own" }
        get("/page", through: [guarded]) { context in
            .html("<script nonce=\"\(context.cspNonce)\">start()</script>")
        }
        get("/admin", through: [admin]) { context in context.basicUser }
        get("/machine", through: [machines]) { context in context.assigns[ShopUser.self] }
    }
}

struct Site: App {
    let isDevelopment: Bool

    var endpoint: Pipeline {
        Pipeline {
            ErrorHandler(isDevelopment: isDevelopment, typePrefix: "https://example.com/problems/") { abort, _ in
                "<h1>\(abort.status)</h1>"
            }
        }
    }

    func routes() -> [Route] {
        get("/orders/:id") { _ -> String in
            throw Abort(.conflict, "The order was sent already.", details: [("sent", true)])
        }
    }
}

let slow = Pipeline {
    Timeout(.seconds(5))
    ConcurrencyLimit(20, retryAfter: .seconds(2))
}

let compressed = Pipeline {
    Compress()
}

let thorough = Pipeline {
    Compress([.brotli(level: 6), .gzip(level: 9)], minimumBytes: 2000, types: ["text/html", "*/*+json"])
}

let timed = Pipeline { ServerTiming(allowedOrigin: "https://example.com") { $0.isSecure } }

struct RunningExample: App {
    func routes() -> [Route] {
        get("/slow", through: [slow]) { _ in "slow" }
        get("/long", through: [compressed]) { _ in String(repeating: "long ", count: 400) }
        get("/page", through: [thorough]) { $0.html(String(repeating: "<p>", count: 1000)) }
        get("/timed", through: [timed]) { context in
            let rows = try await context.measure("db", "all orders") { try await orders() }
            let page = context.measure("render") { rows.joined(separator: ", ") }
            return page
        }
        get("/ticks") { context in
            var number = context.lastEventID.flatMap { Int($0) } ?? 0
            try await context.events(heartbeat: .seconds(15), retry: .seconds(2)) { events in
                while number < 3 {
                    number += 1
                    try await events.send(ServerEvent("tick", name: "clock", id: "\(number)"))
                    try await context.sleep(for: .seconds(1))
                }
            }
        }
    }

    func orders() async throws -> [String] { ["a", "b"] }
}
