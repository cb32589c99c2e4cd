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
        // The same as /plaintext by an async handler that never suspends: what async itself costs.
        get("/async", Bench.plaintext)
        if let files { Static(at: "/files", from: files) }
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
            text += #""email":"p\#(state % 9973)@example.com","isActive":\#(state & 64 == 0),"score":\#(state >> 40 % 1000)},"#
        }
        return Array((text.dropLast() + "]").utf8)
    }()

    static let uploads = Pipeline { BodyParser([.multipart], uploadLimits: UploadLimits(totalBytes: 2 << 30)) }

    static func plaintext(_ context: Context) async throws -> String { "Hello, World!" }
}

struct Message: Encodable {
    var message: String
}

@c(zzz_app_entry) public func entry() -> AppDescriptor {
    export(version: "1.0") { configuration in Bench(files: try configuration["files", as: String.self]) }
}
