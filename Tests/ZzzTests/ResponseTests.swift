import Testing

@testable import Zzz

/// What a handler answers.
@Suite struct ResponseTests {
    private func answering(
        headers: [(String, String)] = [], body: String = "", _ handler: @escaping @Sendable (Context) throws -> Void
    ) throws -> (FakeRequest, FakeHost) {
        let host = FakeHost()
        try host.load { any("/", handler) }
        return (host.send(FakeRequest("GET", "/", headers: headers, body: body)), host)
    }

    private func returning<Result: Answer>(_ handler: @escaping @Sendable (Context) throws -> Result) throws
        -> FakeRequest
    {
        let host = FakeHost()
        try host.load { get("/", handler) }
        return host.get("/")
    }

    @Test func text() throws {
        let (request, _) = try answering { $0.text("hello, this is longer than fifteen bytes") }
        #expect(request.status == 200)
        #expect(request.contentType == "text/plain; charset=utf-8")
        #expect(request.text == "hello, this is longer than fifteen bytes")
        #expect(request.headers.isEmpty)
    }

    @Test func html() throws {
        let (request, _) = try answering { $0.html("<p>") }
        #expect(request.contentType == "text/html; charset=utf-8")
        #expect(request.text == "<p>")
    }

    @Test func statusAndFields() throws {
        let (request, _) = try answering { context in
            context.status = .created
            context.setHeader("X-A", "1")
            context.setHeader("x-a", "2")
            context.addHeader("X-B", "3")
            context.addHeader("X-B", "4")
            context.setHeader("Content-Type", "text/markdown")
            context.text("# hi")
        }
        #expect(request.status == 201)
        #expect(request.headers.map { "\($0.0)=\($0.1)" } == ["x-a=2", "X-B=3", "X-B=4"])
        #expect(request.contentType == "text/markdown")
    }

    @Test func bytesAndBorrowedBytes() throws {
        let (bytes, _) = try answering { $0.send([1, 2, 3], contentType: "application/x-test") }
        #expect(bytes.responseBody == [1, 2, 3])
        #expect(bytes.contentType == "application/x-test")
        let (echo, _) = try answering(body: "abc") { context in
            context.withBody { _ = context.send($0, contentType: "text/plain") }
        }
        #expect(echo.text == "abc")
    }

    @Test func noContent() throws {
        let (request, _) = try answering { $0.noContent() }
        #expect(request.status == 204)
        #expect(request.contentType == "")
        let (accepted, _) = try answering { context in
            context.status = .accepted
            context.noContent()
        }
        #expect(accepted.status == 202)
    }

    @Test func json() throws {
        let (request, _) = try answering { try $0.json(["message": "hi \"you\""]) }
        #expect(request.contentType == "application/json")
        #expect(request.text == #"{"message":"hi \"you\""}"#)
    }

    @Test func returnedValues() throws {
        #expect(try returning { _ in "text" }.text == "text")
        #expect(try returning { _ in Response.text("x", status: .accepted) }.status == 202)
        #expect(try returning { _ in .text("implicit") }.text == "implicit")
        #expect(try returning { _ in try .json([1, 2]) }.text == "[1,2]")
        #expect(try returning { _ in JSON(["a": 1]) }.text == #"{"a":1}"#)
        #expect(try returning { _ in .noContent() }.status == 204)
        #expect(try returning { _ in .html("<b>").header("X-A", "1") }.header("x-a") == "1")
        #expect(try returning { _ -> String? in "there" }.text == "there")
        #expect(try returning { _ -> String? in nil }.status == 404)
        #expect(try returning { $0.text("answered") }.text == "answered")
    }

    @Test func decodingJSON() throws {
        struct Draft: Codable { var title: String }
        let host = FakeHost()
        try host.load { post("/") { try $0.json(as: Draft.self).title } }
        let json = [("Content-Type", "application/json; charset=utf-8")]
        #expect(host.send(FakeRequest("POST", "/", headers: json, body: #"{"title":"x"}"#)).text == "x")
        #expect(host.send(FakeRequest("POST", "/", body: #"{"title":"x"}"#)).text == "x")
        #expect(host.send(FakeRequest("POST", "/", headers: json, body: #"{"title":1}"#)).status == 400)
        #expect(host.send(FakeRequest("POST", "/", headers: json, body: "{")).status == 400)
        let form = [("content-type", "application/x-www-form-urlencoded")]
        #expect(host.send(FakeRequest("POST", "/", headers: form, body: "title=x")).status == 415)
        let problem = [("content-type", "application/vnd.api+json")]
        #expect(host.send(FakeRequest("POST", "/", headers: problem, body: #"{"title":"x"}"#)).status == 200)
    }

    @Test func earlyHints() throws {
        let (request, _) = try answering { context in
            try context.earlyHints(["</a.css>; rel=preload", "</b.js>; rel=preload"])
            context.text("page")
        }
        #expect(request.informed.count == 1)
        #expect(request.informed.first?.0 == 103)
        #expect(
            request.informed.first?.1.map { "\($0.0): \($0.1)" } == [
                "Link: </a.css>; rel=preload", "Link: </b.js>; rel=preload",
            ])
        #expect(request.text == "page")
    }

    // MARK: Redirects

    @Test(arguments: [
        ("/posts/1", "/posts/1"), ("/", "/"), ("/a b", "/a%20b"), ("/é", "/%C3%A9"), ("/?next=//x", "/?next=//x"),
    ])
    func aRedirectWithinTheSite(_ target: String, _ location: String) throws {
        let (request, _) = try answering { try $0.redirect(to: target) }
        #expect(request.status == 302)
        #expect(request.header("location") == location)
    }

    @Test(arguments: [
        "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "evil", "",
        "javascript:alert(1)",
        "/a\r\nSet-Cookie: x=1", "/a\nb", "/a\u{0}b", "/a\tb", "/\t/evil.example",
    ])
    func aRedirectThatLeavesTheSiteOrBreaksTheFieldIsRefused(_ target: String) throws {
        let (request, host) = try answering { try $0.redirect(to: target) }
        #expect(request.status == 500)
        #expect(request.header("location") == nil)
        #expect(host.log.count == 1)
    }

    @Test func anExternalRedirectIsAskedForByName() throws {
        let (request, _) = try answering {
            try $0.redirect(to: "https://example.com/a", status: .seeOther, external: true)
        }
        #expect(request.status == 303)
        #expect(request.header("location") == "https://example.com/a")
        let (broken, _) = try answering { try $0.redirect(to: "https://example.com/\r\nX: y", external: true) }
        #expect(broken.status == 500)
        #expect(try returning { _ in try .redirect(to: "/x", status: .seeOther) }.header("Location") == "/x")
    }
}
