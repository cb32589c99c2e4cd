// What `make bench` measures: each route costs one thing.
import Zzz

struct Bench: App {
    /// The directory that /files shows, if any.
    var files: String?

    func routes() -> [Route] {
        get("/plaintext") { context in context.text("Hello, World!") }
        get("/json") { context in try context.json(Message(message: "Hello, World!")) }
        get("/records", through: [Pipeline { Compress([.gzip()]) }]) { context in
            context.send(Bench.records, contentType: "application/json")
        }
        get("/users/:id") { context in try context.params.require("id") }
        any("/echo") { context in
            context.withBody {
                context.send($0, contentType: context.headers["content-type"] ?? "application/octet-stream")
            }
        }
        get("/stream") { context in
            try await context.stream(contentType: "text/plain; charset=utf-8") { writer in
                for number in 1...16 { try await writer.write("chunk \(number)\n") }
            }
        }
        get("/sleep") { context in
            let milliseconds = try context.query.require("ms", as: UInt32.self)
            try await context.sleep(for: .milliseconds(Int(milliseconds)))
            return "slept \(milliseconds) ms\n"
        }
        get("/count") { context in "\(try context.store.add(1, to: "count"))" }
        get("/cached") { context in try context.store.fetch("cached") { "Hello, World!" } }
        get("/limited", through: [Pipeline { RateLimit(1_000_000, per: .seconds(1)) }], Bench.greet)
        get("/hash") { context in try await Password.hash("correct horse battery staple", context) }
        // The same as /plaintext by an async handler that never suspends: what async itself costs.
        get("/async", Bench.plaintext)
        scope("/browser", through: [Bench.browser]) {
            get("/plaintext") { context in context.text("Hello, World!") }
            get("/sign-in") { context in
                context.session["user_id"] = 7
                context.text(context.csrfToken)
            }
            get("/user") { context in context.text(Bench.greeting(context)) }
            get("/form") { context in context.text(context.csrfToken) }
            post("/form") { context in context.text(Bench.greeting(context)) }
            get("/visit") { context in
                context.session["visits"] = (context.session["visits"] ?? 0) + 1
                context.text("Hello, World!")
            }
        }
        if let files { Static(at: "/files", from: files) }
        socket("/socket", BenchSocket.self)
        post("/upload", through: [Bench.uploads]) { context in
            "\(try context.params.require("file", as: Upload.self).size)"
        }
    }

    /// 16 KiB of JSON, in which some is the same and some is not.
    static let records: [UInt8] = {
        var text = "["
        var state: UInt64 = 88_172_645_463_325_252
        while text.utf8.count < 16_200 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            text += #"{"id":\#(state % 100_000),"name":"Person \#(state % 997)","#
            text += #""email":"p\#(state % 9973)@example.com","#
            text += #""isActive":\#(state & 64 == 0),"score":\#(state >> 40 % 1000)},"#
        }
        return Array((text.dropLast() + "]").utf8)
    }()

    /// What pages for browsers go through.
    static let browser = Pipeline {
        RequestLogger()
        Session()
        CSRF()
        SecureHeaders()
    }

    var secretKeyBase: [String] { ["a secret that everybody can read here"] }

    static let uploads = Pipeline { BodyParser([.multipart], uploadLimits: UploadLimits(totalBytes: 2 << 30)) }

    static func greet(_ context: Context) throws -> String { "Hello, World!" }

    static func greeting(_ context: Context) -> String {
        context.session["user_id", as: Int.self] == nil ? "Hello, stranger!" : "Hello, World!"
    }

    static func plaintext(_ context: Context) async throws -> String { "Hello, World!" }
}

struct Message: Encodable {
    var message: String
}

@c(zzz_app_entry) public func entry() -> AppDescriptor {
    export(version: "1.0") { configuration in Bench(files: try configuration["files", as: String.self]) }
}
