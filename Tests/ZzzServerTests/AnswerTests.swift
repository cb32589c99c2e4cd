import Testing
import ZzzAppABI

@testable import ZzzServer

/// Who answers when: the handler at once, a job, another thread, after the client has left.
@Suite struct AnswerTests {
    @Test(arguments: Setup.all)
    func aHandlerAnswersAtOnce(_ setup: Setup) throws {
        try TestServer.run(setup, [.get("/") { request, _ in request.respond("hello") }]) { server in
            let client = try server.client()
            for _ in 0..<3 {
                let answer = try client.get("/")
                #expect(answer.status == 200)
                #expect(answer.text == "hello")
                #expect(answer.header("content-length") == "5")
                #expect(answer.header("content-type") == "text/plain")
                #expect(answer.count("date") == 1)
                #expect(answer.header("connection") == nil)
            }
            #expect(server.site.activity.totals.requests == 3)
            #expect(server.site.activity.totals.errors == 0)
            #expect(server.total(\.requests) == 3)
            #expect(server.total(\.accepted) == 1)
        }
    }

    @Test(arguments: Setup.all)
    func aJobAnswersLater(_ setup: Setup) throws {
        let link = ServerLink()
        let route = TestRoute.get("/:text") { request, head in
            request.retain()
            link.post(loop: request.loop!) {
                #expect(request.respond(head.params[0]) == 0)
                #expect(request.release() == 0)
            }
        }
        try TestServer.run(setup, [route]) { server in
            link.server = server.server
            let client = try server.client()
            for text in ["one", "two", "three"] { #expect(try client.get("/\(text)").text == text) }
        }
    }

    /// A job on another loop goes through that loop's mailbox, and its answer through the request's.
    @Test(arguments: Setup.all)
    func aJobOnAnotherLoopAnswers(_ setup: Setup) throws {
        let link = ServerLink()
        let route = TestRoute.get("/") { request, _ in
            request.retain()
            link.post(loop: setup.loops - 1 - request.loop!) {
                request.respond("from afar")
                request.release()
            }
        }
        try TestServer.run(setup, [route]) { server in
            link.server = server.server
            for _ in 0..<8 {
                let answer = try server.get("/")
                #expect(answer.text == "from afar")
            }
        }
    }

    @Test(arguments: Setup.all)
    func anotherThreadAnswers(_ setup: Setup) throws {
        let threads = Probe<[TestThread]>([])
        let route = TestRoute.get("/") { request, head in
            request.retain()
            let thread = TestThread {
                #expect(request.respond("from a thread", headers: [("x-path", head.path)]) == 0)
                #expect(request.release() == 0)
            }
            threads.update { $0.append(thread) }
        }
        try TestServer.run(setup, [route]) { server in
            let client = try server.client()
            for _ in 0..<20 {
                let answer = try client.get("/")
                #expect(answer.text == "from a thread")
                #expect(answer.header("x-path") == "/")
            }
            for thread in threads.current { thread.join() }
        }
    }

    @Test(arguments: Setup.all)
    func anAnswerAfterTheClientHasLeftIsGone(_ setup: Setup) throws {
        let link = ServerLink()
        let closed = Probe<Request?>(nil)
        let outcome = Probe<[Int32]>([])
        let route = TestRoute.get("/") { request, _ in
            request.retain()
            request.onClosed { request in closed.set(request) }
        }
        try TestServer.run(setup, [route]) { server in
            link.server = server.server
            let client = try server.client()
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(server.eventually { server.site.activity.totals.inFlight == 1 })
            client.reset()
            try #require(closed.wait { $0 != nil })
            let request = closed.current!
            // From another thread it is taken, and finds out on the loop; it is no misuse.
            #expect(request.respond("too late") == 0)
            link.post(loop: request.loop!) {
                let statuses = [request.respond("x"), request.begin(), request.inform(103), request.abort()]
                outcome.set(statuses + [request.release(), request.release()])
            }
            let gone = Int32(ZZZ_ERROR_GONE)
            #expect(outcome.awaitValue([gone, gone, gone, gone, 0, gone]))
            #expect(server.events.misuses.current == [])
            #expect(server.site.activity.totals.errors == 0, "the app did nothing wrong")
        }
    }

    @Test(arguments: Setup.all)
    func theSecondResponseIsRefused(_ setup: Setup) throws {
        let second = Probe<[Int32]>([])
        let route = TestRoute.get("/") { request, _ in
            request.respond("first")
            second.set([request.respond("second"), request.begin(), request.write("x"), request.finish()])
        }
        try TestServer.run(setup, [route]) { server in
            let client = try server.client()
            #expect(try client.get("/").text == "first")
            #expect(try client.get("/").text == "first")
            #expect(second.current == [Int32](repeating: Int32(ZZZ_ERROR_STATE), count: 4))
        }
    }

    @Test(arguments: Setup.all)
    func ofTwoThreadsThatAnswerOneWins(_ setup: Setup) throws {
        let route = TestRoute.get("/") { request, _ in
            request.retain()
            let other = TestThread { request.respond("b") }
            TestThread { request.respond("a") }.join()
            other.join()
            request.release()
        }
        // The handler holds the loop until both have posted, and gives up before they arrive: nobody answered in time.
        try TestServer.run(setup, [route]) { server in
            let answer = try server.get("/")
            #expect(answer.status == 500)
        }
        let late = TestRoute.get("/") { request, _ in
            request.retain()
            let other = TestThread { request.respond("b") }
            TestThread { request.respond("a") }.join()
            other.join()
            TestThread { request.release() }.join()
        }
        try TestServer.run(setup, [late]) { server in
            let client = try server.client()
            for _ in 0..<10 {
                let text = try client.get("/").text
                #expect(text == "a" || text == "b")
            }
            #expect(server.events.misuses.wait { $0.count == 10 })
        }
    }

    @Test(arguments: Setup.all)
    func theHeadIsAsItCame(_ setup: Setup) throws {
        let route = TestRoute(methods: .all, pattern: "/a/:x/*rest") { request, head in
            let lines = [
                head.method, head.target, head.path, head.query, head.authority, head.mount,
                head.params.joined(separator: "|"),
                head.headers.map { "\($0.name)=\($0.value)" }.joined(separator: ","),
                "\(head.contentLength)", "\(head.has(Int(ZZZ_REQUEST_BODY_COMPLETE)))",
                "\(head.has(Int(ZZZ_REQUEST_KEEP_ALIVE)))", "\(head.has(Int(ZZZ_REQUEST_HAS_QUERY)))",
                "\(head.pointer.pointee.version_minor)", "\(head.pointer.pointee.method)",
            ]
            request.respond(lines.joined(separator: "\n"))
        }
        try TestServer.run(setup, [route]) { server in
            let answer = try server.client().ask(
                "PROPFIND /a/%41b/c/d?q=1 HTTP/1.1\r\nHost: Example.com:80\r\nX-Two:  spaced \r\n\r\n")
            let expected = [
                "PROPFIND", "/a/%41b/c/d?q=1", "/a/%41b/c/d", "q=1", "Example.com:80", "", "Ab|c/d",
                "Host=Example.com:80,X-Two=spaced", "0", "true", "true", "true", "1", "0",
            ]
            #expect(answer.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) == expected)
        }
    }

    @Test(arguments: Setup.single)
    func thePeerIsKnownOnTheLoop(_ setup: Setup) throws {
        let fromThread = Probe<Bool?>(nil)
        let route = TestRoute.get("/") { request, _ in
            let peer = request.peer()
            TestThread { fromThread.set(request.peer() == nil && request.trailers() == nil) }.join()
            request.respond(peer.map { "\($0.host) \($0.port ?? 0)" } ?? "nobody")
        }
        try TestServer.run(setup, [route]) { server in
            let answer = try server.get("/")
            #expect(answer.text.hasPrefix("127.0.0.1 "))
            #expect(fromThread.current == true, "refused on another thread")
        }
    }
}
