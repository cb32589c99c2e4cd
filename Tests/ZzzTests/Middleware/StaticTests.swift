import Glibc
import Testing

@testable import Zzz

/// Files below a directory, through a pipeline and as routes.
@Suite struct StaticTests {
    private let directory: TestDirectory

    init() throws {
        directory = try TestDirectory()
        try directory.write("app.css", "body {}")
        try directory.write("docs/index.html", "<h1>")
        try directory.write("docs/a b.txt", "text")
        try directory.write("empty.bin", "")
        try directory.write("data", "0123456789")
    }

    private func host(_ files: Static) throws -> FakeHost {
        let host = FakeHost()
        try host.load(FilesApp(endpoint: Pipeline { files }))
        return host
    }

    private struct FilesApp: App {
        let endpoint: Pipeline

        func routes() -> [Route] {
            get("/files/dynamic") { _ in "dynamic" }
            post("/files/app.css") { _ in "posted" }
        }
    }

    private struct SetFields: Middleware {
        let fields: [(String, String)]

        init(_ fields: [(String, String)]) { self.fields = fields }

        func call(_ context: Context) -> Next {
            for (name, value) in fields { context.setHeader(name, value) }
            return .next
        }
    }

    private func tag(_ host: FakeHost, _ target: String) throws -> String {
        try #require(host.get(target).header("ETag"))
    }

    // MARK: Answers

    @Test(arguments: [Static.Cache(), Static.Cache(largestContentBytes: 0), .none])
    func aFileIsSentWithItsFields(_ cache: Static.Cache) throws {
        let host = try host(Static(at: "/files", from: directory.path, cache: cache))
        for _ in 0..<2 {
            let request = host.get("/files/app.css")
            #expect(request.status == 200)
            #expect(request.text == "body {}")
            #expect(request.contentType == "text/css; charset=utf-8")
            #expect(request.headers.map(\.0) == ["ETag", "Last-Modified", "Cache-Control", "Accept-Ranges"])
            #expect(request.header("Last-Modified") == "Sat, 01 Jun 2024 12:00:00 GMT")
            #expect(request.header("Cache-Control") == "no-cache")
            #expect(request.calls == [cache.largestContentBytes > 0 && cache.fileCount > 0 ? "respond" : "send_file"])
        }
        #expect(host.get("/files/empty.bin").status == 200)
        #expect(host.get("/files/docs/a%20b.txt").text == "text")
        #expect(host.get("/files/data").contentType == "application/octet-stream")
        #expect(host.log.isEmpty)
    }

    @Test func whatIsNoFileIsLeftToTheRoutes() throws {
        let host = try host(Static(at: "/files", from: directory.path))
        #expect(host.get("/files/dynamic").text == "dynamic")
        #expect(host.get("/files/none").status == 404)
        #expect(host.get("/filesystem").status == 404)
        #expect(host.get("/app.css").status == 404)
        #expect(host.get("/").status == 404)
        #expect(host.send(FakeRequest("POST", "/files/app.css")).text == "posted")
        #expect(host.send(FakeRequest("DELETE", "/files/app.css")).status == 405)
        #expect(host.send(FakeRequest("HEAD", "/files/app.css")).status == 200)
        #expect(host.get("/files/app.css?v=2").status == 200)
    }

    @Test func otherMethodsAreRefusedWhenAskedFor() throws {
        let host = try host(Static(at: "/files/", from: directory.path, refusesOtherMethods: true))
        let request = host.send(FakeRequest("POST", "/files/app.css"))
        #expect(request.status == 405)
        #expect(request.header("Allow") == "GET, HEAD")
        #expect(host.send(FakeRequest("POST", "/other")).status == 404)
    }

    @Test func asRoutesTheyAreBehindThePipelines() throws {
        let host = FakeHost()
        let path = directory.path
        try host.load {
            scope("/users/:id", through: [Pipeline { SetFields([("Vary", "Cookie")]) }]) {
                Static(at: "/files", from: path)
            }
        }
        #expect(host.routes.map(\.pattern) == ["/users/:id/files/*path", "/users/:id/files"])
        let request = host.get("/users/7/files/docs/a%20b.txt")
        #expect(request.text == "text")
        #expect(request.header("Vary") == "Cookie")
        #expect(host.get("/users/7/files/docs/").text == "<h1>")
        #expect(host.get("/users/7/files/docs").header("Location") == "/users/7/files/docs/")
        #expect(host.get("/users/7/files/none").status == 404)
        #expect(host.get("/users/7/files/docs%2fa%20b.txt").status == 404)
        #expect(host.get("/users/7/files").status == 404)
    }

    @Test func theRootCanBeServed() throws {
        try directory.write("index.html", "home")
        let host = FakeHost()
        let path = directory.path
        try host.load { Static(from: path) }
        #expect(host.get("/").text == "home")
        #expect(host.get("/app.css").text == "body {}")
    }

    // MARK: Directories

    @Test func aDirectoryHasAnIndex() throws {
        let host = try host(Static(at: "/files", from: directory.path, index: ["none.html", "index.html"]))
        let redirect = host.get("/files/docs?a=1")
        #expect(redirect.status == 301)
        #expect(redirect.header("Location") == "/files/docs/?a=1")
        let index = host.get("/files/docs/")
        #expect(index.text == "<h1>")
        #expect(index.contentType == "text/html; charset=utf-8")
        #expect(host.get("/files/").status == 404)
        #expect(host.get("/files/app.css/").status == 404)
        let none = try self.host(Static(at: "/files", from: directory.path, index: []))
        #expect(none.get("/files/docs").status == 404)
        #expect(none.get("/files/docs/").status == 404)
    }

    @Test func aRedirectKeepsTheMountAndTheEncoding() throws {
        try directory.write("a b/index.html", "x")
        let host = try host(Static(at: "/files", from: directory.path))
        let request = FakeRequest("GET", "/files/a%20b")
        request.mount = "/shop"
        #expect(host.send(request).header("Location") == "/shop/files/a%20b/")
        // A path that a browser would take for another host's leads nowhere.
        let root = FakeHost()
        try root.load(FilesApp(endpoint: Pipeline { Static(from: directory.path) }))
        for target in ["//docs", "/\\docs", "/%2fdocs", "/%5cdocs", "/.//docs"] {
            #expect(root.get(target).status == 404, "\(target)")
        }
    }

    // MARK: Conditions and ranges

    @Test(arguments: [Static.Cache(), Static.Cache(largestContentBytes: 0)])
    func aClientThatHasTheFileIsToldSo(_ cache: Static.Cache) throws {
        let host = try host(Static(at: "/files", from: directory.path, cache: cache))
        let tag = try tag(host, "/files/data")
        let request = host.get("/files/data", headers: [("If-None-Match", tag)])
        #expect(request.status == 304)
        #expect(request.responseBody.isEmpty && request.contentType.isEmpty)
        #expect(request.headers.map(\.0) == ["ETag", "Last-Modified", "Cache-Control"])
        #expect(host.get("/files/data", headers: [("If-None-Match", "\"x\"")]).status == 200)
        #expect(host.get("/files/data", headers: [("If-Match", "\"x\"")]).status == 412)
    }

    @Test(arguments: [Static.Cache(), Static.Cache(largestContentBytes: 0)])
    func aPartIsSent(_ cache: Static.Cache) throws {
        let host = try host(Static(at: "/files", from: directory.path, cache: cache))
        let request = host.get("/files/data", headers: [("Range", "bytes=2-4")])
        #expect(request.status == 206)
        #expect(request.text == "234")
        #expect(request.header("Content-Range") == "bytes 2-4/10")
        #expect(request.header("ETag") == (try tag(host, "/files/data")))
        #expect(host.get("/files/data", headers: [("Range", "bytes=-3")]).text == "789")
        #expect(host.get("/files/data", headers: [("Range", "pages=1-2")]).status == 200)
        let beyond = host.get("/files/data", headers: [("Range", "bytes=10-")])
        #expect(beyond.status == 416)
        #expect(beyond.header("Content-Range") == "bytes */10")
        let head = host.send(FakeRequest("HEAD", "/files/data", headers: [("Range", "bytes=2-4")]))
        #expect(head.status == 200)
    }

    @Test(arguments: [Static.Cache(), Static.Cache(largestContentBytes: 0)])
    func severalPartsAreOneBody(_ cache: Static.Cache) throws {
        let host = try host(Static(at: "/files", from: directory.path, cache: cache))
        let request = host.get("/files/data", headers: [("Range", "bytes=7-,0-1")])
        #expect(request.status == 206)
        let boundary = try #require(request.contentType.split(separator: "boundary=").last)
        #expect(request.contentType == "multipart/byteranges; boundary=\(boundary)")
        let part = "\r\n--\(boundary)\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes"
        #expect(request.text == "\(part) 7-9/10\r\n\r\n789\(part) 0-1/10\r\n\r\n01\r\n--\(boundary)--\r\n")
        #expect(request.header("Content-Range") == nil)
        // More than once the same: everything, once.
        #expect(host.get("/files/data", headers: [("Range", "bytes=0-5,3-9")]).status == 200)
    }

    @Test func manyBytesInSeveralPartsAreTheWholeFile() throws {
        let size = Int(MultipartRanges.maximumBytes) + 2
        try directory.write("big", String(repeating: "x", count: size))
        let host = try host(Static(at: "/files", from: directory.path))
        let most = "bytes=0-\(size - 4),\(size - 2)-\(size - 2)"
        #expect(host.get("/files/big", headers: [("Range", most)]).status == 206)
        let more = host.get("/files/big", headers: [("Range", "bytes=0-\(size - 3),\(size - 1)-")])
        #expect(more.status == 200)
        #expect(more.responseBody.count == size)
    }

    // MARK: Compressed siblings

    @Test func aClientGetsTheSiblingThatItLikes() throws {
        try directory.write("app.css.gz", "gzip")
        try directory.write("app.css.br", "brotli")
        let host = try host(Static(at: "/files", from: directory.path, precompressed: [.brotli, .gzip]))
        for (field, text, coding) in [
            ("gzip", "gzip", "gzip"), ("gzip, br", "brotli", "br"), ("gzip;q=1, br;q=0.5", "gzip", "gzip"),
            ("br;q=0, *", "gzip", "gzip"), ("identity", "body {}", nil), ("", "body {}", nil), ("zstd", "body {}", nil),
            ("gzip;q=0", "body {}", nil), ("identity, gzip;q=0.5", "body {}", nil), ("GZIP", "gzip", "gzip"),
        ] {
            let request = host.get("/files/app.css", headers: [("Accept-Encoding", field)])
            #expect(request.text == text, "\(field)")
            #expect(request.header("Content-Encoding") == coding, "\(field)")
            #expect(request.header("Vary") == "Accept-Encoding")
            #expect(request.contentType == "text/css; charset=utf-8")
        }
        let tags = try ["gzip", "br", ""].map { coding in
            try #require(host.get("/files/app.css", headers: [("Accept-Encoding", coding)]).header("ETag"))
        }
        #expect(Set(tags).count == 3)
        let known = [("Accept-Encoding", "br"), ("If-None-Match", tags[1])]
        let unchanged = host.get("/files/app.css", headers: known)
        #expect(unchanged.status == 304)
        #expect(unchanged.header("Vary") == "Accept-Encoding")
        #expect(unchanged.header("Content-Encoding") == nil)
        #expect(host.get("/files/data", headers: [("Accept-Encoding", "br")]).header("Vary") == nil)
    }

    // MARK: What is looked for

    @Test func onlyWhatIsListedIsLookedUp() throws {
        let host = try host(Static(at: "/files", from: directory.path, only: ["docs", "data"]))
        #expect(host.get("/files/docs/").status == 200)
        #expect(host.get("/files/data").status == 200)
        #expect(host.get("/files/empty.bin").status == 404)
        #expect(host.get("/files/").status == 404)
    }

    @Test func aPageOfAnApplicationInTheBrowserHasAFallback() throws {
        let host = try host(Static(at: "/files", from: directory.path, fallback: "docs/index.html"))
        let page = [("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")]
        let request = host.get("/files/orders/7", headers: page)
        #expect(request.status == 200)
        #expect(request.text == "<h1>")
        #expect(request.header("Vary") == "Accept")
        #expect(host.get("/files/orders/7", headers: [("Accept", "*/*")]).status == 404)
        #expect(host.get("/files/orders/7").status == 404)
        #expect(host.get("/files/data", headers: page).text == "0123456789")
        #expect(host.get("/files/%2e%2e/x", headers: page).status == 404)
        #expect(host.get("/other", headers: page).status == 404)
    }

    // MARK: Fields

    @Test func fieldsFollowFromNames() throws {
        for name in ["app-0d3f2a91.js", "app.0D3F2A91c0ffee77.css", "img/logo-abcdef12.svg"] {
            try directory.write(name, "x")
        }
        for name in ["report-20240131.pdf", "app-0d3f2a9.js", "-0d3f2a91.js", "0d3f2a91.js", "app-summer2024.js"] {
            try directory.write(name, "x")
        }
        let rules: [CacheRule] = [
            .digestedNames, CacheRule("docs/*", "no-store"), CacheRule("*.css", "max-age=60"), .immutable("img/**"),
        ]
        try directory.write("img/a/b.png", "x")
        try directory.write("track.gpx", "x")
        let host = try host(
            Static(
                at: "/files", from: directory.path, caching: rules, headers: [("X-Frame-Options", "DENY")],
                contentTypes: ["gpx": "application/gpx+xml"]))
        let forever = "public, max-age=31536000, immutable"
        for (name, value) in [
            ("app-0d3f2a91.js", forever), ("app.0D3F2A91c0ffee77.css", forever), ("img/logo-abcdef12.svg", forever),
            ("report-20240131.pdf", "no-cache"), ("app-0d3f2a9.js", "no-cache"), ("-0d3f2a91.js", "no-cache"),
            ("0d3f2a91.js", "no-cache"), ("app-summer2024.js", "no-cache"), ("docs/a%20b.txt", "no-store"),
            ("docs/", "no-store"), ("app.css", "max-age=60"), ("img/a/b.png", forever), ("data", "no-cache"),
        ] {
            #expect(host.get("/files/\(name)").header("Cache-Control") == value, "\(name)")
        }
        #expect(host.get("/files/track.gpx").contentType == "application/gpx+xml")
        #expect(host.get("/files/app.css").header("X-Frame-Options") == "DENY")
    }

    @Test func urlsWithAVersionAreKept() throws {
        let host = try host(Static(at: "/files", from: directory.path, caching: [.versions]))
        let forever = "public, max-age=31536000, immutable"
        for (query, value) in [
            ("?v=3f2a91c0", forever), ("?v=" + String(repeating: "a", count: 64), forever), ("", "no-cache"),
            ("?v=3f2a91c", "no-cache"), ("?v=" + String(repeating: "a", count: 65), "no-cache"),
            ("?v=3f2a91cx", "no-cache"), ("?w=3f2a91c0", "no-cache"), ("?v=3f2a91c0&x=1", "no-cache"),
        ] {
            #expect(host.get("/files/data\(query)").header("Cache-Control") == value, "\(query)")
        }
        #expect(host.get("/files/none?v=3f2a91c0").header("Cache-Control") == nil)
    }

    @Test func whatOthersHaveSetCountsMore() throws {
        let host = FakeHost()
        try host.load(
            FilesApp(
                endpoint: Pipeline {
                    SetFields([("Cache-Control", "private"), ("ETag", "\"own\""), ("Vary", "Origin")])
                    Static(at: "/files", from: directory.path)
                }))
        #expect(host.get("/files/data").header("Cache-Control") == "private")
        #expect(host.get("/files/data", headers: [("If-None-Match", "\"own\"")]).status == 304)
    }

    // MARK: Safety

    @Test func noPathLeadsOutOfTheDirectory() throws {
        let outside = try TestDirectory()
        try outside.write("secret", "secret")
        let name = outside.path.split(separator: "/").last ?? ""
        for link in ["../\(name)", outside.path] { try directory.link("out\(link.utf8.count)", to: link) }
        try directory.link("file", to: outside.path + "/secret")
        try directory.link("proc", to: "/proc/self/root")
        try directory.link("magic", to: "/proc/self/cwd")
        for follows in [false, true] {
            let host = try host(Static(at: "/files", from: directory.path, followsLinks: follows))
            let ups = ["..", "%2e%2e", "%2E.", ".%2e", "%252e%252e", "..%5c", "..%2f", "%c0%ae%c0%ae", "..;", "....//"]
            let targets =
                ups.flatMap { ["\($0)/\(name)/secret", "docs/\($0)/\($0)/\(name)/secret"] }
                + [
                    "file", "out\(outside.path.utf8.count)/secret", "out\(name.utf8.count + 3)/secret",
                    "proc/etc/passwd",
                ]
                + ["magic/Package.swift", "/etc/passwd", "%2fetc/passwd", "app.css%00", "app.css%00.html", "app.css."]
            for target in targets {
                let request = host.get("/files/\(target)")
                #expect(request.status == 404 || request.status == 400, "\(target)")
                #expect(!request.text.contains("secret") && !request.text.contains("root:"), "\(target)")
            }
        }
    }

    @Test func linksInsideAreFollowedWhenAskedFor() throws {
        try directory.link("current", to: "docs")
        try directory.link("docs/up.css", to: "../app.css")
        let strict = try host(Static(at: "/files", from: directory.path))
        #expect(strict.get("/files/current/a%20b.txt").status == 404)
        #expect(strict.get("/files/docs/up.css").status == 404)
        let lenient = try host(Static(at: "/files", from: directory.path, followsLinks: true))
        #expect(lenient.get("/files/current/a%20b.txt").text == "text")
        #expect(lenient.get("/files/docs/up.css").text == "body {}")
    }

    @Test func onlyFilesAreServed() throws {
        mkfifo(directory.path + "/fifo", 0o644)
        try directory.write(".env", "secret")
        try directory.write(".well-known/x", "known")
        let hidden = try host(Static(at: "/files", from: directory.path))
        #expect(hidden.get("/files/fifo").status == 404)
        #expect(hidden.get("/files/.env").status == 404)
        #expect(hidden.get("/files/.well-known/x").status == 404)
        let some = try host(Static(at: "/files", from: directory.path, dotFiles: .only([".well-known"])))
        #expect(some.get("/files/.env").status == 404)
        #expect(some.get("/files/.well-known/x").text == "known")
        let all = try host(Static(at: "/files", from: directory.path, dotFiles: .shown))
        #expect(all.get("/files/.env").text == "secret")
    }

    @Test func badOptionsRefuseTheApp() throws {
        #expect(throws: StartupError.self) { try host(Static(at: "files", from: directory.path)) }
        #expect(throws: StartupError.self) { try host(Static(at: "/files", from: directory.path + "/none")) }
        #expect(throws: StartupError.self) { try host(Static(at: "/files", from: directory.path + "/data")) }
        let path = directory.path
        #expect(throws: StartupError.self) { try FakeHost().load { Static(at: "/files", from: path + "/none") } }
    }
}
