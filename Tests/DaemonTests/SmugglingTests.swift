import Testing

extension DaemonTests {
    /// Requests that two servers in a row could understand differently (RFC 9112 11.2), and others that are malformed.
    /// Each is answered once, with the right status, and the connection is closed: what follows is not a request.
    @Suite struct SmugglingTests {
        struct Attack: CustomTestStringConvertible {
            let name: String
            let statuses: ClosedRange<Int>
            let bytes: String

            init(_ name: String, _ statuses: ClosedRange<Int>, _ head: String, body: String = "", line: String? = nil) {
                self.name = name
                self.statuses = statuses
                bytes = (line ?? "POST /hit HTTP/1.1\r\n") + head + "\r\n" + body
            }

            var testDescription: String { name }
        }

        static let bad = 400...400
        static let host = "Host: a\r\n"
        static let chunked = "Transfer-Encoding: chunked\r\n"

        static let attacks = [
            // RFC 9112 6.1, 6.3: what delimits the body
            Attack("both lengths", bad, host + chunked + "Content-Length: 5\r\n", body: "0\r\n\r\n"),
            Attack("both, the other way round", bad, host + "Content-Length: 5\r\n" + chunked, body: "0\r\n\r\n"),
            Attack("different lengths", bad, host + "Content-Length: 5\r\nContent-Length: 6\r\n", body: "hello!"),
            Attack("the same length twice", bad, host + "Content-Length: 5\r\nContent-Length: 5\r\n", body: "hello"),
            Attack("a list of lengths", bad, host + "Content-Length: 5, 5\r\n", body: "hello"),
            Attack("a signed length", bad, host + "Content-Length: +5\r\n", body: "hello"),
            Attack("a negative length", bad, host + "Content-Length: -5\r\n", body: "hello"),
            Attack("a hexadecimal length", bad, host + "Content-Length: 0x5\r\n", body: "hello"),
            Attack("an empty length", bad, host + "Content-Length: \r\n", body: "hello"),
            Attack("a length beyond 64 bits", 400...413, host + "Content-Length: 18446744073709551621\r\n"),
            Attack("chunked twice", 400...501, host + chunked + chunked, body: "0\r\n\r\n"),
            Attack("chunked, chunked", 400...501, host + "Transfer-Encoding: chunked, chunked\r\n", body: "0\r\n\r\n"),
            Attack("chunked not last", 400...501, host + "Transfer-Encoding: chunked, gzip\r\n", body: "0\r\n\r\n"),
            Attack("an unknown coding", 400...501, host + "Transfer-Encoding: xchunked\r\n", body: "0\r\n\r\n"),
            Attack("a coding we lack", 400...501, host + "Transfer-Encoding: gzip, chunked\r\n", body: "0\r\n\r\n"),
            Attack("identity", 400...501, host + "Transfer-Encoding: identity\r\nContent-Length: 5\r\n", body: "hello"),
            Attack("an empty coding", 400...501, host + "Transfer-Encoding: \r\n", body: "0\r\n\r\n"),
            Attack("a quoted coding", 400...501, host + "Transfer-Encoding: \"chunked\"\r\n", body: "0\r\n\r\n"),
            Attack("a coding after a vertical tab", 400...501, host + "Transfer-Encoding: \u{0B}chunked\r\n"),
            Attack("chunked over HTTP/1.0", bad, host + chunked, body: "0\r\n\r\n", line: "POST /hit HTTP/1.0\r\n"),
            // RFC 9112 7.1: chunks
            Attack("no chunk size", bad, host + chunked, body: "\r\n0\r\n\r\n"),
            Attack("a chunk size in 0x", bad, host + chunked, body: "0x5\r\nhello\r\n0\r\n\r\n"),
            Attack("a signed chunk size", bad, host + chunked, body: "+5\r\nhello\r\n0\r\n\r\n"),
            Attack("a chunk size after a space", bad, host + chunked, body: " 5\r\nhello\r\n0\r\n\r\n"),
            Attack("a chunk size that is no number", bad, host + chunked, body: "five\r\nhello\r\n0\r\n\r\n"),
            Attack("a chunk size beyond 64 bits", 400...413, host + chunked, body: "10000000000000005\r\nhello\r\n"),
            Attack("a chunk longer than its size", bad, host + chunked, body: "4\r\nhello\r\n0\r\n\r\n"),
            Attack("a chunk line ended by LF", bad, host + chunked, body: "5\nhello\r\n0\r\n\r\n"),
            Attack("chunk data ended by LF", bad, host + chunked, body: "5\r\nhello\n0\r\n\r\n"),
            Attack("LF in a chunk extension", bad, host + chunked, body: "5;a\nb\r\nhello\r\n0\r\n\r\n"),
            Attack("a malformed trailer", bad, host + chunked, body: "0\r\nno colon\r\n\r\n"),
            // RFC 9112 2.2, 5: lines and fields
            Attack("a header ended by LF", bad, "Host: a\nX: b\r\n"),
            Attack("a bare CR in a value", bad, host + "X: a\rContent-Length: 5\r\n"),
            Attack("NUL in a value", bad, host + "X: a\0b\r\n"),
            Attack("a space before the colon", bad, host + "Content-Length : 5\r\n", body: "hello"),
            Attack("a tab before the colon", bad, host + "Content-Length\t: 5\r\n", body: "hello"),
            Attack("a folded line", bad, host + "X: a\r\n b\r\n"),
            Attack("a space before the first header", bad, " Host: a\r\n"),
            Attack("no colon", bad, host + "Content-Length 5\r\n"),
            Attack("no field name", bad, host + ": a\r\n"),
            Attack("a field name with a bracket", bad, host + "Content[Length]: 5\r\n"),
            // RFC 9112 3.2: Host
            Attack("no Host", bad, ""),
            Attack("two Hosts", bad, host + "Host: b\r\n"),
            Attack("a list of Hosts", bad, "Host: a, b\r\n"),
            Attack("Host with a path", bad, "Host: a/b\r\n"),
            Attack("Host with user information", bad, "Host: user@a\r\n"),
            // RFC 9112 3: the request line
            Attack("a request line ended by LF", bad, host, line: "GET /hit HTTP/1.1\n"),
            Attack("two spaces in the request line", bad, host, line: "GET  /hit HTTP/1.1\r\n"),
            Attack("a tab in the request line", bad, host, line: "GET\t/hit HTTP/1.1\r\n"),
            Attack("a space in the target", bad, host, line: "GET /hit /count HTTP/1.1\r\n"),
            Attack("a control character in the target", bad, host, line: "GET /hit\u{1} HTTP/1.1\r\n"),
            Attack("no target", bad, host, line: "GET HTTP/1.1\r\n"),
            Attack("no version", bad, host, line: "GET /hit\r\n"),
            Attack("no slash", bad, host, line: "GET hit HTTP/1.1\r\n"),
            Attack("a fragment", bad, host, line: "GET /hit#a HTTP/1.1\r\n"),
            Attack("user information in the target", bad, host, line: "GET http://user@a/hit HTTP/1.1\r\n"),
            Attack("a lower-case version", bad, host, line: "GET /hit http/1.1\r\n"),
            Attack("version 1.10", 400...505, host, line: "GET /hit HTTP/1.10\r\n"),
            Attack("version 2.0", 505...505, host, line: "GET /hit HTTP/2.0\r\n"),
            Attack("version 0.9", 400...505, host, line: "GET /hit HTTP/0.9\r\n"),
            Attack("a method that is no token", bad, host, line: "G(T /hit HTTP/1.1\r\n"),
            Attack("CONNECT with a path", 400...501, host, line: "CONNECT /hit HTTP/1.1\r\n"),
            Attack("TLS instead of HTTP", bad, host, line: "\u{16}\u{3}\u{1}\u{0}\r\n"),
        ]

        @Test(arguments: Backend.allCases)
        func `refuses every one and runs nothing behind it`(backend: Backend) throws {
            let scratch = try TemporaryDirectory()
            let app = DaemonConfiguration.App(name: "kit", file: try FixtureApp.build("kit", in: scratch))
            let daemon = try DaemonProcess(DaemonConfiguration(backend, apps: [app]))
            for attack in Self.attacks {
                let client = try daemon.client()
                // The second request is what a smuggler wants to have run.
                client.sendAsFarAsPossible((attack.bytes + "GET /hit HTTP/1.1\r\nHost: smuggled\r\n\r\n").utf8)
                let response = try client.response()
                #expect(attack.statuses.contains(response.status), "\(attack.name): \(response.status)")
                #expect([400, 413, 501, 505].contains(response.status), "\(attack.name): \(response.status)")
                #expect(response.saysClose, "\(attack.name)")
                #expect(try client.isClosedSilently(), "\(attack.name): something came after the answer")
            }
            #expect(try daemon.get("/count").text == "0", "a handler ran")
        }

        @Test(arguments: Backend.allCases)
        func `never sends a header that an app would split`(backend: Backend) throws {
            let scratch = try TemporaryDirectory()
            let app = DaemonConfiguration.App(name: "kit", file: try FixtureApp.build("kit", in: scratch))
            let daemon = try DaemonProcess(DaemonConfiguration(backend, apps: [app]))
            for kind in ["lf", "cr", "nul"] {
                let response = try daemon.get("/split/\(kind)")
                #expect(response.text == "refused", "\(kind)")
                #expect(response["X-Test"] == nil && response["Injected"] == nil, "\(kind)")
            }
        }
    }
}
