// The code of docs/sdk.md, so that it compiles. DocumentationTests compares the two.
import Zzz

enum FirstPage {
    struct Hello: App {
        func routes() -> [Route] {
            get("/") { _ in "Hello from Zzz" }
        }
    }

    struct Entry {
        func entry() -> AppDescriptor { export(Hello(), version: "1.0") }
    }
}

struct RoutesExample: App {
    func routes() -> [Route] {
        get("/") { _ in "home" }
        post("/contact") { context in try context.redirect(to: "/thanks", status: .seeOther) }
        match([.get, .post], "/search") { context in "results for \(context.query["q"] ?? "nothing")" }
        any("/echo") { context in context.send(context.body, contentType: "application/octet-stream") }

        scope("/api/v1") {
            get("/users/:id") { context in "user \(try context.params.require("id", as: Int.self))" }
            get("/files/*path") { context in context.params["path"] }
            resources("/posts", PostController()) {
                resources("/comments", CommentController(), only: [.index])
            }
            resource("/profile", ProfileController())
        }
        host("admin.example.com") {
            get("/") { _ in "only for the admins" }
        }
    }

    struct PostController: ResourceController {
        func index(_ context: Context) throws -> Response { try .json(Post.all) }

        func show(_ context: Context) async throws -> String {
            let id: Int = try context.params.require("id")
            return try await Post.find(id).title
        }

        func create(_ context: Context) throws {
            let draft = try context.json(as: Draft.self)
            context.status = .created
            try context.json(Post(draft))
        }
    }

    struct CommentController: ResourceController {
        func index(_ context: Context) -> String { "comments" }
    }

    struct ProfileController: ResourceController {
        func show(_ context: Context) -> String { "profile" }
    }

    struct Draft: Codable { var title: String }

    struct Post: Codable {
        static let all = [Post(Draft(title: "first"))]
        var title: String

        init(_ draft: Draft) { title = draft.title }

        static func find(_ id: Int) async throws -> Post {
            guard all.indices.contains(id) else { throw Abort(.notFound) }
            return all[id]
        }
    }
}

struct HandlersExample: App {
    func routes() -> [Route] {
        get("/a") { _ in "text" }
        get("/b") { _ in .html("<h1>Hello</h1>") }
        get("/c") { _ in try .json(["answer": 42], status: .accepted) }
        get("/d") { context in context.text("text") }
        get("/e") { context in
            context.setHeader("Cache-Control", "no-store")
            return JSON(["answer": 42])
        }

        get("/weather/:city") { context in
            let city = try context.params.require("city")
            let report = try await forecast(for: city)  // any async function
            let chart = try await context.blocking { try render(report) }  // on a thread for long work
            return Response.html(chart)
        }

        get("/request/:id") { context in
            let id = try context.params.require("id", as: Int.self)  // 400 when it is no number
            let page = context.query["page", as: Int.self] ?? 1  // nil when it is missing or no number
            let tags = context.query.all("tag")
            let language = context.headers["accept-language"] ?? "en"  // names without case
            return "\(context.method) \(context.path) from \(context.remoteAddress?.text ?? "somewhere"): "
                + "\(id) \(page) \(tags) \(language) \(context.host) \(context.scheme)"
        }

        put("/upload", streamBody: true, bodyLimitBytes: 1 << 30) { context in
            var count = 0
            for try await piece in context.bodyStream { count += piece.count }
            return "\(count) bytes"
        }

        get("/export") { context in
            try await context.stream(contentType: "text/csv") { writer in
                for row in 1...1_000_000 { try await writer.write("\(row);\(row * row)\r\n") }
                writer.setTrailer("X-Rows", "1000000")
            }
        }

        get("/orders/:id") { context in
            guard let order = try Order.find(context.params.require("id")) else {
                throw Abort(.notFound, "There is no such order.")
            }
            return JSON(order)
        }
    }

    func forecast(for city: String) async throws -> String { "rain in \(city)" }
    func render(_ report: String) throws -> String { "<p>\(report)</p>" }

    struct Order: Codable {
        var id: Int

        static func find(_ id: Int) throws -> Order? { id == 7 ? Order(id: id) : nil }
    }

    func render(_ abort: Abort, for context: Context) -> Response? {
        .html("<h1>\(abort.status)</h1>", status: abort.status)
    }
}

enum AssignsExample {
    enum CurrentUser: AssignKey { typealias Value = User }

    static func run(_ context: Context) throws -> String {
        func authenticate(_ context: Context) throws {
            guard let user = User(token: context.headers["authorization"]) else { throw Abort(.unauthorized) }
            context.assigns[CurrentUser.self] = user
        }
        try authenticate(context)
        return try context.assigns.require(CurrentUser.self).token
    }

    struct User {
        var token: String

        init?(token: String?) {
            guard let token else { return nil }
            self.token = token
        }
    }
}

enum ConfigurationExample {
    struct Blog: App {
        struct Mail: Decodable {
            var from: String
            var retries: Int
        }
        let title: String
        let pageSize: Int
        let mail: Mail?

        init(_ configuration: Configuration) throws {
            title = try configuration.require("title")
            pageSize = try configuration["page_size", default: 20]
            mail = try configuration["mail", as: Mail.self]
        }

        func routes() -> [Route] {
            get("/") { context in
                context.log.info("front page", ["visitor": context.remoteAddress?.text ?? "unknown"])
                return title
            }
        }

        func start() throws { Logger.process.notice("\(title) starts") }
        func stop() { Logger.process.notice("\(title) stops") }
    }

    struct Entry {
        func entry() -> AppDescriptor { export { configuration in try Blog(configuration) } }
    }
}
