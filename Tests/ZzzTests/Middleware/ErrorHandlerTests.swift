import Testing

@testable import Zzz

@Suite struct ErrorHandlerTests {
    struct Secret: Error, CustomStringConvertible { var description: String { "<b>hunter2</b>" } }

    struct Site: App {
        var handler: ErrorHandler
        func routes() -> [Route] {
            get("/abort/:id") { _ -> String in throw Abort(.conflict, "Is <taken>.", headers: [("X-Why", "name")]) }
            get("/fail/:id") { _ -> String in throw Secret() }
            get("/plain") { _ -> String in throw Abort(.gone) }
        }
        var endpoint: Pipeline { Pipeline { handler } }
    }

    private func ask(
        _ handler: ErrorHandler, _ target: String, accept: String? = "text/html", headers: [(String, String)] = [],
        method: String = "GET"
    ) throws -> FakeRequest {
        let host = FakeHost()
        try host.load(Site(handler: handler))
        let fields = headers + (accept.map { [("Accept", $0)] } ?? [])
        return host.send(FakeRequest(method, target, headers: fields))
    }

    @Test(arguments: [
        ("text/html", "text/html; charset=utf-8"), (nil, "text/html; charset=utf-8"),
        ("application/json", "application/problem+json"), ("application/problem+json", "application/problem+json"),
        ("text/plain", "text/plain; charset=utf-8"), ("image/png", "application/problem+json"),
        ("text/html;q=0.1, */*", "application/problem+json"),
    ])
    func theClientChoosesTheForm(_ accept: String?, _ type: String) throws {
        let request = try ask(ErrorHandler(), "/abort/1", accept: accept)
        #expect(request.status == 409)
        #expect(request.contentType == type)
        #expect(request.headers.map { "\($0.0): \($0.1)" } == ["X-Why: name", "Vary: Accept"])
    }

    @Test func thePagesSayWhatTheAbortSays() throws {
        let html = try ask(ErrorHandler(), "/abort/1").text
        #expect(html.contains("<h1>409 Conflict</h1><p>Is &lt;taken&gt;.</p>"))
        #expect(try ask(ErrorHandler(), "/plain").text.contains("<h1>410 Gone</h1></body>"))
        let problem = try ask(ErrorHandler(typePrefix: "https://x.example/"), "/abort/1", accept: "application/json")
        #expect(
            problem.text
                == #"{"title":"Conflict","status":409,"detail":"Is <taken>.","type":"https://x.example/409"}"#)
        let own = ErrorHandler { abort, context in "\(abort.status.rawValue) at \(context.path)" }
        #expect(try ask(own, "/abort/1").text == "409 at /abort/1")
    }

    @Test func unmatchedRequestsAreRenderedToo() throws {
        #expect(try ask(ErrorHandler(), "/none").text.contains("<h1>404 Not Found</h1>"))
        let other = try ask(ErrorHandler(), "/plain", method: "POST")
        #expect(other.status == 405)
        #expect(other.headers.filter { $0.0 == "Allow" }.map(\.1) == ["GET, HEAD"])
    }

    @Test(arguments: ["text/html", "application/json", "text/plain"])
    func inProductionNothingInternalIsTold(_ accept: String) throws {
        let request = try ask(ErrorHandler(), "/fail/1", accept: accept)
        #expect(request.status == 500)
        #expect(request.text.contains("Internal Server Error"))
        #expect(!request.text.contains("hunter2"))
        #expect(!request.text.contains("Secret"))
    }

    @Test func inDevelopmentTheErrorIsShownWithoutSecrets() throws {
        let handler = ErrorHandler(isDevelopment: true)
        let target = "/fail/7?password=p1&user[api_key]=p2&user[n]=<i>&tags[]=t&x=y"
        let page = try ask(handler, target, headers: [("Cookie", "p3"), ("X-Own", "shown<")]).text
        #expect(page.contains("<pre>&lt;b&gt;hunter2&lt;/b&gt;</pre>"))
        for text in ["Secret", "/fail/:id", "ErrorHandlerTests.swift:", "shown&lt;", "&lt;i&gt;", "[FILTERED]"] {
            #expect(page.contains(text), "\(text)")
        }
        for text in ["p1", "p2", "p3", "<i>"] { #expect(!page.contains(">\(text)<"), "\(text)") }
        #expect(!page.contains("&quot;p2"))
        let problem = try ask(handler, "/fail/7", accept: "application/json")
        #expect(try JSONValue(parsing: problem.responseBody)["error"] == "<b>hunter2</b>")
        // An abort is meant for the client, in development too.
        #expect(try ask(handler, "/abort/1").text.contains("Is &lt;taken&gt;."))
        let own = ErrorHandler(isDevelopment: true, secrets: ["X"])
        #expect(try ask(own, "/fail/7?password=p1&x=y").text.contains("<td>p1</td>"))
    }

    @Test func anAppThatRendersItselfIsAskedFirst() throws {
        struct Own: App {
            func routes() -> [Route] {
                get("/gone") { _ -> String in throw Abort(.gone) }
                get("/fail") { _ -> String in throw Secret() }
            }
            var endpoint: Pipeline { Pipeline { ErrorHandler(isDevelopment: true) } }
            func render(_ abort: Abort, for context: Context) throws -> Response? { .text("own", status: abort.status) }
        }
        let host = FakeHost()
        try host.load(Own())
        #expect(host.get("/gone").text == "own")
        #expect(host.get("/fail").text.contains("hunter2"))
    }
}
