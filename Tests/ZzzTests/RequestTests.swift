import Testing

@testable import Zzz

/// What a handler reads from a request.
@Suite struct RequestTests {
    /// Runs `body` in a handler for the request, and returns what it returned.
    private func reading(
        _ request: FakeRequest, pattern: String = "/*rest", _ body: @escaping @Sendable (Context) throws -> String
    ) throws -> String {
        let host = FakeHost()
        try host.load { any(pattern, body) }
        return host.send(request).text
    }

    @Test func theHeadIsReadAsReceived() throws {
        let request = FakeRequest("GET", "/a%20b/c?x=1", headers: [("Host", "Example.com:8080")])
        request.mount = "/blog"
        let text = try reading(request) { context in
            "\(context.method) \(context.methodName) \(context.path) \(context.rawTarget) "
                + "\(context.rawQuery ?? "none") \(context.authority) \(context.host) \(context.port ?? 0) "
                + "\(context.scheme) \(context.version.minor) "
                + "\(context.mount) \(context.routePattern)"
        }
        #expect(text == "GET GET /a%20b/c /a%20b/c?x=1 x=1 Example.com:8080 example.com 8080 http 1 /blog /*rest")
    }

    @Test(
        arguments: [
            ("example.com", "example.com", nil), ("example.com:81", "example.com", 81), ("[::1]:8080", "[::1]", 8080),
            ("[::1]", "[::1]", nil), ("", "", nil),
        ] as [(String, String, Int?)])
    func theHostIsTakenFromTheAuthority(_ authority: String, _ host: String, _ port: Int?) throws {
        let text = try reading(FakeRequest("GET", "/", headers: [("Host", authority)])) {
            "\($0.host) \($0.port.map(String.init) ?? "nil")"
        }
        #expect(text == "\(host) \(port.map(String.init) ?? "nil")")
    }

    @Test func aSecureOldRequest() throws {
        let request = FakeRequest("GET", "/")
        request.isSecure = true
        request.versionMinor = 0
        #expect(
            try reading(request) { "\($0.scheme) \($0.isSecure) \($0.version)" } == "https true (major: 1, minor: 0)")
    }

    @Test func anUnknownMethodKeepsItsName() throws {
        // MethodSet.all has a bit for it, as the contract's ZZZ_METHODS_ALL has.
        #expect(try reading(FakeRequest("PROPFIND", "/")) { "\($0.method) \($0.methodName)" } == "OTHER PROPFIND")
    }

    @Test(arguments: [("127.0.0.1", "127.0.0.1:50312"), ("::1", "[::1]:50312")])
    func theRemoteAddress(_ peer: String, _ expected: String) throws {
        let request = FakeRequest("GET", "/")
        request.peerText = peer
        #expect(try reading(request) { "\($0.remoteAddress?.description ?? "nil")" } == expected)
    }

    // MARK: Fields

    @Test func fieldsAreFoundWithoutCase() throws {
        let headers = [("Accept", "text/html"), ("X-Tag", "a"), ("x-tag", "b"), ("X-TAG", "c"), ("X-Tags", "d")]
        let text = try reading(FakeRequest("GET", "/", headers: headers)) { context in
            let headers = context.headers
            return "\(headers["ACCEPT"] ?? "nil") \(headers["x-tag"] ?? "nil") \(headers.all("X-tag")) "
                + "\(headers["X-Ta"] ?? "nil") \(headers.contains("x-tags")) \(headers.count) "
                + headers.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
        }
        #expect(
            text == "text/html a [\"a\", \"b\", \"c\"] nil true 5 Accept=text/html&X-Tag=a&x-tag=b&X-TAG=c&X-Tags=d")
    }

    // MARK: Params

    @Test func paramsAreFoundByName() throws {
        let text = try reading(FakeRequest("GET", "/users/42/files/a/b"), pattern: "/users/:id/files/*path") {
            context in
            let params = context.params
            let id: Int = try params.require("id")
            return "\(params["id"] ?? "nil") \(id) \(params["path"] ?? "nil") \(params["nope"] ?? "nil") "
                + "\(params["id", as: Int.self] ?? 0) \(params["path", as: Int.self].map(String.init) ?? "nil")"
        }
        #expect(text == "42 42 a/b nil 42 nil")
    }

    @Test func aParamOfAnotherTypeIs400() throws {
        let host = FakeHost()
        try host.load { get("/users/:id") { "\(try $0.params.require("id", as: Int.self))" } }
        let request = host.get("/users/abc")
        #expect(request.status == 400)
        #expect(request.text == "The path parameter id must be an integer.\n")
    }

    @Test func aParamThatThePatternDoesNotNameIs400() throws {
        let host = FakeHost()
        try host.load { get("/users/:id") { try $0.params.require("name") } }
        #expect(host.get("/users/1").text == "The parameter name is missing.\n")
    }

    // MARK: Query

    @Test(arguments: [
        ("a=1", "a", "1"), ("a=1&b=2", "b", "2"), ("a=1&a=2", "a", "1"), ("a=", "a", ""), ("a", "a", ""),
        ("", "a", "nil"),
        ("a=b+c%20d", "a", "b c d"), ("%61=x", "a", "x"), ("a+b=x", "a b", "x"), ("a=100%", "a", "100%"),
        ("a=%zz%4", "a", "%zz%4"), ("a=%C3%A9", "a", "é"), ("a=%FF", "a", "\u{FFFD}"), ("a=x=y", "a", "x=y"),
        ("&&a=1&", "a", "1"), ("=x", "", "x"), ("ab=1", "a", "nil"), ("a=1", "ab", "nil"), ("a=%2B%26%3D", "a", "+&="),
    ])
    func aQueryIsDecodedWhenAskedFor(_ query: String, _ name: String, _ expected: String) throws {
        #expect(try reading(FakeRequest("GET", "/?" + query)) { $0.query[name] ?? "nil" } == expected)
    }

    @Test func aQueryIsReadWhole() throws {
        let text = try reading(FakeRequest("GET", "/?tag=a&n=3&tag=b%21")) { context in
            let number: Int = try context.query.require("n")
            let pairs = context.query.map { "\($0.name):\($0.value)" }.joined(separator: ",")
            return
                "\(context.query.all("tag")) \(number) "
                + "\(context.query["tag", as: Int.self].map(String.init) ?? "nil") \(pairs)"
        }
        #expect(text == "[\"a\", \"b!\"] 3 nil tag:a,n:3,tag:b!")
    }

    @Test func aMissingOrMalformedQueryParameterIs400() throws {
        let host = FakeHost()
        try host.load { get("/") { "\(try $0.query.require("page", as: Int.self))" } }
        #expect(host.get("/").text == "The query parameter page is missing.\n")
        #expect(host.get("/?page=x").text == "The query parameter page must be an integer.\n")
        #expect(host.get("/?page=x").status == 400)
        #expect(host.get("/?page=-2").text == "-2")
    }

    @Test func noQueryAndAnEmptyOneDiffer() throws {
        #expect(try reading(FakeRequest("GET", "/")) { $0.rawQuery ?? "nil" } == "nil")
        #expect(try reading(FakeRequest("GET", "/?")) { $0.rawQuery ?? "nil" } == "")
    }

    // MARK: Body

    @Test func theBodyIsWholeOnAPlainRoute() throws {
        let text = try reading(FakeRequest("POST", "/", body: "héllo")) { context in
            let count = context.withBody { $0.byteCount }
            return "\(context.bodyText) \(context.body.count) \(count) \(context.contentLength ?? -1)"
        }
        #expect(text == "héllo 6 6 6")
    }

    @Test func askingForTheWholeBodyOfAStreamingRouteIsLogged() throws {
        let host = FakeHost()
        try host.load { put("/", streamBody: true) { "\($0.body.count)" } }
        let request = host.send(FakeRequest("PUT", "/", body: "x"))
        #expect(request.text == "0")
        #expect(host.log.count == 1)
        #expect(host.log.first?.message.contains("read bodyStream") == true)
    }
}
