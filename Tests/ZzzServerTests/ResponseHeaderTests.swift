import Testing
import ZzzAppABI

@testable import ZzzServer

/// What an app may put into the head of a response (RFC 9110 section 5.5): what is refused is never sent, and can be
/// corrected.
@Suite struct ResponseHeaderTests {
    static let bad: [(name: String, value: String)] = [
        ("x-a", "one\r\nset-cookie: evil"), ("x-a", "one\ntwo"), ("x-a", "one\rtwo"), ("x-a", "a\u{0}b"),
        ("x-a", "\u{1}"), ("x-a", "\u{7F}"), ("x a", "v"), ("x:a", "v"), ("", "v"), ("x\r\ny", "v"), ("é", "v"),
        ("connection", "close"), ("Connection", "keep-alive"), ("transfer-encoding", "chunked"),
        ("TRANSFER-ENCODING", "identity"), ("content-length", "4"), ("Content-Length", "6"), ("content-length", "x"),
        ("content-length", ""), ("content-length", "5, 5"), ("content-length", "+5"),
    ]

    @Test(arguments: Setup.single)
    func aBadFieldIsRefusedAndTheRequestStaysUnanswered(_ setup: Setup) throws {
        let wrong = Probe<[String]>([])
        let link = ServerLink()
        @Sendable func tryAll(_ request: Request) {
            for (name, value) in Self.bad {
                let headers = [("x-good", "1"), (name, value)]
                let statuses = [
                    request.respond("hello", headers: headers), request.begin(headers: headers, length: 5),
                    request.begin(headers: headers),
                ]
                // A length that is right is not sent twice; one that nobody knows is refused.
                if statuses.contains(where: { $0 != Int32(ZZZ_ERROR_INVALID) }) {
                    wrong.update { $0.append("\(name): \(value): \(statuses)") }
                }
            }
            let invalid = Int32(ZZZ_ERROR_INVALID)
            for type in ["text/plain\r\nx: y", "a\u{0}"] where request.respond("x", type: type) != invalid {
                wrong.update { $0.append(type) }
            }
            for status: UInt16 in [0, 99, 100, 101, 103, 199, 600, 999, .max] {
                if request.respond("x", status: status) != invalid { wrong.update { $0.append("\(status)") } }
                if request.begin(status: status) != invalid { wrong.update { $0.append("\(status)") } }
            }
            request.respond("hello", headers: [("x-fine", "v")])
        }
        let routes = [
            TestRoute.get("/now") { request, _ in tryAll(request) },
            TestRoute.get("/later") { request, _ in
                request.retain()
                link.post(loop: request.loop!) {
                    tryAll(request)
                    request.release()
                }
            },
            TestRoute.stream("/now") { request, _ in
                // Nothing of the body is lost by a refused response.
                tryAllBut(request)
                StreamedBodyTests.Reader().start(request)
            },
        ]
        @Sendable func tryAllBut(_ request: Request) {
            for (name, value) in Self.bad where request.respond("x", headers: [(name, value)]) >= 0 {
                wrong.update { $0.append("\(name): \(value)") }
            }
        }
        try TestServer.run(setup, routes) { server in
            link.server = server.server
            let client = try server.client()
            for path in ["/now", "/later", "/now"] {
                let answer = try client.get(path)
                #expect(answer.text == "hello")
                #expect(answer.header("x-fine") == "v")
                #expect(answer.header("x-good") == nil)
                #expect(!answer.closes)
            }
            try client.send("POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nwhole")
            let answer = try client.receiveResponse()
            #expect(answer.text == "whole")
            #expect(!answer.closes)
            #expect(wrong.current == [])
        }
    }

    @Test(arguments: Setup.single)
    func aBadTrailerIsRefusedAndTheResponseGoesOn(_ setup: Setup) throws {
        let statuses = Probe<[Int32]>([])
        let route = TestRoute.get("/") { request, _ in
            request.begin(first: "body")
            let bad = [("x", "a\r\nb"), ("content-length", "4"), ("Transfer-Encoding", "x"), ("a b", "c")]
            statuses.set(bad.map { request.finish(trailers: [("x-good", "1"), $0]) })
            request.finish(trailers: [("x-good", "2")])
        }
        try TestServer.run(setup, [route]) { server in
            let client = try server.client()
            for _ in 0..<2 {
                let answer = try client.get("/")
                #expect(answer.text == "body")
                #expect(answer.trailers.map { "\($0.name)=\($0.value)" } == ["x-good=2"])
                #expect(statuses.current == [Int32](repeating: Int32(ZZZ_ERROR_INVALID), count: 4))
            }
        }
    }

    /// Date and a Content-Length that is right may be there; the server's own go out, once.
    @Test(arguments: Setup.single)
    func whatTheServerWritesItselfIsSentOnce(_ setup: Setup) throws {
        let route = TestRoute.get("/") { request, _ in
            request.respond("hello", headers: [("Date", "never"), ("Content-Length", "5"), ("x-obs", "caf\u{E9}\t!")])
        }
        try TestServer.run(setup, [route]) { server in
            let answer = try server.get("/")
            #expect(answer.count("date") == 1)
            #expect(answer.header("date") != "never")
            #expect(answer.count("content-length") == 1)
            #expect(answer.header("x-obs") == "café\t!")
        }
    }

    @Test(arguments: Setup.single)
    func manyAndLargeFieldsAreSent(_ setup: Setup) throws {
        let headers = (0..<300).map { ("x-\($0)", String(repeating: "v", count: $0 * 3)) }
        let route = TestRoute.get("/") { request, _ in request.respond("hello", headers: headers) }
        try TestServer.run(setup, [route]) { server in
            let client = try server.client()
            for _ in 0..<3 {
                let answer = try client.get("/")
                #expect(answer.text == "hello")
                #expect(answer.headers.filter { $0.name.hasPrefix("x-") }.map(\.value) == headers.map(\.1))
            }
        }
    }
}
