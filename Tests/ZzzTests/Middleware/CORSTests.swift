import Testing

@testable import Zzz

@Suite struct CORSTests {
    private func ask(
        _ cors: CORS, origin: String? = "https://a.example", method: String = "GET",
        headers: [(String, String)] = []
    ) throws -> FakeRequest {
        let host = FakeHost()
        try host.load {
            scope(through: [Pipeline { cors }]) {
                get("/x") { _ in "x" }
                put("/x") { _ in "put" }
            }
        }
        return host.send(FakeRequest(method, "/x", headers: headers + (origin.map { [("Origin", $0)] } ?? [])))
    }

    private func preflight(_ cors: CORS, _ headers: [(String, String)] = []) throws -> FakeRequest {
        try ask(cors, method: "OPTIONS", headers: [("Access-Control-Request-Method", "PUT")] + headers)
    }

    @Test(arguments: [
        (CORS.Origins.any, "https://x.example", "*"), (.list(["https://a.example"]), "https://a.example", "same"),
        (.list(["https://a.example"]), "https://b.example", ""),
        (.list(["https://a.example"]), "https://A.example", ""),
        (.list([]), "https://a.example", ""), (.list(["https://a.example"]), "null", ""),
        (.patterns(["https://*.example"]), "https://a.example", "same"),
        (.patterns(["https://*.example"]), "https://a.b.example", "same"),
        (.patterns(["https://*.example"]), "https://.example", ""),
        (.patterns(["https://*.example"]), "https://example", ""),
        (.patterns(["https://*.example"]), "https://evil.com/.example", ""),
        (.patterns(["https://*.example"]), "https://a.example.evil.com", ""),
        (.patterns(["https://*.example"]), "http://a.example", ""),
        (.patterns(["http://localhost:*"]), "http://localhost:3000", "same"),
        (.patterns(["http://localhost:*"]), "http://localhost:3000@evil.com", ""),
        (.patterns(["https://*.x.*"]), "https://a.x.b", "same"), (.patterns(["https://*.x.*"]), "https://a.y.b", ""),
        (.function { origin, _ in origin.hasSuffix(".example") }, "https://f.example", "same"),
        (.function { _, _ in true }, "https://a b\u{1}", ""), (.function { _, _ in true }, "", ""),
    ])
    func whoMayRead(_ origins: CORS.Origins, _ origin: String, _ expected: String) throws {
        let request = try ask(CORS(origins: origins), origin: origin)
        #expect(request.text == "x")
        #expect(request.header("Access-Control-Allow-Origin") ?? "" == (expected == "same" ? origin : expected))
        let isAny = if case .any = origins { true } else { false }
        #expect(request.header("Vary") == (isAny ? nil : "Origin"))
    }

    @Test func withoutAnOriginThereIsOnlyVary() throws {
        let request = try ask(CORS(origins: .list(["https://a.example"])), origin: nil)
        #expect(request.headers.map(\.0) == ["Vary"])
    }

    @Test func aPreflightIsAnswered() throws {
        let request = try preflight(CORS(origins: .list(["https://a.example"]), headers: .list(["X-One", "X-Two"])))
        #expect(request.status == 204)
        #expect(request.header("Access-Control-Allow-Origin") == "https://a.example")
        #expect(request.header("Access-Control-Allow-Methods") == "GET, HEAD, PUT, OPTIONS")
        #expect(request.header("Access-Control-Allow-Headers") == "X-One, X-Two")
        #expect(request.header("Access-Control-Max-Age") == "600")
        #expect(request.header("Access-Control-Allow-Credentials") == nil)
        #expect(request.headers.filter { $0.0 == "Vary" }.map(\.1) == ["Origin", "Access-Control-Request-Method"])
        let refused = try preflight(CORS(origins: .list([])))
        #expect(refused.status == 204)
        #expect(refused.header("Access-Control-Allow-Origin") == nil)
    }

    @Test func everyOptionOfAPreflight() throws {
        let cors = CORS(
            origins: .list(["https://a.example"]), methods: [.get, .patch], headers: .requested,
            exposedHeaders: ["X-Total"], allowsCredentials: true, maxAge: nil, allowsPrivateNetwork: true)
        let request = try preflight(
            cors, [("Access-Control-Request-Headers", "x-a,x-b"), ("Access-Control-Request-Private-Network", "true")])
        #expect(request.header("Access-Control-Allow-Methods") == "GET, PATCH")
        #expect(request.header("Access-Control-Allow-Headers") == "x-a, x-b")
        #expect(request.header("Access-Control-Max-Age") == nil)
        #expect(request.header("Access-Control-Allow-Credentials") == "true")
        #expect(request.header("Access-Control-Allow-Private-Network") == "true")
        #expect(request.header("Access-Control-Expose-Headers") == nil)
        #expect(try preflight(cors).header("Access-Control-Allow-Private-Network") == nil)
        let bad = try preflight(cors, [("Access-Control-Request-Headers", "x a,<b>")])
        #expect(bad.header("Access-Control-Allow-Headers") == nil)
        let plain = try ask(cors)
        #expect(plain.header("Access-Control-Expose-Headers") == "X-Total")
        #expect(plain.header("Access-Control-Allow-Credentials") == "true")
    }

    @Test func optionsThatAreNoPreflightGetAllow() throws {
        let request = try ask(CORS(origins: .any), method: "OPTIONS")
        #expect(request.status == 204)
        #expect(request.header("Allow") == "GET, HEAD, PUT, OPTIONS")
    }

    @Test func thePreflightMeetsThePipelineOfTheMethodItAsksFor() throws {
        let host = FakeHost()
        try host.load {
            get("/x", through: [Pipeline { CORS(origins: .any) }]) { _ in "x" }
            put("/x", through: [Pipeline { CORS(origins: .list(["https://a.example"])) }]) { _ in "x" }
            post("/x") { _ in "x" }
        }
        func allowed(_ method: String) -> String? {
            host.send(
                FakeRequest(
                    "OPTIONS", "/x",
                    headers: [("Origin", "https://a.example"), ("Access-Control-Request-Method", method)])
            ).header("Access-Control-Allow-Origin")
        }
        #expect(allowed("GET") == "*")
        #expect(allowed("PUT") == "https://a.example")
        #expect(allowed("POST") == nil)
        #expect(allowed("NONE") == "*")
    }

    @Test func methodsThatOnlyMiddlewareHasAddedAreNotAllowed() throws {
        struct Site: App {
            func routes() -> [Route] {
                put("/x/:id", through: [Pipeline { CORS(origins: .any) }]) { _ in "x" }
                delete("/x/:other") { _ in "x" }
            }
            var endpoint: Pipeline { Pipeline { MethodOverride() } }
        }
        let host = FakeHost()
        try host.load(Site())
        let fields = [("Origin", "https://a.example"), ("Access-Control-Request-Method", "PUT")]
        let request = host.send(FakeRequest("OPTIONS", "/x/1", headers: fields))
        #expect(request.header("Access-Control-Allow-Methods") == "PUT, DELETE, OPTIONS")
    }

    @Test func inTheEndpointPipelineItCoversEverything() throws {
        struct Site: App {
            func routes() -> [Route] {
                get("/fail") { _ -> String in throw Abort(.conflict) }
                options("/own") { _ in "own" }
                any("/any") { _ in "any" }
            }
            var endpoint: Pipeline { Pipeline { CORS(origins: .any) } }
        }
        let host = FakeHost()
        try host.load(Site())
        for path in ["/fail", "/none"] {
            let request = host.get(path, headers: [("Origin", "https://a.example")])
            #expect(request.status >= 400)
            #expect(request.header("Access-Control-Allow-Origin") == "*")
        }
        #expect(host.send(FakeRequest("OPTIONS", "/own")).text == "own")
        #expect(host.send(FakeRequest("OPTIONS", "/any")).text == "any")
        #expect(host.routes.count == 4)
    }

    @Test(arguments: [
        CORS(origins: .any, allowsCredentials: true), CORS(origins: .list(["a.example"])),
        CORS(origins: .list(["https://a.example/"])), CORS(origins: .list(["https://"])),
        CORS(origins: .patterns(["*"])),
        CORS(origins: .any, headers: .list(["a b"])), CORS(origins: .any, exposedHeaders: ["a,b"]),
    ])
    func optionsThatMakeNoSenseRefuseTheApp(_ cors: CORS) {
        #expect(throws: StartupError.self) {
            try FakeHost().load { get("/", through: [Pipeline { cors }]) { _ in "x" } }
        }
    }
}
