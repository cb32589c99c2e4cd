import Testing
import ZzzAppABI
import ZzzIO
import ZzzRouter

@testable import ZzzServer

/// Which app answers, and what is answered when none does.
@Suite struct SiteTests {
    private static func site(_ name: String, mount: String = "", hosts: [String] = []) throws -> Site {
        try TestApp.site(name: name, mount: mount, hosts: hosts, [
            TestRoute(methods: .all, pattern: "/*rest") { request, head in
                request.respond("\(name) \(head.mount) \(head.path)")
            }
        ])
    }

    @Test(arguments: Setup.all)
    func theSiteIsFoundByHostAndMount(_ setup: Setup) throws {
        let sites = [
            try Self.site("root"), try Self.site("blog", mount: "/blog"), try Self.site("deep", mount: "/blog/deep"),
            try Self.site("named", hosts: ["example.com"]),
            try Self.site("admin", mount: "/admin", hosts: ["example.com", "other.org"]),
            try Self.site("wild", hosts: ["*.example.com"]),
        ]
        let cases = [
            ("a", "/", "root  /"), ("a", "/blogs", "root  /blogs"), ("a", "/blog", "blog /blog /"),
            ("a", "/blog/", "blog /blog /"), ("a", "/blog/x", "blog /blog /x"),
            ("a", "/blog/deep", "deep /blog/deep /"),
            ("a", "/blog/deeper", "blog /blog /deeper"), ("a", "/admin", "root  /admin"),
            ("example.com", "/", "named  /"), ("Example.COM:8080", "/blog", "named  /blog"),
            ("example.com", "/admin/x", "admin /admin /x"), ("other.org", "/admin", "admin /admin /"),
            ("other.org", "/", "root  /"), ("www.example.com", "/a", "wild  /a"),
        ]
        try TestServer.run(setup, site: sites[0]) { server in
            server.server.publish(try SiteTable(sites: sites))
            let client = try server.client()
            for (host, path, text) in cases {
                let answer = try client.ask("GET \(path) HTTP/1.1\r\nHost: \(host)\r\n\r\n")
                #expect(answer.text == text, "\(host) \(path)")
                // RFC 9112 section 3.2.2: the target's authority wins over Host.
                let absolute = try client.ask("GET http://\(host)\(path) HTTP/1.1\r\nHost: nobody\r\n\r\n")
                #expect(absolute.text == text, "\(host) \(path)")
            }
        }
    }

    @Test func twoSitesAtOnePlaceAreRefused() throws {
        let first = try Self.site("first", mount: "/x", hosts: ["a.b"])
        #expect(throws: SiteTableConflict(first: "first", second: "second", mount: "/x", host: "a.b")) {
            try SiteTable(sites: [first, try Self.site("second", mount: "/x", hosts: ["c.d", "a.b"])])
        }
        #expect(throws: SiteTableConflict(first: "one", second: "two", mount: "", host: nil)) {
            try SiteTable(sites: [try Self.site("one"), try Self.site("two", mount: "/")])
        }
        _ = try SiteTable(sites: [first, try Self.site("second", mount: "/x")])
    }

    @Test(arguments: Setup.all)
    func aHostThatNobodyServesIs421(_ setup: Setup) throws {
        let site = try Self.site("named", mount: "/app", hosts: ["example.com"])
        try TestServer.run(setup, site: site) { server in
            let client = try server.client()
            for (host, path, status) in [
                ("example.com", "/app", 200), ("example.com", "/", 404), ("other.org", "/app", 421),
            ] {
                let answer = try client.ask("GET \(path) HTTP/1.1\r\nHost: \(host)\r\n\r\n")
                #expect(answer.status == status)
                #expect(!answer.closes)
            }
            // Without Host, which HTTP/1.0 allows, it is nobody's either.
            #expect(try client.ask("GET /app HTTP/1.0\r\n\r\n").status == 421)
            server.server.publish(SiteTable.empty)
            #expect(try server.get("/").status == 404)
        }
    }

    @Test(arguments: Setup.all)
    func whatNoRouteMatchesIsAnsweredByTheServer(_ setup: Setup) throws {
        let routes = [
            TestRoute.get("/users/:id") { request, _ in request.respond("user") },
            TestRoute.post("/users/:id") { request, _ in request.respond("posted") },
            TestRoute(methods: .options, pattern: "/own") { request, _ in request.respond("own") },
        ]
        let cases: [(request: String, status: Int, allow: String?)] = [
            ("GET /nowhere", 404, nil), ("DELETE /users/1", 405, "GET, HEAD, POST, OPTIONS"),
            ("BREW /users/1", 501, nil), ("BREW /nowhere", 404, nil),
            ("OPTIONS /users/1", 204, "GET, HEAD, POST, OPTIONS"), ("OPTIONS /own", 200, nil),
            ("OPTIONS *", 204, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
            ("GET /users/%zz", 400, nil), ("GET /users/..", 400, nil), ("GET /users/a%00b", 400, nil),
            ("HEAD /users/1", 200, nil), ("HEAD /nowhere", 404, nil),
        ]
        try TestServer.run(setup, routes) { server in
            let client = try server.client()
            for (request, status, allow) in cases {
                let answer = try client.ask(
                    "\(request) HTTP/1.1\r\nHost: a\r\n\r\n", hasBody: !request.hasPrefix("HEAD"))
                #expect(answer.status == status, "\(request)")
                #expect(answer.header("allow") == allow, "\(request)")
                #expect(!answer.closes, "\(request)")
            }
            #expect(server.site.activity.totals.errors == 1, "501 alone")
        }
    }

    @Test(arguments: Setup.all)
    func theAppRendersWhatNoRouteMatches(_ setup: Setup) throws {
        let site = try TestApp.site(unmatched: { request, head in
            request.respond("\(head.unmatchedStatus) \(head.allow) \(head.path)", status: head.unmatchedStatus)
        }, [.get("/here") { request, head in request.respond("\(head.unmatchedStatus)[\(head.allow)]") }])
        try TestServer.run(setup, site: site) { server in
            let client = try server.client()
            for _ in 0..<2 {
                let missing = try client.get("/nowhere")
                #expect(missing.status == 404)
                #expect(missing.text == "404  /nowhere")
                let wrong = try client.ask("PUT /here HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab")
                #expect(wrong.status == 405)
                #expect(wrong.text == "405 GET, HEAD, OPTIONS /here")
                // Nothing of it is left in the memory of the next request.
                #expect(try client.get("/here").text == "0[]")
            }
        }
    }

    /// A handler of unmatched requests may read the body, up to the app's limit.
    @Test(arguments: Setup.all, [9, 10, 11])
    func theBodyOfAnUnmatchedRequestIsReadable(_ setup: Setup, count: Int) throws {
        var limits = SiteLimits()
        limits.bodyBytes = 10
        let site = try TestApp.site(limits: limits, unmatched: { request, _ in
            StreamedBodyTests.Reader().start(request)
        }, [])
        try TestServer.run(setup, site: site) { server in
            let body = pattern(count)
            for message in [
                Array("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: \(count)\r\n\r\n".utf8) + body,
                Array("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
                    + CollectedBodyTests.chunked(body, sizes: [4]),
            ] {
                let client = try server.client()
                try client.send(message)
                let answer = try client.receiveResponse()
                #expect(answer.status == (count > 10 ? 413 : 200))
                if count <= 10 { #expect(answer.body == body) }
            }
        }
    }

    /// An unmatched request with a body, answered late, with more and more of what follows arriving meanwhile.
    @Test(arguments: Setup.all)
    func anUnmatchedRequestIsAnsweredLate(_ setup: Setup) throws {
        let waiting = Probe<Request?>(nil)
        let site = try TestApp.site(unmatched: { request, _ in
            request.retain()
            waiting.set(request)
        }, [.get("/") { request, _ in request.respond("next") }])
        try TestServer.run(setup, site: site) { server in
            for part in ["ab", "abcdeGE"] {
                let client = try server.client()
                try client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n" + part)
                try #require(waiting.wait { $0 != nil })
                try client.send(part == "ab" ? "c" : "T / HTT")
                _ = server.server.snapshot()
                try client.send(part == "ab" ? "deGET / HTTP/1.1\r\nHost: a\r\n\r\n" : "P/1.1\r\nHost: a\r\n\r\n")
                waiting.update { request in
                    request!.respond("late", status: 404)
                    request!.release()
                    request = nil
                }
                let answer = try client.receiveResponse()
                #expect(answer.text == "late")
                if !answer.closes { #expect(try client.receiveResponse().text == "next") }
            }
        }
    }

    @Test(arguments: Setup.all)
    func routesMayBelongToAHost(_ setup: Setup) throws {
        func route(_ host: String?, _ pattern: String, _ text: String) -> TestRoute {
            TestRoute(pattern: pattern, host: host) { request, _ in request.respond(text) }
        }
        let routes = [
            route(nil, "/", "any"), route("a.example.com", "/", "a"), route("*.example.com", "/", "wild"),
            route(nil, "/only", "only"),
        ]
        try TestServer.run(setup, routes) { server in
            let client = try server.client()
            for (host, path, text) in [
                ("x", "/", "any"), ("a.example.com", "/", "a"), ("b.example.com", "/", "wild"),
                ("a.example.com", "/only", "only"),
            ] {
                #expect(try client.ask("GET \(path) HTTP/1.1\r\nHost: \(host)\r\n\r\n").text == text)
            }
        }
    }
}
