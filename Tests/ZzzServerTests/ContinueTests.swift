import Testing
import ZzzAppABI

@testable import ZzzServer

/// 100 Continue (RFC 9110 section 10.1.1): sent when somebody wants the body, and not before.
@Suite struct ContinueTests {
    private static func head(_ path: String, length: Int = 5) -> String {
        "POST \(path) HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: \(length)\r\n\r\n"
    }

    private static let routes = [
        TestRoute.post("/collected", limit: 100) { request, head in request.respond(head.body) },
        TestRoute.stream("/refused") { request, _ in request.respond("no", status: 403) },
        TestRoute.stream("/streamed") { request, _ in StreamedBodyTests.Reader().start(request) },
    ]

    @Test(arguments: Setup.all, ["/collected", "/streamed"])
    func theClientIsToldToGoOn(_ setup: Setup, path: String) throws {
        try TestServer.run(setup, Self.routes) { server in
            let client = try server.client()
            for _ in 0..<2 {
                try client.send(Self.head(path))
                let first = try client.receiveResponse()
                #expect(first.status == 100)
                #expect(first.headers.isEmpty)
                try client.send("hello")
                let answer = try client.receiveResponse()
                #expect(answer.status == 200)
                #expect(answer.text == "hello")
            }
        }
    }

    @Test(arguments: Setup.all)
    func aStreamingHandlerDecidesWhen(_ setup: Setup) throws {
        let waiting = Probe<Request?>(nil)
        let route = TestRoute.stream("/") { request, _ in
            request.retain()
            waiting.set(request)
        }
        try TestServer.run(setup, [route]) { server in
            let client = try server.client()
            try client.send(Self.head("/"))
            try #require(waiting.wait { $0 != nil })
            #expect(!client.hasInput(withinMilliseconds: 50))
            waiting.current!.readBody { request, event in
                request.respond("\(event)")
                request.release()
            }
            #expect(try client.receiveResponse().status == 100)
            try client.send("A")
            #expect(try client.receiveResponse().text == "data([65])")
        }
    }

    /// The client may or may not send the body then, so the connection cannot be kept.
    @Test(arguments: Setup.all)
    func aRefusedBodyIsNotAskedFor(_ setup: Setup) throws {
        try TestServer.run(setup, Self.routes) { server in
            for (head, status) in [
                (Self.head("/refused"), 403), (Self.head("/collected", length: 101), 413), (Self.head("/nowhere"), 404),
            ] {
                let client = try server.client()
                try client.send(head)
                let answer = try client.receiveResponse()
                #expect(answer.status == status, "and no 100 before it")
                #expect(answer.closes)
                try client.expectEnd()
            }
        }
    }

    @Test(arguments: Setup.all)
    func aClientThatDoesNotWaitIsNotTold(_ setup: Setup) throws {
        try TestServer.run(setup, Self.routes) { server in
            let client = try server.client()
            for path in ["/collected", "/streamed"] {
                try client.send(Self.head(path) + "hello")
                let answer = try client.receiveResponse()
                #expect(answer.status == 200)
                #expect(answer.text == "hello")
            }
        }
    }
}
