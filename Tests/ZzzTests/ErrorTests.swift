import Testing

@testable import Zzz

@Suite struct ErrorTests {
    struct Secret: Error, CustomStringConvertible { var description: String { "password=hunter2" } }

    private func failing(
        _ error: any Error & Sendable, accept: String? = nil
    ) throws -> (FakeRequest, FakeHost) {
        let host = FakeHost()
        try host.load { get("/fail/:id") { _ -> String in throw error } }
        return (host.get("/fail/1", headers: accept.map { [("Accept", $0)] } ?? []), host)
    }

    @Test func anAbortIsTold() throws {
        let (request, host) = try failing(Abort(.conflict, "Taken.", headers: [("X-Why", "name")]))
        #expect(request.status == 409)
        #expect(request.text == "Taken.\n")
        #expect(request.contentType == "text/plain; charset=utf-8")
        #expect(request.header("X-Why") == "name")
        #expect(host.log.isEmpty)
        #expect(try failing(Abort(.gone)).0.text == "Gone\n")
    }

    @Test func anyOtherErrorIs500AndOnlyLogged() throws {
        let (request, host) = try failing(Secret())
        #expect(request.status == 500)
        #expect(request.text == "Internal Server Error\n")
        #expect(host.log.count == 1)
        #expect(host.log[0].level == LogLevel.error.rawValue)
        #expect(host.log[0].message.contains("password=hunter2"))
        #expect(host.log[0].fields == ["route": "/fail/:id", "error": "Secret"])
        #expect(host.log[0].hasRequest)
    }

    @Test(arguments: [
        ("application/json", true), ("application/problem+json", true), ("text/html", false), ("*/*", false),
        ("text/html, application/json;q=0.9", false), ("text/html;q=0.5, application/json", true),
        ("application/json;q=0", false), ("APPLICATION/JSON", true), ("application/json, text/plain, */*", true),
        ("", false),
    ])
    func theAcceptFieldChoosesTheForm(_ accept: String, _ isJSON: Bool) throws {
        let (request, _) = try failing(Abort(.notFound, "No \"x\"\n."), accept: accept)
        if isJSON {
            #expect(request.contentType == "application/problem+json")
            #expect(request.text == #"{"title":"Not Found","status":404,"detail":"No \"x\"\n."}"#)
        } else {
            #expect(request.contentType == "text/plain; charset=utf-8")
        }
    }

    @Test func fieldsThatTheHandlerSetGoWithTheError() throws {
        let host = FakeHost()
        try host.load {
            get("/") { context -> String in
                context.setHeader("X-Half", "done")
                context.status = .created
                throw Abort(.badRequest)
            }
        }
        let request = host.get("/")
        #expect(request.status == 400)
        #expect(request.header("X-Half") == nil)
    }

    @Test func noRouteIs404AndAnotherMethod405WithAllow() throws {
        let host = FakeHost()
        try host.load { get("/a") { _ in "a" } }
        #expect(host.get("/b").status == 404)
        #expect(host.get("/b").text == "Not Found\n")
        let request = host.send(FakeRequest("POST", "/a"))
        #expect(request.status == 405)
        #expect(request.header("Allow") == "GET, HEAD")
        #expect(request.headers.count == 1)
    }

    @Test func anAppRendersItsOwnErrors() throws {
        struct Site: App {
            func routes() -> [Route] {
                get("/") { _ -> String in throw Secret() }
                get("/teapot") { _ -> String in throw Abort(418, "short and stout") }
                get("/broken") { _ -> String in throw Abort(.badRequest) }
            }
            func notFound(_ context: Context) throws {
                if context.path == "/default" { throw Abort(.notFound) }
                context.status = .notFound
                context.html("<h1>nothing at \(context.path)</h1>")
            }
            func methodNotAllowed(_ context: Context) throws {
                context.status = .methodNotAllowed
                context.html("<h1>not like that</h1>")
            }
            func render(_ abort: Abort, for context: Context) throws -> Response? {
                if abort.status == .badRequest { throw Secret() }
                return .html("<h1>\(abort.status.rawValue) \(abort.message)</h1>", status: abort.status)
            }
        }
        let host = FakeHost()
        try host.load(Site())
        #expect(host.get("/none").text == "<h1>nothing at /none</h1>")
        #expect(host.get("/default").text == "<h1>404 Not Found</h1>")
        let other = host.send(FakeRequest("POST", "/"))
        #expect(other.text == "<h1>not like that</h1>")
        #expect(other.header("Allow") == "GET, HEAD")
        #expect(host.get("/").text == "<h1>500 Internal Server Error</h1>")
        #expect(host.get("/teapot").status == 418)
        // A hook that fails is replaced by the plain form.
        host.log = []
        #expect(host.get("/broken").text == "Bad Request\n")
        #expect(host.log.first?.message.contains("rendering 400 Bad Request failed") == true)
    }

    // MARK: Misuse

    @Test func aSecondAnswerIsLoggedAndTheFirstCounts() throws {
        let host = FakeHost()
        try host.load {
            get("/") { context in
                context.text("first")
                context.text("second")
            }
        }
        let request = host.get("/")
        #expect(request.text == "first")
        #expect(request.calls == ["respond"])
        #expect(host.log.count == 1)
        #expect(host.log[0].message.contains("a second answer to the same request; the first one counts"))
        #expect(host.log[0].message.contains("ErrorTests.swift:"))
    }

    @Test func aHandlerThatDoesNotAnswerIs500() throws {
        let host = FakeHost()
        try host.load { get("/") { context in context.setHeader("X", "y") } }
        #expect(host.get("/").status == 500)
        #expect(host.log.first?.message.contains("the handler returned without answering") == true)
    }

    @Test func anErrorAfterTheAnswerIsOnlyLogged() throws {
        let host = FakeHost()
        try host.load {
            get("/") { context in
                context.text("done")
                throw Secret()
            }
        }
        #expect(host.get("/").text == "done")
        #expect(host.log.first?.message.contains("failed after its answer: password=hunter2") == true)
    }

    @Test(arguments: [("X-Bad", "a\r\nSet-Cookie: b"), ("X-Bad", "a\u{0}"), ("", "x")])
    func aMalformedFieldIs500AndNeverSent(_ name: String, _ value: String) throws {
        let host = FakeHost()
        try host.load {
            get("/") { context in
                context.setHeader(name, value)
                context.text("x")
            }
        }
        let request = host.get("/")
        #expect(request.status == 500)
        #expect(request.headers.isEmpty)
        #expect(host.log.first?.message.contains("respond: the field \(name) is malformed") == true)
    }

    @Test func aMalformedFieldOfAnAbortIsDropped() throws {
        let (request, host) = try failing(Abort(.tooManyRequests, headers: [("Retry-After", "1\r\n")]))
        #expect(request.status == 500)
        #expect(request.headers.isEmpty)
        // What another test logs for the process may come here, too.
        #expect(host.log.count { $0.message.contains("Retry-After") } == 1, "\(host.log.map(\.message))")
    }

    @Test func nobodyIsToldWhenTheClientHasLeft() throws {
        let host = FakeHost()
        try host.load { get("/") { $0.text("late") } }
        let request = FakeRequest("GET", "/")
        request.isGone = true
        host.send(request)
        #expect(!request.hasBegun)
        #expect(host.log.isEmpty)
    }
}
