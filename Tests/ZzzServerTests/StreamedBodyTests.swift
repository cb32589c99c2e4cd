import Glibc
import Testing
import ZzzAppABI

@testable import ZzzServer

/// Request bodies that the handler reads piece by piece.
@Suite struct StreamedBodyTests {
    /// Reads the body to its end, then answers with it.
    final class Reader: Sendable {
        private let collected = Probe<[UInt8]>([])
        let events = Probe<[String]>([])

        func start(_ request: Request) {
            request.retain()
            next(request)
        }

        private func next(_ request: Request) {
            request.readBody { [self] request, event in
                switch event {
                case .data(let bytes):
                    events.update { $0.append("data") }
                    collected.update { $0 += bytes }
                    next(request)
                case .end:
                    events.update { $0.append("end") }
                    let trailers = (request.trailers() ?? []).map { "\($0.name)=\($0.value)" }.joined(separator: ",")
                    request.respond(collected.current, headers: [("x-trailers", trailers)])
                    request.release()
                case .failed:
                    events.update { $0.append("failed") }
                    request.release()
                }
            }
        }
    }

    @Test(arguments: Setup.single)
    func aMultipartBodyAloneIsReadInPieces(_ setup: Setup) throws {
        let route = TestRoute(
            methods: .post, pattern: "/", streamsMultipart: true, bodyLimit: 1000, multipartLimit: 100_000
        ) { request, head in
            if head.has(Int(ZZZ_REQUEST_BODY_COMPLETE)) { request.respond(head.body) } else { Reader().start(request) }
        }
        try TestServer.run(setup, [route]) { server in
            for (type, count, status) in [
                ("multipart/form-data; boundary=x", 100_000, 200), ("Multipart/Mixed", 1001, 200),
                ("multipart/form-data", 100_001, 413), ("multipart", 1001, 413), ("text/plain", 1000, 200),
                ("text/plain", 1001, 413),
            ] {
                let client = try server.client()
                let body = pattern(count, seed: 7)
                let fields = "Host: a\r\nContent-Type: \(type)\r\nContent-Length: \(count)\r\n"
                try client.send("POST / HTTP/1.1\r\n\(fields)\r\n")
                _ = client.sendSome(body)
                let answer = try client.receiveResponse()
                #expect(answer.status == status, "\(type) \(count)")
                if status == 200 { #expect(answer.body == body) }
            }
        }
    }

    private static func head(_ path: String = "/", length: Int) -> String {
        "POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\r\n"
    }
    private static let chunkedHead = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

    @Test(arguments: Setup.all)
    func theBodyIsReadInPieces(_ setup: Setup) throws {
        let route = TestRoute.stream("/") { request, head in
            #expect(!head.has(Int(ZZZ_REQUEST_BODY_COMPLETE)) || head.contentLength == 0)
            #expect(head.body.isEmpty)
            Reader().start(request)
        }
        try TestServer.run(setup, [route]) { server in
            let client = try server.client()
            for count in [0, 1, 16_000, 300_000] {
                let body = pattern(count, seed: UInt64(count))
                try client.send(Array(Self.head(length: count).utf8) + body)
                #expect(try client.receiveResponse().body == body)
                let message = CollectedBodyTests.chunked(body, sizes: [1, 20_000], trailers: "X-Sum: 5\r\n")
                try client.send(Array(Self.chunkedHead.utf8) + message)
                let answer = try client.receiveResponse()
                #expect(answer.body == body)
                #expect(answer.header("x-trailers") == "X-Sum=5")
            }
        }
    }

    /// RFC 9112 section 9.3.2: what is pipelined behind a streamed body is answered after it.
    @Test(arguments: Setup.all)
    func aRequestPipelinedBehindAStreamedBodyIsAnswered(_ setup: Setup) throws {
        let routes = [
            TestRoute.stream("/") { request, _ in Reader().start(request) },
            TestRoute.get("/next") { request, _ in request.respond("next") },
        ]
        try TestServer.run(setup, routes) { server in
            let client = try server.client()
            let get = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n"
            try client.send(Self.head(length: 5) + "hello" + get + Self.chunkedHead + "2\r\nab\r\n0\r\n\r\n" + get)
            for text in ["hello", "next", "ab", "next"] { #expect(try client.receiveResponse().text == text) }
        }
    }

    /// An app that answers while it reads gets every byte: nothing of the body is dropped when the response begins.
    @Test(arguments: Setup.all)
    func theBodyIsReadWhileTheResponseIsWritten(_ setup: Setup) throws {
        @Sendable func pump(_ request: Request) {
            request.readBody { request, event in
                switch event {
                case .data(let bytes):
                    request.write(bytes)
                    pump(request)
                case .end:
                    request.finish()
                    request.release()
                case .failed: request.release()
                }
            }
        }
        let route = TestRoute.stream("/") { request, _ in
            request.retain()
            request.begin()
            pump(request)
        }
        try TestServer.run(setup, [route]) { server in
            let client = try server.client()
            let body = pattern(100_000)
            for _ in 0..<2 {
                try client.send(Array(Self.head(length: body.count).utf8) + body)
                #expect(try client.receiveResponse().body == body)
            }
            // Sent piece by piece, and echoed piece by piece.
            try client.send(Self.head(length: 6))
            _ = try client.receiveHead()
            for text in ["ab", "cd", "ef"] {
                try client.send(text)
                #expect(try client.receive(7) == Array("2\r\n\(text)\r\n".utf8))
            }
            #expect(try client.receive(5) == Array("0\r\n\r\n".utf8))
        }
    }

    /// Nothing is read from a client whose body nobody asks for: that is the back-pressure.
    @Test(arguments: Setup.all)
    func anUnreadBodyPausesTheClient(_ setup: Setup) throws {
        let waiting = Probe<Request?>(nil)
        let link = ServerLink()
        let count = 64 << 20
        let total = Probe(0)
        @Sendable func drain(_ request: Request) {
            request.readBody { request, event in
                switch event {
                case .data(let bytes):
                    total.update { $0 += bytes.count }
                    drain(request)
                case .end, .failed:
                    request.respond("\(event)")
                    request.release()
                }
            }
        }
        let route = TestRoute.stream("/", limit: count) { request, _ in
            request.retain()
            waiting.set(request)
        }
        try TestServer.run(setup, [route]) { server in
            link.server = server.server
            let client = try server.client()
            try client.send(Self.head(length: count))
            try #require(waiting.wait { $0 != nil })
            // The sockets' buffers fill up; then the client cannot send any more.
            let piece = [UInt8](repeating: 7, count: 1 << 20)
            var sent = 0
            var room = pollfd(fd: client.fd, events: Int16(POLLOUT), revents: 0)
            while sent < count, poll(&room, 1, 300) == 1 {
                sent += client.sendWithoutWaiting(Array(piece.prefix(count - sent)))
            }
            #expect(sent < count / 2, "\(sent) bytes went out to nobody")
            let request = waiting.current!
            link.post(loop: request.loop!) { drain(request) }
            while sent < count {
                let size = min(piece.count, count - sent)
                try client.send(Array(piece.prefix(size)))
                sent += size
            }
            #expect(try client.receiveResponse().text == "end")
            #expect(total.current == count)
        }
    }

    @Test(arguments: Setup.all)
    func theBodyFailsWhenTheClientGoes(_ setup: Setup) throws {
        let readers = Probe<[Reader]>([])
        let route = TestRoute.stream("/") { request, _ in
            let reader = Reader()
            readers.update { $0.append(reader) }
            reader.start(request)
        }
        try TestServer.run(setup, [route]) { server in
            let reset = try server.client()
            try reset.send(Self.head(length: 10) + "abc")
            #expect(readers.wait { $0.count == 1 && $0[0].events.current == ["data"] } || server.eventually {
                readers.current.first?.events.current == ["data"]
            })
            reset.reset()
            #expect(readers.current[0].events.wait { $0 == ["data", "failed"] })
            // One that only ends its side is told what is wrong.
            let half = try server.client()
            try half.send(Self.head(length: 10) + "abc")
            half.shutdownWrite()
            let answer = try half.receiveResponse()
            #expect(answer.status == 400)
            #expect(readers.current[1].events.wait { $0 == ["data", "failed"] })
        }
    }

    @Test(arguments: Setup.all, [9, 10, 11])
    func theBodyFailsBeyondItsLimit(_ setup: Setup, count: Int) throws {
        let reader = Reader()
        let route = TestRoute.stream("/", limit: 10) { request, _ in reader.start(request) }
        try TestServer.run(setup, [route]) { server in
            let client = try server.client()
            let message = CollectedBodyTests.chunked(pattern(count), sizes: [4, 4])
            try client.send(Array(Self.chunkedHead.utf8) + message)
            let answer = try client.receiveResponse()
            if count <= 10 {
                #expect(answer.body == pattern(count))
                return
            }
            #expect(answer.status == 413)
            #expect(answer.closes)
            try client.expectEnd()
            #expect(reader.events.wait { $0.last == "failed" })
            // By its length it does not even reach the handler.
            let other = try server.client()
            try other.send(Self.head(length: count))
            #expect(try other.receiveResponse().status == 413)
            #expect(reader.events.current.count { $0 == "failed" } == 1)
        }
    }

    @Test(arguments: Setup.all)
    func theAppMayAnswerAFailedBodyItself(_ setup: Setup) throws {
        let route = TestRoute.stream("/", limit: 10) { request, _ in
            request.retain()
            request.readBody { request, event in
                if case .data = event {
                    request.readBody { request, event in
                        #expect(event == .failed)
                        #expect(request.respond("too much for me", status: 422) == 0)
                        request.release()
                    }
                }
            }
        }
        try TestServer.run(setup, [route]) { server in
            let client = try server.client()
            try client.send(Array(Self.chunkedHead.utf8) + CollectedBodyTests.chunked(pattern(11), sizes: [4]))
            let answer = try client.receiveResponse()
            #expect(answer.status == 422)
            #expect(answer.closes)
            try client.expectEnd()
        }
    }

    @Test(arguments: Setup.all)
    func aFailedBodyCutsAResponseThatHasBegun(_ setup: Setup) throws {
        let route = TestRoute.stream("/", limit: 10) { request, _ in
            request.retain()
            request.begin(first: "begun")
            request.readBody { request, _ in
                request.readBody { request, event in
                    #expect(event == .failed)
                    request.release()
                }
            }
        }
        try TestServer.run(setup, [route]) { server in
            let client = try server.client()
            try client.send(Array(Self.chunkedHead.utf8) + CollectedBodyTests.chunked(pattern(11), sizes: [4]))
            let all = String(decoding: client.receiveToEnd(), as: UTF8.self)
            #expect(all.hasPrefix("HTTP/1.1 200 OK"))
            #expect(!all.hasSuffix("0\r\n\r\n"))
        }
    }

    /// The response is the end of the exchange: who still waits for the body is told.
    @Test(arguments: Setup.all)
    func aResponseOvertakesAReadThatWaits(_ setup: Setup) throws {
        let order = Probe<[String]>([])
        let link = ServerLink()
        let routes = ["/now", "/later"].map { path in
            TestRoute.stream(path) { request, _ in
                request.retain()
                request.readBody { request, event in
                    order.update { $0.append("\(event)") }
                    request.release()
                }
                @Sendable func answer() {
                    request.respond("answered")
                    order.update { $0.append("returned") }
                }
                if path == "/now" { answer() } else { link.post(loop: request.loop!, answer) }
            }
        }
        try TestServer.run(setup, routes) { server in
            link.server = server.server
            for path in ["/now", "/later"] {
                let client = try server.client()
                try client.send(Self.head(path, length: 10))
                #expect(try client.receiveResponse().text == "answered")
                #expect(order.awaitValue(["returned", "failed"]), "not from within the call that answered")
                order.set([])
            }
        }
    }

    @Test(arguments: Setup.all)
    func onlyOneReadMayWait(_ setup: Setup) throws {
        let statuses = Probe<[Int32]>([])
        let route = TestRoute.stream("/") { request, _ in
            request.retain()
            let first = request.readBody { request, _ in
                request.respond()
                request.release()
            }
            statuses.set([first, request.readBody { _, _ in }])
        }
        try TestServer.run(setup, [route]) { server in
            let client = try server.client()
            try client.send(Self.head(length: 3) + "abc")
            #expect(try client.receiveResponse().status == 200)
            #expect(statuses.current == [0, Int32(ZZZ_ERROR_STATE)])
        }
    }

    @Test(arguments: Setup.all)
    func theBodyIsAskedForFromAnotherThread(_ setup: Setup) throws {
        let route = TestRoute.stream("/") { request, _ in
            request.retain()
            _ = TestThread {
                request.readBody { request, event in
                    #expect(request.loop != nil)
                    request.respond("\(event)")
                    request.release()
                }
            }
        }
        try TestServer.run(setup, [route]) { server in
            let client = try server.client()
            for _ in 0..<10 {
                try client.send(Self.head(length: 1) + "A")
                #expect(try client.receiveResponse().text == "data([65])")
            }
        }
    }

    /// A body that nobody reads is dropped when it is there, and otherwise ends the connection after the response.
    @Test(arguments: Setup.all)
    func anUnreadBodyIsDropped(_ setup: Setup) throws {
        let routes = [
            TestRoute.stream("/") { request, _ in request.respond("no, thanks") },
            TestRoute.get("/") { request, _ in request.respond("got") },
        ]
        try TestServer.run(setup, routes) { server in
            let whole = try server.client()
            try whole.send(Self.head(length: 5) + "helloGET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = try whole.receiveResponse()
            #expect(answer.text == "no, thanks")
            #expect(!answer.closes)
            #expect(try whole.receiveResponse().text == "got")
            let part = try server.client()
            try part.send(Self.head(length: 50) + "hello")
            let other = try part.receiveResponse()
            #expect(other.text == "no, thanks")
            #expect(other.closes)
            try part.expectEnd()
        }
    }
}
