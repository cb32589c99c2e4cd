import Testing

extension DaemonTests {
    /// Requests and responses over one connection (RFC 9112), in the order of the RFC.
    @Suite struct ExchangeTests {
        private func bench(_ backend: Backend) throws -> DaemonProcess {
            try DaemonProcess(DaemonConfiguration(backend, apps: [.example("bench")]))
        }

        // MARK: RFC 9112 3: the request line

        @Test(arguments: Backend.allCases)
        func `takes a request byte by byte`(backend: Backend) throws {
            let client = try bench(backend).client()
            try client.sendByByte("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello")
            #expect(try client.response().text == "hello")
        }

        @Test(arguments: Backend.allCases)
        func `takes the absolute form, whose authority wins over Host`(backend: Backend) throws {
            let daemon = try DaemonProcess(
                DaemonConfiguration(backend, apps: [.example("bench", lines: ["hosts = [\"bench.test\"]"])]))
            let client = try daemon.client()
            try client.send("GET http://bench.test/plaintext HTTP/1.1\r\nHost: other.test\r\n\r\n")
            #expect(try client.response().text == "Hello, World!")
            try client.send("GET http://other.test/plaintext HTTP/1.1\r\nHost: bench.test\r\n\r\n")
            // RFC 9110 15.5.20: nobody here answers for that authority.
            #expect(try client.response().status == 421)
        }

        @Test(arguments: Backend.allCases)
        func `answers OPTIONS for the server and for a resource`(backend: Backend) throws {
            let client = try bench(backend).client()
            try client.send("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect((200...204).contains(try client.response().status))
            try client.send("OPTIONS /plaintext HTTP/1.1\r\nHost: localhost\r\n\r\n")
            let response = try client.response()
            #expect((200...204).contains(response.status))
            #expect(methods(response["Allow"]).isSuperset(of: ["GET", "HEAD", "OPTIONS"]))
        }

        @Test(arguments: Backend.allCases)
        func `says 404 for no route and 405 with Allow for another method`(backend: Backend) throws {
            let client = try bench(backend).client()
            try client.send("GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try client.response().status == 404)
            try client.send("DELETE /plaintext HTTP/1.1\r\nHost: localhost\r\n\r\n")
            let response = try client.response()
            #expect(response.status == 405)
            #expect(methods(response["Allow"]).isSuperset(of: ["GET", "HEAD"]))
            #expect(!methods(response["Allow"]).contains("DELETE"))
            // Neither ends the connection.
            try client.send("GET /plaintext HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try client.response().status == 200)
        }

        @Test(arguments: Backend.allCases)
        func `answers HEAD as GET without its body`(backend: Backend) throws {
            let client = try bench(backend).client()
            try client.send("HEAD /plaintext HTTP/1.1\r\nHost: localhost\r\n\r\nGET /json HTTP/1.1\r\nHost: a\r\n\r\n")
            let head = try client.response(toHead: true)
            #expect(head.status == 200)
            #expect(head["Content-Length"] == "13")
            // Had a body been sent, this would not parse.
            #expect(try client.response().text == #"{"message":"Hello, World!"}"#)
        }

        // MARK: RFC 9112 6: the message body

        @Test(arguments: Backend.allCases, ["GET", "POST", "PUT", "PATCH", "DELETE"])
        func `echoes a body with a length, whatever the method`(backend: Backend, method: String) throws {
            let client = try bench(backend).client()
            let body = [UInt8]((0..<100_000).map { UInt8(truncatingIfNeeded: $0) })
            try client.send("\(method) /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.count)\r\n\r\n")
            try client.send(body)
            let response = try client.response()
            #expect(response.status == 200)
            #expect(response.body == body)
        }

        @Test(arguments: Backend.allCases)
        func `echoes a body in chunks, with extensions and trailers`(backend: Backend) throws {
            let client = try bench(backend).client()
            try client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
            try client.send("5;name=value\r\nHello\r\n00a\r\n, chunked \r\n")
            try client.sendByByte("5\r\nworld\r\n0\r\nX-Trailer: seen\r\n\r\n")
            #expect(try client.response().text == "Hello, chunked world")
            try client.send("GET /plaintext HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try client.response().status == 200)
        }

        // MARK: RFC 9112 9: connection management

        @Test(arguments: Backend.allCases)
        func `keeps a connection for many requests`(backend: Backend) throws {
            let client = try bench(backend).client()
            for number in 0..<200 {
                try client.send("GET /users/\(number) HTTP/1.1\r\nHost: localhost\r\n\r\n")
                #expect(try client.response().text == String(number))
            }
        }

        @Test(arguments: Backend.allCases)
        func `answers pipelined requests in their order`(backend: Backend) throws {
            let client = try bench(backend).client()
            // The first ones take the longest, so an answer given when it is ready would come too early.
            var requests = "GET /sleep?ms=200 HTTP/1.1\r\nHost: a\r\n\r\nGET /async HTTP/1.1\r\nHost: a\r\n\r\n"
            for number in 0..<300 { requests += "GET /users/\(number) HTTP/1.1\r\nHost: a\r\n\r\n" }
            requests += "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nlast"
            try client.send(requests)
            _ = try client.response()
            #expect(try client.response().text == "Hello, World!")
            for number in 0..<300 { #expect(try client.response().text == String(number)) }
            #expect(try client.response().text == "last")
        }

        @Test(arguments: Backend.allCases)
        func `answers what came before a half-close`(backend: Backend) throws {
            let client = try bench(backend).client()
            try client.send("GET /sleep?ms=100 HTTP/1.1\r\nHost: a\r\n\r\nGET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n")
            try client.finishSending()
            #expect(try client.response().status == 200)
            #expect(try client.response().text == "Hello, World!")
            #expect(try client.isClosedSilently())
        }

        @Test(arguments: Backend.allCases)
        func `sends all of a large response after a half-close`(backend: Backend) throws {
            let scratch = try TemporaryDirectory()
            let app = DaemonConfiguration.App(name: "kit", file: try FixtureApp.build("kit", in: scratch))
            let client = try DaemonProcess(DaemonConfiguration(backend, apps: [app])).client()
            try client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
            try client.finishSending()
            #expect(try client.response().body.count == 32 << 20)
            #expect(try client.isClosedSilently())
        }

        @Test(arguments: Backend.allCases, ["close", "keep-alive, close", "Close"])
        func `closes after the response when told so`(backend: Backend, option: String) throws {
            let client = try bench(backend).client()
            try client.send("GET /plaintext HTTP/1.1\r\nHost: a\r\nConnection: \(option)\r\n\r\n")
            try client.send("GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.response().saysClose)
            #expect(try client.isClosedSilently())
        }

        @Test(arguments: Backend.allCases)
        func `speaks HTTP 1.0 as its clients expect`(backend: Backend) throws {
            let daemon = try bench(backend)
            let once = try daemon.client()
            try once.send("GET /plaintext HTTP/1.0\r\n\r\n")
            #expect(try once.response().text == "Hello, World!")
            #expect(try once.isClosedSilently())

            let kept = try daemon.client()
            for _ in 0..<3 {
                try kept.send("GET /plaintext HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                let response = try kept.response()
                #expect(response.status == 200)
                #expect(response["Connection"]?.lowercased() == "keep-alive")
            }

            // No chunks for a client that does not know them: the end of the connection ends the body.
            let streamed = try daemon.client()
            try streamed.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            let response = try streamed.response()
            #expect(response["Transfer-Encoding"] == nil)
            #expect(!response.body.isEmpty)
        }

        @Test(arguments: Backend.allCases)
        func `goes on after answers that no app gave`(backend: Backend) throws {
            // hello-c has no handler for what matches none of its routes, so the daemon answers.
            let app = DaemonConfiguration.App.example("hello-c", lines: ["hosts = [\"a\"]"])
            let client = try DaemonProcess(DaemonConfiguration(backend, apps: [app])).client()
            let requests = [
                ("GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n", 404),
                ("POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 404),
                ("DELETE / HTTP/1.1\r\nHost: a\r\n\r\n", 405),
                ("OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n", 204),
                ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 204),
                ("GET / HTTP/1.1\r\nHost: b\r\n\r\n", 421),
                ("GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
                ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 200),
            ]
            for (request, status) in requests {
                try client.send(request)
                #expect(try client.response().status == status, "\(request)")
            }
            // And all at once.
            try client.send(requests.map(\.0).joined())
            for (request, status) in requests { #expect(try client.response().status == status, "\(request)") }
        }

        // MARK: RFC 9110 10.1.1: Expect

        @Test(arguments: Backend.allCases)
        func `sends 100 Continue once it wants the body`(backend: Backend) throws {
            let client = try bench(backend).client()
            try client.send(
                "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
            #expect(try client.response().status == 100)
            try client.send("hello")
            #expect(try client.response().text == "hello")
        }

        @Test(arguments: Backend.allCases)
        func `sends no 100 Continue when it rejects the request by its head`(backend: Backend) throws {
            let scratch = try TemporaryDirectory()
            let kit = try FixtureApp.build("kit", in: scratch)
            let app = DaemonConfiguration.App(name: "kit", file: kit)
            let daemon = try DaemonProcess(DaemonConfiguration(backend, apps: [app], limits: ["body = \"1 KiB\""]))
            for (target, length, status) in [("/refuse", 5, 401), ("/nowhere", 5, 404), ("/hit", 1025, 413)] {
                let client = try daemon.client()
                try client.send(
                    "POST \(target) HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\nExpect: 100-continue\r\n\r\n")
                #expect(try client.response().status == status, "\(target)")
            }
            let client = try daemon.client()
            try client.send("POST /hit HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: magic\r\n\r\n")
            #expect(try client.response().status == 417)
        }

        // MARK: Streaming

        @Test(arguments: Backend.allCases)
        func `streams in chunks`(backend: Backend) throws {
            let client = try bench(backend).client()
            try client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\nGET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n")
            let response = try client.response()
            #expect(response["Transfer-Encoding"] == "chunked")
            #expect(response["Content-Length"] == nil)
            #expect(response.chunks.count > 1)
            #expect(try client.response().text == "Hello, World!")
        }

        @Test(arguments: Backend.allCases)
        func `sleeps without holding up anybody else`(backend: Backend) throws {
            var configuration = DaemonConfiguration(backend, apps: [.example("bench")])
            configuration.loops = 1
            let daemon = try DaemonProcess(configuration)
            let sleeper = try daemon.client()
            let other = try daemon.client()
            let begin = ContinuousClock.now
            try sleeper.send("GET /sleep?ms=1000 HTTP/1.1\r\nHost: a\r\n\r\n")
            for _ in 0..<20 {
                try other.send("GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try other.response().status == 200)
            }
            #expect(ContinuousClock.now - begin < .seconds(1), "the others waited for the sleeper")
            #expect(try sleeper.response().status == 200)
            #expect(ContinuousClock.now - begin >= .seconds(1))
        }

        private func methods(_ allow: String?) -> Set<String> {
            Set((allow ?? "").split(separator: ",").map { $0.filter { $0 != " " } })
        }
    }
}
