import Testing
import ZzzAppABI

@testable import ZzzServer

/// begin, write, finish, and the other ways in which a response may end.
@Suite struct StreamingResponseTests {
    @Test(arguments: Setup.all)
    func anUnknownLengthIsChunked(_ setup: Setup) throws {
        let route = TestRoute.get("/") { request, _ in
            #expect(request.begin(headers: [("x-a", "1")], first: "first ") == 0)
            #expect(request.write("") == 0)
            #expect(request.write("second") == 0)
            #expect(request.finish(trailers: [("x-sum", "11"), ("x-more", "")]) == 0)
        }
        try TestServer.run(setup, [route]) { server in
            let client = try server.client()
            for _ in 0..<2 {
                let answer = try client.get("/")
                #expect(answer.text == "first second")
                #expect(answer.chunks == [6, 6])
                #expect(answer.header("x-a") == "1")
                #expect(answer.header("content-length") == nil)
                #expect(answer.trailers.map { "\($0.name)=\($0.value)" } == ["x-sum=11", "x-more="])
            }
        }
    }

    @Test(arguments: Setup.all)
    func piecesComeFromAnotherThread(_ setup: Setup) throws {
        let route = TestRoute.get("/") { request, _ in
            request.retain()
            _ = TestThread {
                request.begin()
                for index in 0..<50 { request.write("\(index),") }
                request.finish(trailers: [("x-end", "yes")])
                request.release()
            }
        }
        try TestServer.run(setup, [route]) { server in
            let client = try server.client()
            for _ in 0..<5 {
                let answer = try client.get("/")
                #expect(answer.text == (0..<50).map { "\($0)," }.joined())
                #expect(answer.trailers.map(\.name) == ["x-end"])
            }
        }
    }

    @Test(arguments: Setup.all)
    func aKnownLengthIsKept(_ setup: Setup) throws {
        let statuses = Probe<[Int32]>([])
        let routes = [
            TestRoute.get("/exact") { request, _ in
                request.begin(length: 10, first: "01234")
                request.write("56789")
                request.finish(trailers: [("x-dropped", "1")])
            },
            TestRoute.get("/many") { request, _ in
                var all = [request.begin(length: 5), request.write("123")]
                all += [request.write("456"), request.write("45"), request.write("6"), request.finish()]
                statuses.set(all)
            },
            TestRoute.get("/empty") { request, _ in
                request.begin(length: 0)
                request.finish()
            },
        ]
        try TestServer.run(setup, routes) { server in
            let client = try server.client()
            let exact = try client.get("/exact")
            #expect(exact.text == "0123456789")
            #expect(exact.header("content-length") == "10")
            #expect(exact.header("transfer-encoding") == nil)
            #expect(try client.get("/many").text == "12345")
            let limit = Int32(ZZZ_ERROR_LIMIT)
            #expect(statuses.current == [0, 0, limit, 0, limit, 0])
            #expect(try client.get("/empty").header("content-length") == "0")
            #expect(try client.get("/exact").text == "0123456789")
        }
    }

    @Test(arguments: Setup.all)
    func aFirstPieceBeyondTheLengthIsRefusedBeforeAnythingIsSent(_ setup: Setup) throws {
        let status = Probe<Int32>(0)
        let route = TestRoute.get("/") { request, _ in
            status.set(request.begin(length: 3, first: "1234"))
            request.respond("still unanswered")
        }
        try TestServer.run(setup, [route]) { server in
            let client = try server.client()
            #expect(try client.get("/").text == "still unanswered")
            #expect(status.current == Int32(ZZZ_ERROR_INVALID))
            #expect(try client.get("/").text == "still unanswered")
        }
    }

    @Test(arguments: Setup.all)
    func tooFewBytesCutTheConnection(_ setup: Setup) throws {
        let status = Probe<Int32>(0)
        let route = TestRoute.get("/") { request, _ in
            request.begin(length: 10)
            request.write("123456789")
            status.set(request.finish())
        }
        try TestServer.run(setup, [route]) { server in
            let client = try server.client()
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let all = String(decoding: client.receiveToEnd(), as: UTF8.self)
            #expect(all.contains("content-length: 10\r\n"))
            #expect(all.hasSuffix("123456789"), "and nothing of the next request's answer")
            #expect(status.current == Int32(ZZZ_ERROR_STATE))
            #expect(server.site.activity.totals.requests == 1, "a connection that is cut begins no request")
            #expect(server.eventually { server.site.activity.totals.errors == 1 })
        }
    }

    @Test(arguments: Setup.all)
    func http10GetsTheBodyUpToTheEndOfTheConnection(_ setup: Setup) throws {
        let route = TestRoute.get("/") { request, _ in
            request.begin(first: "one ")
            request.write("two")
            request.finish(trailers: [("x-dropped", "1")])
        }
        try TestServer.run(setup, [route]) { server in
            for header in ["", "Connection: keep-alive\r\n"] {
                let client = try server.client()
                let answer = try client.ask("GET / HTTP/1.0\r\n\(header)\r\n")
                #expect(answer.text == "one two")
                #expect(answer.closes)
                #expect(answer.header("transfer-encoding") == nil)
                #expect(answer.header("content-length") == nil)
            }
        }
    }

    @Test(arguments: Setup.all)
    func headGetsTheHeadAlone(_ setup: Setup) throws {
        let routes = [
            TestRoute.get("/whole") { request, _ in request.respond("hello") },
            TestRoute.get("/known") { request, _ in
                request.begin(length: 5, first: "he")
                request.write("llo")
                request.finish()
            },
            TestRoute.get("/chunked") { request, _ in
                request.begin(first: "hello")
                request.finish(trailers: [("x-a", "b")])
            },
            // A handler that knows better may leave the body out.
            TestRoute.get("/none") { request, _ in
                request.begin(length: 5)
                request.finish()
            },
        ]
        try TestServer.run(setup, routes) { server in
            let client = try server.client()
            for path in ["/whole", "/known", "/none", "/chunked"] {
                let answer = try client.ask("HEAD \(path) HTTP/1.1\r\nHost: a\r\n\r\n", hasBody: false)
                #expect(answer.status == 200)
                #expect(answer.header("content-length") == (path == "/chunked" ? nil : "5"))
            }
            #expect(try client.get("/whole").text == "hello", "nothing of a body was in between")
        }
    }

    @Test(arguments: Setup.all)
    func statusesWithoutABodyHaveNone(_ setup: Setup) throws {
        let routes = [
            TestRoute.get("/respond/:status") { request, head in
                request.respond(head.params[0] == "205" ? "" : "dropped", status: UInt16(head.params[0])!)
            },
            TestRoute.get("/begin/:status") { request, head in
                request.begin(status: UInt16(head.params[0])!)
                request.write("dropped")
                request.finish()
            },
        ]
        try TestServer.run(setup, routes) { server in
            let client = try server.client()
            for path in ["/respond/204", "/respond/304", "/begin/204", "/begin/304", "/respond/205"] {
                let answer = try client.get(path)
                #expect(path.hasSuffix("\(answer.status)"))
                #expect(answer.header("transfer-encoding") == nil, "RFC 9112 section 6.1: \(path)")
                if answer.status == 204 { #expect(answer.header("content-length") == nil, "RFC 9110 section 8.6") }
            }
        }
    }

    @Test(arguments: Setup.all)
    func earlyHintsComeBeforeTheResponse(_ setup: Setup) throws {
        let statuses = Probe<[Int32]>([])
        let route = TestRoute.get("/") { request, _ in
            var all = [request.inform(103, [("link", "</a.css>")]), request.inform(102)]
            all += [request.inform(101), request.inform(200), request.inform(103, [("a", "b\r\nc: d")])]
            all += [request.inform(103, [("content-length", "5")])]
            request.respond("hello")
            statuses.set(all + [request.inform(103)])
        }
        try TestServer.run(setup, [route]) { server in
            let client = try server.client()
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let hints = try client.receiveResponse()
            #expect(hints.status == 103)
            #expect(hints.headers.map(\.name) == ["link"])
            #expect(try client.receiveResponse().status == 102)
            #expect(try client.receiveResponse().text == "hello")
            let invalid = Int32(ZZZ_ERROR_INVALID)
            #expect(statuses.current == [0, 0, invalid, invalid, invalid, invalid, Int32(ZZZ_ERROR_STATE)])
            // RFC 9110 section 15.2: never to an HTTP/1.0 client.
            let old = try server.client().ask("GET / HTTP/1.0\r\n\r\n")
            #expect(old.status == 200)
            #expect(statuses.current[0] == 0)
        }
    }

    @Test(arguments: Setup.all)
    func abortCutsTheConnection(_ setup: Setup) throws {
        let after = Probe<[Int32]>([])
        let routes = [
            TestRoute.get("/before") { request, _ in
                request.abort()
                after.set([request.respond("x"), request.inform(103)])
            },
            TestRoute.get("/within") { request, _ in
                request.begin()
                request.write("half")
                request.abort()
                after.set([request.write("x"), request.finish()])
            },
            TestRoute.get("/thread") { request, _ in
                request.retain()
                _ = TestThread {
                    request.abort()
                    request.release()
                }
            },
        ]
        try TestServer.run(setup, routes) { server in
            for path in ["/before", "/within", "/thread"] {
                let client = try server.client()
                let one = "GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n"
                try client.send(one + one)
                let all = String(decoding: client.receiveToEnd(), as: UTF8.self)
                #expect(!all.hasSuffix("0\r\n\r\n"))
                if path != "/thread" { #expect(after.current == [Int32](repeating: Int32(ZZZ_ERROR_GONE), count: 2)) }
            }
            #expect(server.eventually { server.site.activity.totals.errors == 3 })
            #expect(server.total(\.aborted) == 3)
            #expect(server.site.activity.totals.requests == 3, "a connection that is cut begins no request")
            #expect(server.events.misuses.current == [])
        }
    }
}
