import Glibc
import Testing

@testable import Zzz

/// What docs/sdk.md and docs/middleware show is code that compiles and does what the page says.
@Suite struct DocumentationTests {
    private static let root = String(#filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined())

    private func lines(_ path: String) throws -> [String] {
        let file = try #require(fopen("\(Self.root)/\(path)", "r"), "\(path)")
        defer { fclose(file) }
        var text: [UInt8] = []
        while case let byte = getc(file), byte != EOF { text.append(UInt8(truncatingIfNeeded: byte)) }
        return String(decoding: text, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.split(separator: " ").joined(separator: " ") }
    }

    @Test(arguments: [
        ("docs/sdk.md", "DocumentationExamples", 15), ("docs/middleware/README.md", "MiddlewareExamples", 4),
        ("docs/middleware/requests.md", "MiddlewareExamples", 6), ("docs/middleware/files.md", "FileExamples", 6),
        ("docs/middleware/security.md", "MiddlewareExamples", 6),
        ("docs/middleware/sessions.md", "SessionExamples", 5), ("docs/middleware/tokens.md", "SessionExamples", 3),
        ("docs/middleware/running.md", "MiddlewareExamples", 5), ("docs/middleware/limits.md", "StoreExamples", 2),
        ("docs/templates.md", "TemplateExamples", 6),
        ("docs/testing.md", "../ZzzTestingTests/TestingExamples", 8),
        ("docs/channels.md", "ChannelExamples", 12), ("docs/websockets.md", "ChannelExamples", 5),
        ("docs/store.md", "StoreExamples", 3), ("docs/crypto.md", "StoreExamples", 3),
    ])
    func everyBlockIsAmongTheExamples(_ page: String, _ file: String, _ least: Int) throws {
        let examples =
            "\n"
            + (try lines("Tests/ZzzTests/\(file).swift")).filter { !$0.isEmpty }
            .joined(separator: "\n")
        var block: [String]?
        var count = 0
        for line in try lines(page) {
            if line == "```swift" {
                block = []
            } else if line == "```", let shown = block {
                // A declaration may end before more follows in the examples; what is shown must follow without a gap
                // otherwise.
                for part in shown.split(separator: "") where !part.isEmpty {
                    #expect(examples.contains("\n" + part.joined(separator: "\n")), "\(part.joined(separator: "\n"))")
                    count += 1
                }
                block = nil
            } else if line != "import Zzz" {
                block?.append(line.replacing("@c(zzz_app_entry) public func", with: "func"))
            }
        }
        #expect(count >= least)
    }

    @Test func theMiddlewareExamplesDoWhatThePagesSay() throws {
        let host = FakeHost()
        try host.load(Shop())
        #expect(host.get("/").header("X-Request-Id")?.utf8.count == 32)
        #expect(host.get("/orders").header("Location") == "/sign-in")
        #expect(host.get("/orders", headers: [("Cookie", "user=ada")]).text == "orders of ada")
        #expect(host.get("/api/products", headers: [("Accept", "image/png")]).status == 406)
        #expect(host.get("/api/products").text == #"["tea"]"#)
        #expect(host.get("/none").header("X-Request-Id") != nil)
        let forms = FakeHost()
        try forms.load(Forms())
        let type = ("Content-Type", "application/x-www-form-urlencoded")
        #expect(
            forms.send(FakeRequest("POST", "/posts/7", headers: [type], body: "_method=delete")).text == "deleted 7")
        let requests = FakeHost()
        try requests.load(RequestsExample())
        let body = "user[name]=Ada&user[address][city]=London&tags[]=a&tags[]=b"
        let tags = requests.send(FakeRequest("POST", "/users/7/tags", headers: [type], body: body))
        #expect(tags.text == #"7 Ada ["a", "b"] London"#)
        #expect(requests.get("/theme").headers.filter { $0.0 == "Set-Cookie" }.count == 3)
        #expect(requests.get("/report", headers: [("Accept", "text/csv")]).contentType == "text/csv")
        #expect(requests.get("/picture", headers: [("Accept", "image/png")]).text == "a picture of type image/png")
        #expect(requests.get("/tenant", headers: [("Host", "a.example")]).header("Cache-Control") == "max-age=60")
    }

    @Test func theStoreExamplesDoWhatThePagesSay() throws {
        let host = FakeHost()
        try host.load(StoreExample())
        for _ in 0..<2 { #expect(host.get("/weather/oslo").text == "rain in oslo") }
        #expect(host.send(FakeRequest("POST", "/votes/ada")).text == "1")
        #expect(host.send(FakeRequest("POST", "/votes/ada")).text == "2")
        #expect(host.send(FakeRequest("PUT", "/draft", body: "a")).text == "begun")
        #expect(host.send(FakeRequest("PUT", "/draft", body: "b")).text == "saved")
        #expect(host.send(FakeRequest("POST", "/report")).text == "made")
        #expect(host.send(FakeRequest("POST", "/report")).text == "made already")
        #expect(host.send(FakeRequest("POST", "/messages")).text == "sent, 2 left at once")
        let limits = FakeHost()
        try limits.load(LimitsExample())
        #expect(limits.get("/search").header("RateLimit-Policy") == "\"default\";q=100;w=60")
        let signIn = FakeRequest("POST", "/sign-in?name=ada")
        #expect(limits.send(signIn).header("RateLimit") == "\"sign-in\";r=4;t=12")
        #expect(limits.get("/export").header("RateLimit-Policy") == "\"hourly\";q=1000;w=3600")
        #expect(limits.send(FakeRequest("POST", "/payments")).status == 400)
        let key = [("Idempotency-Key", "\"a\""), ("Cookie", "user=ada")]
        #expect(limits.send(FakeRequest("POST", "/payments", headers: key)).status == 201)
        #expect(limits.send(FakeRequest("POST", "/payments", headers: key)).header("Idempotent-Replayed") == "true")
        #expect(limits.send(FakeRequest("POST", "/orders", headers: key)).text == "ordered")
    }

    @Test func theChannelExamplesDoWhatThePageSays() throws {
        let host = FakeHost()
        try host.load(Chat())
        #expect(host.get("/socket/websocket").status == 403)
        host.get("/socket/websocket", headers: [("Sec-WebSocket-Protocol", "phoenix, base64url.bearer.phx.Nw")])
        let state = try #require(host.channels.sockets.first?.state)
        let closed = try #require(FakeChannel(host, "room:closed", socketState: state))
        closed.join()
        #expect(closed.joinResponse == #"{"reason":"this room is closed"}"#)
        let room = try #require(FakeChannel(host, "room:lobby", socketState: state))
        room.join(moved: (1, #"{"messages":4}"#))
        #expect(room.joinResponse == #"{"welcome":"lobby"}"#)
        room.message("say", #"{"text":"hi"}"#)
        room.message("typing", ref: "")
        #expect(
            room.calls.dropFirst().map(\.description) == [
                #"broadcast(said, {"text":"hi"})"#, #"reply(1, ok, {"count":5})"#,
                #"broadcast(typing, {"user":7}) flags 4"#,
            ])
    }

    @Test func theCryptoExamplesDoWhatThePageSays() throws {
        let host = FakeHost()
        try host.load(CryptoExample(secret: Array("secret".utf8)))
        #expect(host.get("/sealed").text == "order 7")
        #expect(host.send(FakeRequest("POST", "/webhook", body: "{}")).status == 401)
        let code = ("X-Signature", "77325902caca812dc259733aacd046b73817372c777b8d95b402647474516e13")
        #expect(host.send(FakeRequest("POST", "/webhook", headers: [code], body: "{}")).text == "believed")
        // Of another cost than the standard one: it is hashed anew.
        let hash = "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI"
        let encoded = hash.replacing("+", with: "%2B").replacing("/", with: "%2F")
        #expect(host.send(FakeRequest("POST", "/sign-in?password=pleaseletmein&hash=\(encoded)")).text == "welcome")
        #expect(host.send(FakeRequest("POST", "/sign-in?password=other&hash=\(encoded)")).status == 401)
        #expect(host.send(FakeRequest("POST", "/sign-up?password=x")).text.hasPrefix("$scrypt$ln=15,r=8,p=3$"))
    }

    @Test func theExamplesDoWhatThePageSays() throws {
        let host = FakeHost()
        try host.load(RoutesExample())
        #expect(host.get("/").text == "home")
        #expect(host.send(FakeRequest("POST", "/contact")).status == 303)
        #expect(host.get("/search?q=a+b").text == "results for a b")
        #expect(host.send(FakeRequest("PATCH", "/echo", body: "x")).text == "x")
        #expect(host.get("/api/v1/users/x").status == 400)
        #expect(host.get("/api/v1/files/a/b").text == "a/b")
        #expect(host.get("/api/v1/posts/0").text == "first")
        #expect(host.get("/api/v1/posts/1").status == 404)
        #expect(host.get("/api/v1/posts/1/comments").text == "comments")
        #expect(host.get("/api/v1/profile").text == "profile")
        #expect(host.send(FakeRequest("POST", "/api/v1/posts", body: #"{"title":"t"}"#)).text == #"{"title":"t"}"#)
    }

    @Test func theHandlersDoWhatThePageSays() throws {
        let host = FakeHost()
        try host.load(HandlersExample())
        #expect(host.get("/c").status == 202)
        #expect(host.get("/e").header("cache-control") == "no-store")
        #expect(host.get("/weather/oslo").text == "<p>rain in oslo</p>")
        #expect(
            host.get("/request/7?page=2&tag=a", headers: [("Host", "x.example")]).text
                == #"GET /request/7 from 127.0.0.1: 7 2 ["a"] en x.example http"#)
        #expect(host.get("/orders/7").text == #"{"id":7}"#)
        #expect(host.get("/orders/8").text == "<h1>404 Not Found</h1>")
        #expect(host.get("/none").text == "<h1>404 Not Found</h1>")
    }

    @Test func theFileExamplesDoWhatThePageSays() throws {
        let directory = try TestDirectory()
        try directory.write("app-3f2a91c0.js", "js")
        try directory.write("2024.pdf", "pdf")
        let store = FakeHost()
        try store.load(Webshop(assets: directory.path, invoices: directory.path))
        let script = store.get("/assets/app-3f2a91c0.js")
        #expect(script.header("Cache-Control")?.hasSuffix("immutable") == true)
        #expect(store.get("/account/invoices/2024.pdf").header("Location") == "/sign-in")
        let signedIn = [("Cookie", "user=ada")]
        #expect(store.get("/account/invoices/2024.pdf", headers: signedIn).text == "pdf")
        let files = FakeHost()
        try files.load(FilesExample())
        #expect(files.get("/orders.csv").header("Content-Disposition") == "attachment; filename=\"orders.csv\"")
        #expect(files.get("/report").status == 404)
        let imported = FakeRequest("POST", "/import", headers: [FormBody.type])
        imported.pieces = [FormBody().file("f", "x", Array("a\nb\n".utf8)).whole]
        files.send(imported)
        #expect(imported.deliverWholeBody().text == "2 lines")
        let album = FakeHost()
        try album.load(Album())
        let request = FakeRequest("POST", "/albums", headers: [FormBody.type])
        request.body =
            FormBody.field("album[title]", "Rome").file("album[cover]", "c", [1, 2]).file("pictures", "p", [])
            .whole
        album.send(request)
        #expect(request.deliverWholeBody().text == "Rome: 1 2")
    }

    @Test func theSecurityExamplesDoWhatThePageSays() throws {
        let host = FakeHost.withSecret()
        try host.load(SecurityExample())
        let origin = ("Origin", "https://a.example.com")
        #expect(host.get("/shared", headers: [origin]).header("Access-Control-Allow-Origin") == origin.1)
        let foreign = [("Sec-Fetch-Site", "cross-site")]
        #expect(host.send(FakeRequest("POST", "/script", headers: foreign)).status == 403)
        #expect(host.send(FakeRequest("POST", "/script")).text == "own")
        #expect(host.send(FakeRequest("POST", "/form")).status == 403)
        #expect(host.get("/form").text.utf8.count == 156)
        let page = host.get("/page")
        #expect(page.header("Content-Security-Policy")?.contains("script-src 'nonce-") == true)
        #expect(page.text.utf8.count == 65)
        #expect(host.get("/admin").status == 401)
        let token = ("Authorization", "Bearer a-token")
        #expect(host.get("/machine", headers: [token]).status == 401)
        let open = FakeHost()
        try open.load(Public())
        #expect(open.get("/", headers: [("Host", "x.example")]).header("Location") == "https://x.example/")
        #expect(open.get("/health", headers: [("Host", "x.example")]).text == "fine")
    }

    @Test func theSessionExamplesDoWhatThePageSays() throws {
        let host = FakeHost()
        try host.load(SessionsExample())
        let browser = FakeBrowser(host)
        browser.send("POST", "/reader?name=ada")
        #expect(browser.get("/reader").text == "ada: whatever \"text\" it is")
        let token = browser.get("/token").text
        #expect(browser.send("POST", "/sign-in", form: "name=ada").status == 403)
        #expect(browser.send("POST", "/sign-in", form: "name=ada&_csrf_token=\(token)").status == 303)
        #expect(browser.get("/old").status == 302)
        #expect(browser.get("/").text == #"7 ["tea": 2] Welcome, Ada."#)
        let next = browser.get("/token").text
        #expect(browser.send("POST", "/sign-out", headers: [("X-CSRF-Token", next)]).status == 303)
        #expect(browser.get("/").text == "0 [:] Good-bye.")
        #expect(browser.get("/search").text == "error: What for?")
        let stored = FakeHost.withSecret()
        try stored.load(SessionApp(session: Session(.store(TableSessions(table: Table())))))
        let other = FakeBrowser(stored)
        other.get("/set/7")
        #expect(other.get("/get").text == "7")
    }

    @Test func theTokenExamplesDoWhatThePageSays() throws {
        let host = FakeHost()
        host.settings["jwks"] = .string(#"{\"keys\":[]}"#)
        var table = FakeTables.host
        let configuration = Configuration(host: try Host(&table, app: host.handle))
        #expect(throws: StartupError.self) { try Library(configuration) }
        host.settings["jwks"] = .string(JWTVectors.keySet)
        try host.load(Library(configuration))
        let challenge = #"Bearer realm="Library", scope="read""#
        #expect(host.get("/me").header("WWW-Authenticate") == challenge)
        let tokens = FakeHost()
        try tokens.load(TokenExample())
        let browser = FakeBrowser(tokens)
        let token = browser.send("POST", "/token?now=1800000000").text
        let fields = [("Host", "a.example"), ("Authorization", "Bearer \(token)")]
        #expect(browser.send("GET", "/tenant", headers: fields).text == "ada")
        #expect(browser.get("/tenant").text == "nobody")
    }

    @Test func theRunningExamplesDoWhatThePageSays() throws {
        let site = FakeHost()
        try site.load(Site(isDevelopment: false))
        let problem = site.get("/orders/7", headers: [("Accept", "application/json")])
        #expect(problem.text.contains(#""type":"https://example.com/problems/409","sent":true"#))
        #expect(site.get("/none").text == "<h1>404 Not Found</h1>")
        let host = FakeHost()
        try host.load(RunningExample())
        #expect(host.get("/slow").text == "slow")
        #expect(host.get("/timed").text == "a, b")
        let gzip = [("Accept-Encoding", "gzip")]
        let long = host.get("/long", headers: gzip)
        #expect(Decompression.text(long.responseBody, "gzip") == String(repeating: "long ", count: 400))
        #expect(host.get("/page", headers: gzip).header("Content-Encoding") == "gzip")
        let ticks = host.get("/ticks", headers: [("Last-Event-ID", "2")])
        host.advance(microseconds: 1_000_000)
        #expect(ticks.chunks == ["retry: 2000\n\n", "event: clock\nid: 3\ndata: tick\n\n"])
        #expect(ticks.hasFinished)
    }

    @Test func theConfiguredAppReadsItsTable() throws {
        let host = FakeHost()
        host.settings = ["title": .string("Our blog"), "page_size": .integer(50)]
        var table = FakeTables.host
        let blog = try ConfigurationExample.Blog(Configuration(host: Host(&table, app: host.handle)))
        #expect(blog.pageSize == 50)
        #expect(blog.mail == nil)
        try host.load(blog)
        #expect(host.get("/").text == "Our blog")
        #expect(host.log.first?.fields == ["visitor": "127.0.0.1"])
    }
}
