import Synchronization
import Testing

@testable import Zzz
@testable import ZzzStore

@Suite struct IdempotencyTests {
    /// An app that counts how often its handler has run.
    private final class Payments: App {
        let count = Atomic<Int>(0)
        private let pipelines: [Pipeline]
        private let handler: @Sendable (Context, Int) async throws -> Response?

        /// - Parameter handler: nil when it has answered.
        init(
            _ idempotency: Idempotency = Idempotency(), outer: Pipeline = Pipeline(),
            _ handler: @escaping @Sendable (Context, Int) async throws -> Response? = { _, number in
                .text("payment \(number)", status: .created).header("Location", "/payments/\(number)")
            }
        ) {
            pipelines = [outer, Pipeline { idempotency }]
            self.handler = handler
        }

        func routes() -> [Route] {
            scope(through: pipelines) {
                post("/payments") { context in try await self.handle(context) }
                patch("/payments") { context in try await self.handle(context) }
                put("/payments") { context in try await self.handle(context) }
                post("/refunds") { context in try await self.handle(context) }
            }
        }

        private func handle(_ context: Context) async throws {
            let response = try await handler(context, count.wrappingAdd(1, ordering: .relaxed).newValue)
            if let response { try context.respond(response) }
        }
    }

    private func load(_ app: Payments) throws -> FakeHost {
        let host = FakeHost()
        try host.load(app)
        return host
    }

    @discardableResult
    private func pay(
        _ host: FakeHost, key: String? = "\"a\"", _ method: String = "POST", _ target: String = "/payments",
        body: String = "{}", headers: [(String, String)] = []
    ) -> FakeRequest {
        host.send(
            FakeRequest(method, target, headers: headers + (key.map { [("Idempotency-Key", $0)] } ?? []), body: body))
    }

    @Test func theFirstResponseIsGivenAgain() throws {
        let host = try load(Payments())
        let first = pay(host)
        #expect(first.status == 201)
        #expect(first.text == "payment 1")
        #expect(first.header("Idempotent-Replayed") == nil)
        for _ in 0..<2 {
            let again = pay(host)
            #expect(again.status == 201)
            #expect(again.text == "payment 1")
            #expect(again.contentType == "text/plain; charset=utf-8")
            #expect(again.header("Location") == "/payments/1")
            #expect(again.header("Idempotent-Replayed") == "true")
        }
        #expect(pay(host, key: "\"b\"").text == "payment 2")
    }

    @Test func otherMethodsAndRequestsWithoutAKeyAreLeftAlone() throws {
        let host = try load(Payments())
        #expect(pay(host, key: nil).text == "payment 1")
        #expect(pay(host, key: nil).text == "payment 2")
        #expect(pay(host, "PUT").text == "payment 3")
        #expect(pay(host, "PUT").text == "payment 4")
        #expect(pay(host, "PATCH").text == "payment 5")
        #expect(pay(host, "PATCH").text == "payment 5")
        let all = try load(Payments(Idempotency(methods: [.put])))
        #expect(pay(all, "PUT").text == "payment 1")
        #expect(pay(all, "PUT").text == "payment 1")
        #expect(pay(all).text == "payment 2")
    }

    @Test func anotherRequestWithTheSameKeyIsRefused() throws {
        let host = try load(Payments())
        pay(host)
        for request in [
            pay(host, body: "{ }"), pay(host, "PATCH"), pay(host, "POST", "/refunds"), pay(host, "POST", "/payments?x"),
            pay(host, headers: [("Host", "other.example")]),
        ] {
            #expect(request.status == 422)
            #expect(request.text == "This Idempotency-Key was used for another request.\n")
        }
        #expect(pay(host).text == "payment 1")
    }

    @Test func aRequestThatIsNotAnsweredYetIsAConflict() throws {
        let app = Payments { context, number in
            try await context.sleep(for: .seconds(1))
            return .text("payment \(number)")
        }
        let host = try load(app)
        let first = pay(host)
        #expect(!first.hasBegun)
        let second = pay(host)
        #expect(second.status == 409)
        #expect(second.header("Retry-After") == "1")
        #expect(second.text == "A request with this Idempotency-Key is being handled.\n")
        #expect(pay(host, body: "other").status == 422)
        host.advance(microseconds: 1_000_000)
        #expect(first.text == "payment 1")
        #expect(pay(host).text == "payment 1")
        #expect(app.count.load(ordering: .relaxed) == 1)
    }

    @Test(arguments: [
        ("\"8e03978e-40d5-43e8-bc93-6894a57f9324\"", true), ("8e03978e-40d5-43e8-bc93-6894a57f9324", true),
        ("\"with \\\"quotes\\\" and \\\\\"", true), ("\"\"", false), ("\"", false), ("\"a", false), ("\"a\"b", false),
        ("\"a\";p=1", false), ("\"a\\b\"", false), ("\"a\\", false), ("\"ä\"", false), ("ä", false), ("a b", false),
        ("a,b", false), ("a\"", false), ("a\\", false),
    ])
    func keys(_ key: String, _ isTaken: Bool) throws {
        let request = pay(try load(Payments()), key: key)
        #expect(request.status == (isTaken ? 201 : 400))
        if !isTaken {
            #expect(request.text == "The Idempotency-Key field must be one string of 1 to 255 visible characters.\n")
        }
    }

    @Test(arguments: [(254, true), (255, true), (256, false)])
    func aKeyHasALimit(_ count: Int, _ isTaken: Bool) {
        let key = String(repeating: "k", count: count)
        #expect((Idempotency.key(key) == key) == isTaken)
        #expect((Idempotency.key("\"\(key)\"") == key) == isTaken)
    }

    @Test func quotesAreNoPartOfTheKey() throws {
        let host = try load(Payments())
        #expect(pay(host, key: "\"a\"").text == "payment 1")
        #expect(pay(host, key: "a").text == "payment 1")
    }

    @Test func twoKeysAreNone() throws {
        let host = try load(Payments())
        #expect(pay(host, headers: [("Idempotency-Key", "\"b\"")]).status == 400)
    }

    @Test func aKeyMayBeRequiredAndHaveAnotherName() throws {
        let app = Payments(
            Idempotency(header: "X-Request-Key", isRequired: true, documentation: "https://example.com/keys"))
        let host = try load(app)
        let refused = pay(host)
        #expect(refused.status == 400)
        #expect(refused.text == "This request needs an X-Request-Key field.\n")
        #expect(refused.header("Link") == "<https://example.com/keys>; rel=\"describedby\"; type=\"text/html\"")
        #expect(pay(host, key: nil, headers: [("x-request-key", "a")]).text == "payment 1")
        #expect(pay(host, key: nil, headers: [("X-Request-Key", "a")]).text == "payment 1")
        #expect(pay(host, key: nil, "PUT").text == "payment 2")
    }

    @Test func nobodyIsGivenAResponseOfSomebodyElse() throws {
        let host = try load(Payments())
        let ada = ("Authorization", "Bearer ada")
        #expect(pay(host, headers: [ada]).text == "payment 1")
        #expect(pay(host, headers: [("Authorization", "Bearer bob")]).text == "payment 2")
        #expect(pay(host).text == "payment 3")
        let stranger = FakeRequest("POST", "/payments", headers: [("Idempotency-Key", "\"a\"")], body: "{}")
        stranger.peerText = "192.0.2.99"
        #expect(host.send(stranger).text == "payment 4")
        #expect(pay(host, headers: [ada]).text == "payment 1")
    }

    @Test func theScopeMayBeTheAppsOwn() throws {
        let host = try load(Payments(Idempotency(scope: RequestKey { $0.headers["x-user"] })))
        #expect(pay(host, headers: [("X-User", "1")]).text == "payment 1")
        #expect(pay(host, headers: [("X-User", "2")]).text == "payment 2")
        #expect(pay(host, headers: [("X-User", "1"), ("Authorization", "x")]).text == "payment 1")
        // No user, no keys.
        #expect(pay(host).text == "payment 3")
        #expect(pay(host).text == "payment 4")
    }

    @Test func responsesAreKeptForATime() throws {
        let host = try load(Payments(Idempotency(expiresIn: .seconds(10))))
        #expect(pay(host).text == "payment 1")
        host.advance(microseconds: 9_999_999)
        #expect(pay(host).text == "payment 1")
        host.advance(microseconds: 1)
        #expect(pay(host).text == "payment 2")
    }

    @Test(arguments: [200, 201, 302, 400, 404, 422, 401, 403, 408, 409, 425, 429, 500, 503] as [UInt16])
    func onlyWhatIsFinalIsKept(_ status: UInt16) throws {
        let app = Payments { _, number in
            if status >= 400 { throw Abort(Status(rawValue: status), "failure \(number)") }
            return .text("payment \(number)", status: Status(rawValue: status))
        }
        let host = try load(app)
        #expect(pay(host).status == status)
        let again = pay(host)
        #expect(again.status == status)
        let isKept = [200, 201, 302, 400, 404, 422].contains(status)
        #expect((again.header("Idempotent-Replayed") == "true") == isKept)
        #expect(app.count.load(ordering: .relaxed) == (isKept ? 1 : 2))
    }

    @Test func whatIsKeptMayBeChosen() throws {
        let idempotency = Idempotency(keeps: { $0 == .internalServerError })
        let app = Payments(idempotency) { _, _ in throw Abort(.internalServerError) }
        let host = try load(app)
        pay(host)
        #expect(pay(host).header("Idempotent-Replayed") == "true")
    }

    /// Fields of middleware around it are made for each response.
    @Test func onlyWhatIsBehindItIsKept() throws {
        struct Numbered: Middleware {
            let number = Box()
            final class Box: Sendable { let value = Atomic<Int>(0) }
            func call(_ context: Context) throws -> Next {
                let mine = number.value.wrappingAdd(1, ordering: .relaxed).newValue
                context.setHeader("X-Before", "\(mine)")
                context.beforeSend { $0.setHeader("X-Hook", "\(mine)") }
                return .next
            }
        }
        let app = Payments(outer: Pipeline { Numbered() }) { context, number in
            try context.setCookie(Cookie("session", "secret"))
            context.addHeader("Link", "<a>")
            context.addHeader("Link", "<b>")
            return Response(contentType: "application/x-own", body: .bytes([0, 255, 13, 10]))
        }
        let host = try load(app)
        let first = pay(host)
        #expect(first.header("Set-Cookie") != nil)
        let again = pay(host)
        #expect(again.header("Idempotent-Replayed") == "true")
        #expect(again.contentType == "application/x-own")
        #expect(again.responseBody == [0, 255, 13, 10])
        #expect(again.headers.filter { $0.0 == "Link" }.map(\.1) == ["<a>", "<b>"])
        #expect(again.headers.filter { $0.0 == "X-Before" }.map(\.1) == ["2"])
        #expect(again.headers.filter { $0.0 == "X-Hook" }.map(\.1) == ["2"])
        #expect(again.header("Set-Cookie") == nil)
    }

    @Test func whatCannotBeKeptIsNotDoneTwice() throws {
        // More than the store takes.
        let large = Payments { _, _ in .text(String(repeating: "x", count: 64 << 10)) }
        // A stream.
        let stream = Payments { context, _ in
            try await context.stream(contentType: "text/plain") { writer in try await writer.write("piece") }
            return nil
        }
        for app in [large, stream] {
            let host = try load(app)
            #expect(pay(host).status == 200)
            let again = pay(host)
            #expect(again.status == 409)
            #expect(again.text == "This request was answered, and its response cannot be given again.\n")
            #expect(app.count.load(ordering: .relaxed) == 1)
            #expect(host.log.contains { $0.message.contains("cannot be kept") })
        }
    }

    @Test func aClientThatLeavesMayTryAgain() throws {
        let app = Payments { context, number in
            if number == 1 { try await context.sleep(for: .seconds(1)) }
            return .text("payment \(number)")
        }
        let host = try load(app)
        let first = pay(host)
        first.clientLeaves()
        #expect(pay(host).text == "payment 2")
        #expect(pay(host).text == "payment 2")
    }

    /// The response that the client has not waited for is there when it comes back.
    @Test func aResponseIsKeptWhenTheClientHasLeft() throws {
        let app = Payments { context, number in
            try? await context.sleep(for: .seconds(1))
            return .text("payment \(number)")
        }
        let host = try load(app)
        let first = pay(host)
        first.clientLeaves()
        host.advance(microseconds: 1_000_000)
        #expect(!first.hasBegun)
        #expect(pay(host).text == "payment 1")
    }

    @Test func aKeyOfARequestThatNeverEndsIsFreed() throws {
        let app = Payments(Idempotency(pendingFor: .seconds(5))) { context, number in
            if number == 1 { try await context.sleep(for: .seconds(10)) }
            return .text("payment \(number)")
        }
        let host = try load(app)
        let first = pay(host)
        host.advance(microseconds: 4_999_999)
        #expect(pay(host).status == 409)
        host.advance(microseconds: 1)
        #expect(pay(host).text == "payment 2")
        // The first one comes to its end, and does not change what is kept.
        host.advance(microseconds: 5_000_000)
        #expect(first.text == "payment 1")
        #expect(pay(host).text == "payment 2")
    }

    /// The host refuses a malformed field: the client gets 500, and may try again.
    @Test func aResponseThatTheHostRefusesIsNotKept() throws {
        let app = Payments { _, number in
            .text("payment \(number)").header("X-Number", number == 1 ? "a\nb" : "ab")
        }
        let host = try load(app)
        #expect(pay(host).status == 500)
        #expect(pay(host).text == "payment 2")
        #expect(pay(host).text == "payment 2")
    }

    @Test(arguments: [
        Idempotency(expiresIn: .zero), Idempotency(expiresIn: .seconds(-1)), Idempotency(pendingFor: .zero),
    ])
    func badOptionsRefuseTheApp(_ idempotency: Idempotency) {
        #expect(throws: StartupError.self) { try load(Payments(idempotency)) }
    }

    @Test func whatNobodyCanReadIsAConflict() throws {
        let app = Payments()
        let host = try load(app)
        pay(host)
        let keys = host.store.places.compactMap { place in place.shard.withLock { $0.oldest?.key } }
        let key = try #require(keys.first)
        try host.store.put(key.span.bytes, Array("of another version".utf8))
        #expect(pay(host).status == 409)
        #expect(app.count.load(ordering: .relaxed) == 1)
    }
}
