import Testing
import ZzzAppABI

@testable import ZzzServer

/// Requests that come before the response to the one before (RFC 9112 section 9.3.2), however their bytes are cut.
@Suite struct PipeliningTests {
    private static func routes(_ link: ServerLink) -> [TestRoute] {
        [
            .get("/now/:n") { request, head in request.respond("now " + head.params[0]) },
            .get("/job/:n") { request, head in
                request.retain()
                link.post(loop: request.loop!) {
                    request.respond("job " + head.params[0])
                    request.release()
                }
            },
            .get("/thread/:n") { request, head in
                request.retain()
                _ = TestThread {
                    request.begin()
                    request.write("thread " + head.params[0])
                    request.finish()
                    request.release()
                }
            },
            // Answered, and retained for a while longer.
            .get("/kept/:n") { request, head in
                request.retain()
                request.respond("kept " + head.params[0])
                _ = TestThread { request.release() }
            },
            .post("/body/:n") { request, head in request.respond("body \(head.params[0]) " + head.text) },
            .stream("/stream/:n") { request, head in
                request.retain()
                request.begin(first: "stream \(head.params[0]) ")
                @Sendable func pump(_ request: Request) {
                    request.readBody { request, event in
                        if case .data(let bytes) = event {
                            request.write(bytes)
                            return pump(request)
                        }
                        request.finish()
                        request.release()
                    }
                }
                pump(request)
            },
        ]
    }

    private static let messages: [(request: String, answer: String)] = [
        ("GET /now/1 HTTP/1.1\r\nHost: a\r\n\r\n", "now 1"),
        ("GET /job/2 HTTP/1.1\r\nHost: a\r\n\r\n", "job 2"),
        ("POST /body/3 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", "body 3 hello"),
        ("GET /kept/4 HTTP/1.1\r\nHost: a\r\n\r\n", "kept 4"),
        ("POST /stream/5 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "2\r\nab\r\n1\r\nc\r\n0\r\nX-T: 1\r\n\r\n",
         "stream 5 abc"),
        ("GET /thread/6 HTTP/1.1\r\nHost: a\r\n\r\n", "thread 6"),
        ("POST /stream/7 HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nwxyz", "stream 7 wxyz"),
        ("GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n", "404 Not Found\n"),
        ("POST /body/8 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nxyz\r\n0\r\n\r\n", "body 8 xyz"),
        ("GET /now/9 HTTP/1.1\r\nHost: a\r\n\r\n", "now 9"),
    ]

    @Test(arguments: Setup.all)
    func requestsInOnePacketAreAnsweredInOrder(_ setup: Setup) throws {
        let link = ServerLink()
        try TestServer.run(setup, Self.routes(link)) { server in
            link.server = server.server
            let client = try server.client()
            for _ in 0..<5 {
                try client.send(Self.messages.map(\.request).joined())
                for message in Self.messages { #expect(try client.receiveResponse().text == message.answer) }
            }
            #expect(server.events.misuses.current == [])
        }
    }

    /// Every response is the same wherever the bytes are cut into two packets.
    @Test(arguments: Setup.all)
    func requestsSplitAtEveryByteAreAnsweredInOrder(_ setup: Setup) throws {
        let link = ServerLink()
        let bytes = Array(Self.messages.map(\.request).joined().utf8)
        try TestServer.run(setup, Self.routes(link)) { server in
            link.server = server.server
            let client = try server.client()
            for cut in 1..<bytes.count {
                try client.send(Array(bytes[..<cut]))
                // Something else in between, on the same loops, so that the two parts are read apart.
                if cut % 8 == 0 { _ = server.server.snapshot() }
                try client.send(Array(bytes[cut...]))
                for message in Self.messages {
                    let text = try client.receiveResponse().text
                    if text != message.answer { Issue.record("cut at \(cut): \(text), not \(message.answer)") }
                }
            }
        }
    }

    @Test(arguments: Setup.all)
    func requestsByteByByteAreAnsweredInOrder(_ setup: Setup) throws {
        let link = ServerLink()
        try TestServer.run(setup, Self.routes(link)) { server in
            link.server = server.server
            let client = try server.client()
            for message in Self.messages {
                for byte in message.request.utf8 { try client.send([byte]) }
                #expect(try client.receiveResponse().text == message.answer)
            }
        }
    }

    /// What arrives while an earlier answer is on its way from another connection's handler keeps its place.
    @Test(arguments: Setup.all)
    func bytesThatComeWhileAnAnswerEndsKeepTheirOrder(_ setup: Setup) throws {
        let waiting = Probe<[Request]>([])
        let routes = [
            TestRoute.get("/wait") { request, _ in
                request.retain()
                waiting.update { $0.append(request) }
            },
            // Answers every request that waits, from a handler of another connection.
            TestRoute.get("/release") { request, _ in
                for other in waiting.update({ list in defer { list = [] }; return list }) {
                    other.respond("waited")
                    other.release()
                }
                request.respond("released")
            },
            TestRoute.get("/:n") { request, head in request.respond(head.params[0]) },
        ]
        try TestServer.run(setup, routes) { server in
            let clients = try (0..<4).map { _ in try server.client() }
            let releaser = try server.client()
            for round in 0..<60 {
                for client in clients {
                    // The first ones sit behind the request that waits; the last comes at the same time as the release.
                    try client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\nGET /a\(round) HTTP/1.1\r\nHost: a\r\n\r\n")
                    try client.send("GET /b\(round) HTTP/1.1\r\nHost: a\r\n\r\nGET /c")
                }
                try #require(waiting.wait { $0.count == clients.count })
                try releaser.send("GET /release HTTP/1.1\r\nHost: a\r\n\r\n")
                for client in clients { try client.send("\(round) HTTP/1.1\r\nHost: a\r\n\r\n") }
                #expect(try releaser.receiveResponse().text == "released")
                for client in clients {
                    for text in ["waited", "a\(round)", "b\(round)", "c\(round)"] {
                        #expect(try client.receiveResponse().text == text)
                    }
                }
            }
        }
    }

    /// More than a read buffer of requests behind one that is answered late.
    @Test(arguments: Setup.all)
    func manyRequestsWaitBehindALateAnswer(_ setup: Setup) throws {
        let waiting = Probe<Request?>(nil)
        let routes = [
            TestRoute.get("/wait") { request, _ in
                request.retain()
                waiting.set(request)
            },
            TestRoute.get("/:n") { request, head in request.respond(head.params[0]) },
        ]
        try TestServer.run(setup, routes) { server in
            let client = try server.client()
            var bytes = "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n"
            for index in 0..<3_000 { bytes += "GET /\(index) HTTP/1.1\r\nHost: a\r\nX-Padding: 0123456789\r\n\r\n" }
            try client.send(bytes)
            try #require(waiting.wait { $0 != nil })
            waiting.current!.respond("waited")
            waiting.current!.release()
            #expect(try client.receiveResponse().text == "waited")
            for index in 0..<3_000 {
                let text = try client.receiveResponse().text
                if text != "\(index)" {
                    Issue.record("\(text), not \(index)")
                    break
                }
            }
        }
    }
}
