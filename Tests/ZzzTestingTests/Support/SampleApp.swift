import Zzz
import ZzzTesting

/// An app with a route for each thing that a client can ask of one.
struct SampleApp: App {
    struct Order: Codable, Sendable, Equatable {
        var id: Int
        var items: [String]
    }

    func routes() -> [Route] {
        get("/") { _ in "Hello" }
        get("/items/:name") { context in try context.params.require("name") }
        any("/echo") { context in
            let fields = context.headers.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
            return "\(context.methodName) \(context.rawTarget)\n\(fields)\n\n\(context.bodyText)"
        }
        get("/where") { context in
            "\(context.scheme)://\(context.host) \(context.mount) \(context.remoteAddress?.text ?? "nobody")"
        }
        post("/orders") { context in
            let order = try context.json(as: Order.self)
            context.status = .created
            try context.json(order)
        }
        post("/form", through: [Pipeline { BodyParser() }]) { context in
            let names = ["name", "tags[]"].map { context.params.all($0).joined(separator: ",") }
            return names.joined(separator: " ")
        }
        get("/cookies") { context in
            context.cookies.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
        }
        get("/cookies/set") { context in
            for pair in context.query {
                try context.setCookie(Cookie(pair.name, pair.value))
            }
            return "set"
        }
        redirects()
        streams()
        failures()
    }

    @RoutesBuilder private func redirects() -> [Route] {
        get("/old") { context in try context.redirect(to: "/items/new") }
        get("/loop") { context in try context.redirect(to: "/loop") }
        get("/elsewhere") { context in try context.redirect(to: "https://example.com/", external: true) }
        post("/redirect/:status") { context in
            let status = Status(rawValue: try context.params.require("status", as: UInt16.self))
            try context.redirect(to: "/echo", status: status)
        }
    }

    @RoutesBuilder private func streams() -> [Route] {
        get("/sleep") { context in
            try await context.sleep(for: .milliseconds(5))
            return "\(try await context.blocking { 6 * 7 })"
        }
        get("/stream") { context in
            try context.earlyHints(["</style.css>; rel=preload"])
            try await context.stream(contentType: "text/plain") { writer in
                for number in 0..<3 { try await writer.write("\(number) ") }
                writer.setTrailer("X-Count", "3")
            }
        }
        get("/cut") { context in
            try await context.stream(lengthBytes: 100) { writer in
                try await writer.write("half")
                throw Abort(.badRequest)
            }
        }
        put("/upload", streamBody: true) { context in
            var count = 0
            for try await piece in context.bodyStream { count += piece.count }
            return "\(count)"
        }
        get("/events") { context in
            try await context.events(heartbeat: nil) { events in
                var number = 0
                while true {
                    number += 1
                    try await events.send(ServerEvent("tick \(number)", name: "clock", id: "\(number)"))
                    try await context.sleep(for: .milliseconds(1))
                }
            }
        }
    }

    @RoutesBuilder private func failures() -> [Route] {
        get("/fail") { context -> String in
            context.log.warning("about to fail", ["order": "7"])
            throw Abort(.conflict, "The order was sent already.")
        }
        get("/never") { context in
            try await context.sleep(for: .seconds(600))
            return "never"
        }
        get("/json") { _ in
            try .json(["users": [["name": "Ada", "age": 36], ["name": "Grace"]], "total": 2] as JSONValue)
        }
        get("/binary") { context in context.send([0xFF, 0xFE, 0x00], contentType: "image/png") }
    }
}

/// A client of the sample app.
func sample(
    _ transport: TestClient.Transport, settings: (inout TestClient.Settings) throws -> Void = { _ in }
) throws -> TestClient {
    try TestClient(SampleApp(), over: transport, settings: settings)
}
