import Synchronization
import Testing

@testable import Zzz

/// RequestID, RequestLogger and MethodOverride.
@Suite struct RequestIdentityTests {
    private static let id = "abcdefghij0123456789"

    @Test(arguments: [
        (id, true), ("short", false), (String(repeating: "x", count: 200), true),
        (String(repeating: "x", count: 201), false),
        (String(id.dropLast()), false), ("abcdefghij012345678 9", false), ("abcdefghij012345678\"<", false),
        ("", false),
        ("ümlautümlautümlautüm", false),
    ])
    func anIncomingIDIsKeptWhenItLooksLikeOne(_ id: String, _ isKept: Bool) throws {
        let host = FakeHost()
        try host.load {
            get("/", through: [Pipeline { RequestID() }]) { context in
                context.log.info("seen")
                return context.requestID
            }
        }
        let request = host.get("/", headers: [("X-Request-ID", id)])
        #expect((request.text == id) == isKept)
        #expect(isKept || request.text.utf8.count == 32)
        #expect(request.header("X-Request-Id") == request.text)
        #expect(host.log.first?.fields == ["request_id": request.text])
    }

    @Test func optionsOfTheRequestID() throws {
        let host = FakeHost()
        let pipeline = Pipeline { RequestID(header: "X-Trace", acceptsIncoming: false, isSent: false) { "made" } }
        try host.load { get("/", through: [pipeline]) { context in context.requestID } }
        let request = host.get("/", headers: [("X-Trace", Self.id)])
        #expect(request.text == "made")
        #expect(request.headers.isEmpty)
        #expect(throws: StartupError.self) {
            try FakeHost().load { get("/", through: [Pipeline { RequestID(header: "a b") }]) { _ in "x" } }
        }
        let other = FakeHost()
        try other.load { get("/") { context in context.requestID ?? "none" } }
        #expect(other.get("/").text == "none")
    }

    @Test func theErrorPageCarriesTheIDToo() throws {
        let host = FakeHost()
        try host.load { get("/", through: [Pipeline { RequestID() }]) { _ -> String in throw Abort(.conflict) } }
        #expect(host.get("/", headers: [("X-Request-Id", Self.id)]).header("X-Request-Id") == Self.id)
    }

    // MARK: RequestLogger

    private func log(_ parameters: RequestLogger.Parameters) throws -> FakeHost {
        let time = Mutex<UInt64>(0)
        let clock = MonotonicClock {
            time.withLock {
                $0 += 5_000
                return $0
            }
        }
        let host = FakeHost()
        let logger = RequestLogger(parameters: parameters, clock: clock) { $0.status == .notFound ? nil : .notice }
        try host.load {
            get("/users/:id", through: [Pipeline { logger }]) { context -> String in
                if context.params["id"] == "0" { throw Abort(.notFound) }
                return "x"
            }
        }
        return host
    }

    @Test func aRequestIsLoggedWhenItHasEnded() throws {
        let host = try log(.none)
        host.get("/users/7?a=1")
        #expect(
            host.log == [
                FakeHost.LogRecord(
                    level: LogLevel.notice.rawValue, message: "GET /users/7 200 in 5 us",
                    fields: [
                        "method": "GET", "path": "/users/7", "status": "200", "route": "/users/:id", "duration_us": "5",
                    ], hasRequest: true)
            ])
        host.get("/users/0")
        #expect(host.log.count == 1)
        host.logLevel = LogLevel.error.rawValue
        host.get("/users/7")
        #expect(host.log.count == 1)
    }

    @Test(arguments: [
        (RequestLogger.Parameters.except(["pass"]), #"{"a":"1","user":{"PassWord":"[FILTERED]","n":"2"},"id":"7"}"#),
        (.except(["user"]), #"{"a":"1","user":{"PassWord":"[FILTERED]","n":"[FILTERED]"},"id":"7"}"#),
        (.except([]), #"{"a":"1","user":{"PassWord":"x","n":"2"},"id":"7"}"#),
        (.only(["n"]), #"{"a":"[FILTERED]","user":{"PassWord":"[FILTERED]","n":"2"},"id":"[FILTERED]"}"#),
    ])
    func parametersAreFiltered(_ parameters: RequestLogger.Parameters, _ expected: String) throws {
        let host = try log(parameters)
        host.get("/users/7?a=1&user[PassWord]=x&user[n]=2")
        #expect(host.log.first?.fields["params"] == expected)
    }

    @Test func theDefaultLevelIsInfo() throws {
        let host = FakeHost()
        try host.load { get("/", through: [Pipeline { RequestLogger() }]) { _ in "x" } }
        host.get("/")
        #expect(host.log.first?.level == LogLevel.info.rawValue)
        let other = FakeHost()
        try other.load { get("/", through: [Pipeline { RequestLogger(level: .warning) }]) { _ in "x" } }
        other.get("/")
        #expect(other.log.first?.level == LogLevel.warning.rawValue)
    }

    // MARK: MethodOverride

    struct Site: App {
        var field = "_method"

        func routes() -> [Route] {
            put("/posts/:id") { context in
                "put \(try context.params.require("id")) \(context.method) \(context.methodName)"
            }
            delete("/posts/:post") { context in
                try await context.sleep(for: .milliseconds(1))
                return "delete \(try context.params.require("post"))"
            }
            post("/both", through: [Pipeline { BodyParser(passing: ["*/*"]) }]) { _ in "post" }
            patch("/both") { _ in "patch" }
            get("/get") { _ in "get" }
            put("/upload", streamBody: true) { _ in "upload" }
        }
        var endpoint: Pipeline { Pipeline { MethodOverride(field: field, header: "X-Method") } }
    }

    private func override(_ path: String, _ body: String, type: String = "application/x-www-form-urlencoded") throws
        -> FakeRequest
    {
        let host = FakeHost()
        try host.load(Site())
        let request = host.send(FakeRequest("POST", path, headers: [("Content-Type", type)], body: body))
        host.advance(microseconds: 1000)
        return request
    }

    @Test(arguments: [
        ("/posts/7", "_method=put", 200, "put 7 PUT PUT"), ("/posts/7", "a=1&_method=DELETE", 200, "delete 7"),
        ("/both", "_method=Patch", 200, "patch"), ("/both", "a=1", 200, "post"),
        ("/both", "_method=put", 405, "Method Not Allowed\n"),
        ("/posts/7", "a=1", 405, "Method Not Allowed\n"), ("/posts/7", "_method=patch", 405, "Method Not Allowed\n"),
        ("/posts/7", "_method=get", 400, "The field _method must be PUT, PATCH or DELETE.\n"),
        ("/posts/7", "_method=", 400, "The field _method must be PUT, PATCH or DELETE.\n"),
        ("/upload", "_method=put", 405, "Method Not Allowed\n"), ("/get", "_method=put", 405, "Method Not Allowed\n"),
    ])
    func aFormStandsForAnotherMethod(_ path: String, _ body: String, _ status: UInt16, _ text: String) throws {
        let request = try override(path, body)
        #expect(request.status == status)
        #expect(request.text == text)
    }

    @Test func onlyFormsCountAndTheHeaderIfAskedFor() throws {
        #expect(try override("/both", "_method=patch", type: "text/plain").text == "post")
        let host = FakeHost()
        try host.load(Site())
        #expect(host.send(FakeRequest("POST", "/both", headers: [("X-Method", "patch")])).text == "patch")
        let refused = host.send(FakeRequest("POST", "/posts/7"))
        #expect(refused.header("Allow") == "PUT, DELETE, OPTIONS")
    }

    @Test func theFieldMayHaveAnotherName() throws {
        let host = FakeHost()
        try host.load(Site(field: "verb"))
        let type = ("Content-Type", "application/x-www-form-urlencoded")
        #expect(host.send(FakeRequest("POST", "/both", headers: [type], body: "verb=patch")).text == "patch")
        #expect(host.send(FakeRequest("POST", "/both", headers: [type], body: "_method=patch")).text == "post")
    }

    @Test func behindARouteItComesTooLate() {
        #expect {
            try FakeHost().load { put("/", through: [Pipeline { MethodOverride() }]) { _ in "x" } }
        } throws: { "\($0)".contains("MethodOverride belongs in the endpoint pipeline") }
    }
}
