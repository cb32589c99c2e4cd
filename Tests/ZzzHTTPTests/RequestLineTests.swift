import Testing

@testable import ZzzHTTP

/// RFC 9112 sections 2 and 3, without the request target.
struct RequestLineTests {
    static let good: [GoodHead] = [
        GoodHead("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        GoodHead("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        GoodHead("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n").with { $0.method = "HEAD" },
        GoodHead("POST / HTTP/1.1\r\nHost: a\r\n\r\n").with { $0.method = "POST" },
        GoodHead("PUT / HTTP/1.1\r\nHost: a\r\n\r\n").with { $0.method = "PUT" },
        GoodHead("PATCH / HTTP/1.1\r\nHost: a\r\n\r\n").with { $0.method = "PATCH" },
        GoodHead("DELETE / HTTP/1.1\r\nHost: a\r\n\r\n").with { $0.method = "DELETE" },
        GoodHead("OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n").with { $0.method = "OPTIONS" },
        GoodHead("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n").with { $0.method = "TRACE" },
        GoodHead("PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n").with { $0.method = "PROPFIND" },
        GoodHead("M-SEARCH / HTTP/1.1\r\nHost: a\r\n\r\n").with { $0.method = "M-SEARCH" },
        GoodHead("!#$%&'*+-.^_`|~ / HTTP/1.1\r\nHost: a\r\n\r\n").with { $0.method = "!#$%&'*+-.^_`|~" },
        // Cut behind "FOR", the rest looks like GET.
        GoodHead("FORGET / HTTP/1.1\r\nHost: a\r\n\r\n").with { $0.method = "FORGET" },
        GoodHead("G / HTTP/1.1\r\nHost: a\r\n\r\n").with { $0.method = "G" },
        GoodHead("get / HTTP/1.1\r\nHost: a\r\n\r\n").with { $0.method = "get" },
        GoodHead("GET / HTTP/1.0\r\n\r\n").with {
            $0.minor = 0
            $0.isKeepAlive = false
            $0.authority = ""
        },
        GoodHead("GET / HTTP/1.2\r\nHost: a\r\n\r\n"),
        GoodHead("GET / HTTP/1.9\r\nHost: a\r\n\r\n"),
    ]

    static let bad: [BadHead] = [
        // Section 2.2: one empty line may come first, no more, and CRLF ends lines.
        BadHead("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400, .malformedRequestLine),
        BadHead("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400, .bareLineFeed),
        BadHead("\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400, .bareCarriageReturn),
        BadHead("GET / HTTP/1.1\nHost: a\n\n", 400, .bareLineFeed),
        BadHead("GET / HTTP/1.1\rHost: a\r\n\r\n", 400, .bareCarriageReturn),
        BadHead("GET /\n HTTP/1.1\r\nHost: a\r\n\r\n", 400, .bareLineFeed),
        BadHead("GET\n/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, .bareLineFeed),
        BadHead("GET \n/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, .bareLineFeed),
        BadHead("GET / \nHTTP/1.1\r\nHost: a\r\n\r\n", 400, .bareLineFeed),
        BadHead("GET /\rx HTTP/1.1\r\nHost: a\r\n\r\n", 400, .malformedRequestLine),
        // Garbage fails with its first byte: a TLS ClientHello, SSH is a token and fails later, NUL, obs-text.
        BadHead("\u{16}\u{03}", 400, .invalidMethod),
        BadHead("SSH-2.0-OpenSSH_9.2\r\n", 400, .malformedRequestLine),
        BadHead("\0", 400, .invalidMethod),
        BadHead("\u{80}", 400, .invalidMethod),
        BadHead("{\"a\": 1}", 400, .invalidMethod),
        // Section 3.1: the method is a token.
        BadHead("G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400, .invalidMethod),
        BadHead("GET\0 / HTTP/1.1\r\nHost: a\r\n\r\n", 400, .invalidMethod),
        BadHead("G\u{C9}T / HTTP/1.1\r\nHost: a\r\n\r\n", 400, .invalidMethod),
        BadHead("\"GET\" / HTTP/1.1\r\nHost: a\r\n\r\n", 400, .invalidMethod),
        BadHead("GET: / HTTP/1.1\r\nHost: a\r\n\r\n", 400, .invalidMethod),
        BadHead("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 501, .connectUnsupported),
        // Section 3: exactly one SP, nothing else.
        BadHead(" GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400, .malformedRequestLine),
        BadHead("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400, .malformedRequestLine),
        BadHead("GET /  HTTP/1.1\r\nHost: a\r\n\r\n", 400, .malformedVersion),
        BadHead("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400, .malformedVersion),
        BadHead("GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, .malformedRequestLine),
        BadHead("GET /\tHTTP/1.1\r\nHost: a\r\n\r\n", 400, .malformedRequestLine),
        BadHead("GET\u{0B}/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, .invalidMethod),
        BadHead("GET\r\nHost: a\r\n\r\n", 400, .malformedRequestLine),
        BadHead("GET /\r\nHost: a\r\n\r\n", 400, .malformedRequestLine),
        BadHead("GET / \r\nHost: a\r\n\r\n", 400, .malformedVersion),
        BadHead("GET HTTP/1.1\r\nHost: a\r\n\r\n", 400, .unsupportedScheme),
        BadHead("/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, .invalidMethod),
        // Section 2.3: HTTP-name is case-sensitive, one digit on each side of the dot.
        BadHead("GET / http/1.1\r\nHost: a\r\n\r\n", 400, .malformedVersion),
        BadHead("GET / HTTP/11\r\nHost: a\r\n\r\n", 400, .malformedVersion),
        BadHead("GET / HTTP/1\r\nHost: a\r\n\r\n", 400, .malformedVersion),
        BadHead("GET / HTTP/1.\r\nHost: a\r\n\r\n", 400, .malformedVersion),
        BadHead("GET / HTTP/1.12\r\nHost: a\r\n\r\n", 400, .malformedVersion),
        BadHead("GET / HTTP/01.1\r\nHost: a\r\n\r\n", 400, .malformedVersion),
        BadHead("GET / HTTP/1,1\r\nHost: a\r\n\r\n", 400, .malformedVersion),
        BadHead("GET / HTTP/a.b\r\nHost: a\r\n\r\n", 400, .malformedVersion),
        BadHead("GET / HTTP 1.1\r\nHost: a\r\n\r\n", 400, .malformedVersion),
        BadHead("GET / HTTPS/1.1\r\nHost: a\r\n\r\n", 400, .malformedVersion),
        BadHead("GET / HTTP/1.1x\r\nHost: a\r\n\r\n", 400, .malformedVersion),
        BadHead("GET / HTTP/0.9\r\n\r\n", 505, .unsupportedVersion),
        BadHead("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505, .unsupportedVersion),
        BadHead("GET / HTTP/9.9\r\nHost: a\r\n\r\n", 505, .unsupportedVersion),
        BadHead("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, .unsupportedVersion),
    ]

    @Test(arguments: good) func parses(_ head: GoodHead) throws { try expectGood(head) }

    @Test(arguments: bad) func refuses(_ head: BadHead) { expectBad(head) }

    @Test func everyByteButTokenCharactersFailsAsTheFirstOne() {
        let token = Set("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        for byte in UInt8.min...UInt8.max {
            let mayStart = token.contains(byte) || byte == 0x0D
            #expect((parse([byte]).result == .incomplete) == mayStart, "byte \(byte)")
        }
    }

    @Test func nothingReceivedIsIncomplete() {
        #expect(parse([]).result == .incomplete)
    }
}
