import Testing
import ZzzAppABI

@testable import Zzz

@Suite struct RoutingTests {
    /// "GET /path" for each route, as the host was told.
    private func table(@RoutesBuilder _ routes: @escaping @Sendable () -> [Route]) throws -> [String] {
        let host = FakeHost()
        try host.load(routes)
        return host.routes.map { "\(methods($0.methods)) \($0.host)\($0.pattern)" }
    }

    private func methods(_ bits: UInt32) -> String {
        if bits == 0x3FF { return "ANY" }
        return (1...9).filter { bits & (1 << UInt32($0)) != 0 }
            .map { Method(rawValue: UInt8($0)).description }.joined(separator: ",")
    }

    @Test func everyVerbRegistersItsMethod() throws {
        let routes = try table {
            get("/a") { _ in "" }
            head("/a") { _ in "" }
            post("/a") { _ in "" }
            put("/a") { _ in "" }
            patch("/a") { _ in "" }
            delete("/a") { _ in "" }
            options("/a") { _ in "" }
            any("/b") { _ in "" }
            match([.get, .post], "/c") { _ in "" }
        }
        #expect(
            routes == [
                "GET /a", "HEAD /a", "POST /a", "PUT /a", "PATCH /a", "DELETE /a", "OPTIONS /a", "ANY /b",
                "GET,POST /c",
            ])
    }

    @Test(arguments: [
        ("/api", "/posts", "/api/posts"), ("/api/", "/posts", "/api/posts"), ("/api", "/", "/api"), ("/", "/", "/"),
        ("", "/", "/"), ("/", "/posts", "/posts"), ("/api", "/posts/", "/api/posts/"),
        ("/:tenant", "/:id", "/:tenant/:id"),
    ])
    func aScopePutsItsPrefixBefore(_ prefix: String, _ pattern: String, _ expected: String) throws {
        #expect(try table { scope(prefix) { get(pattern) { _ in "" } } } == ["GET \(expected)"])
    }

    @Test func scopesAndHostsNest() throws {
        let routes = try table {
            scope("/api") {
                scope("/v1") {
                    get("/posts") { _ in "" }
                    host("admin.example.com") {
                        get("/users") { _ in "" }
                    }
                }
            }
            host("example.com") {
                host("inner.example.com") { get("/") { _ in "" } }
                scope("/x") { get("/") { _ in "" } }
            }
        }
        #expect(
            routes == [
                "GET /api/v1/posts", "GET admin.example.com/api/v1/users", "GET inner.example.com/",
                "GET example.com/x",
            ])
    }

    @Test func theBuilderTakesConditionsAndLoops() throws {
        let isDebug = true
        let routes = try table {
            if isDebug { get("/debug") { _ in "" } }
            if !isDebug { get("/never") { _ in "" } } else { get("/else") { _ in "" } }
            for name in ["a", "b"] { get("/\(name)") { _ in name } }
        }
        #expect(routes == ["GET /debug", "GET /else", "GET /a", "GET /b"])
    }

    @Test func aRouteSaysWhereItIsWritten() throws {
        let host = FakeHost()
        let line: UInt = #line + 1
        try host.load { get("/", name: "home") { _ in "" } }
        #expect(host.routes[0].source == "ZzzTests/RoutingTests.swift:\(line)")
        #expect(host.routes[0].name == "home")
    }

    @Test func flagsAndLimitsArePassedOn() throws {
        let host = FakeHost()
        try host.load {
            put("/files", streamBody: true, bodyLimitBytes: 1_000_000) { _ in "" }
            put("/plain") { _ in "" }
        }
        #expect(host.routes.map(\.flags) == [UInt32(ZZZ_ROUTE_STREAM_BODY), 0])
        #expect(host.routes.map(\.bodyLimitBytes) == [1_000_000, 0])
    }

    @Test func theHostsRefusalIsThrownInItsOwnWords() {
        let host = FakeHost()
        host.routeStatus = (HostStatus.invalid, "/users/: a parameter needs a name")
        let error = #expect(throws: HostError.self) { try host.load { get("/users/:") { _ in "" } } }
        #expect(error?.code == HostStatus.invalid)
        #expect(error?.description == "route: /users/: a parameter needs a name")
    }

    @Test(
        arguments: [
            ("/", []), ("/users/:id", ["id"]), ("/:a/x/:b_2", ["a", "b_2"]), ("/files/*path", ["path"]),
            ("/v:major.json/*rest", ["major", "rest"]), ("/literal\\:colon/:id", ["id"]), ("/a\\*b", []),
        ] as [(String, [String])])
    func parameterNamesAreReadFromThePattern(_ pattern: String, _ names: [String]) {
        #expect(get(pattern) { _ in "" }.parameterNames == names)
    }

    @Test func theCompilerPicksTheKindOfHandler() {
        let kinds = [
            get("/") { _ in "text" },
            get("/") { context in context.text("answered") },
            get("/") { context in
                let text = "nothing returned"
                context.text(text)
            },
            get("/") { context in
                try await context.sleep(for: .zero)
                return "text"
            },
            get("/") { context in try await context.sleep(for: .zero) },
            get("/", Controller.index), get("/", Controller.later), get("/", Controller().show),
        ].map { route in
            if case .sync = route.action { "sync" } else { "async" }
        }
        #expect(kinds == ["sync", "sync", "sync", "async", "async", "sync", "async", "async"])
    }

    private struct Controller {
        static func index(_ context: Context) throws -> String { "" }
        static func later(_ context: Context) async throws -> Response { .text("") }
        func show(_ context: Context) async throws { context.text("") }
    }
}
