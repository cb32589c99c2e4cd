import Testing

@testable import ZzzHTTP

/// RFC 9112 section 3.2 and RFC 3986 section 3.2: the Host field.
struct HostTests {
    static let valid = [
        "a", "example.com", "EXAMPLE.com", "example.com.", "a:80", "a:", "a:0", "a:65535", "127.0.0.1",
        "127.0.0.1:8080",
        "[::]", "[::1]", "[::1]:8080", "[1:2:3:4:5:6:7:8]", "[1::8]", "[1:2:3:4:5:6:7::]", "[::2:3:4:5:6:7:8]",
        "[::ffff:1.2.3.4]", "[1:2:3:4:5:6:1.2.3.4]", "[fe80::A:b]", "xn--bcher-kva.example", "a_b", "a-b.c~d", "a%2Fb",
        "sub!$&'()*+,;=x", "0",
    ]

    static let invalid = [
        "", ":80", "a:b", "a:65536", "a:100000", "a:-1", "a: 80", "a b", "a/b", "a?b", "a#b", "a@b", "u:p@b", "a\\b",
        "a\"b", "<a>", "a%", "a%4", "a%zz", "\u{E9}", "[", "]", "[]", "[::1", "::1", "[::1]]", "[::1]80", "[::1]:x",
        "[:]", "[:::]", "[1:2:3:4:5:6:7]", "[1:2:3:4:5:6:7:8:9]", "[1:2:3:4:5:6:7:8::]", "[1::2::3]", "[12345::]",
        "[1:]", "[:1]", "[g::]", "[::1.2.3]", "[::1.2.3.4.5]", "[::256.2.3.4]", "[::01.2.3.4]", "[1.2.3.4]",
        "[1:2:3:4:5:6:7:1.2.3.4]", "[::1.2.3.4:5]", "[v1.x]", "[::1%25eth0]", "a|b", "a^b", "{a}",
    ]

    @Test(arguments: valid) func accepts(_ host: String) throws {
        try expectGood(GoodHead("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n").with { $0.authority = host })
    }

    @Test(arguments: invalid) func refuses(_ host: String) {
        expectBad(BadHead("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n", 400, .invalidHost))
        expectBad(BadHead("GET / HTTP/1.0\r\nHost: \(host)\r\n\r\n", 400, .invalidHost))
    }

    static let bad: [BadHead] = [
        BadHead("GET / HTTP/1.1\r\n\r\n", 400, .missingHost),
        BadHead("GET / HTTP/1.2\r\n\r\n", 400, .missingHost),
        BadHead("GET / HTTP/1.1\r\nX-Host: a\r\n\r\n", 400, .missingHost),
        BadHead("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, .repeatedHost),
        BadHead("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\nhOST: b\r\n\r\n", 400, .repeatedHost),
        BadHead("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400, .repeatedHost),
    ]

    static let good: [GoodHead] = [
        GoodHead("GET / HTTP/1.1\r\nhost:a\r\n\r\n"),
        GoodHead("GET / HTTP/1.1\r\nHOST: \t a \t \r\n\r\n"),
        GoodHead("GET / HTTP/1.0\r\nHost: a\r\n\r\n").with {
            $0.minor = 0
            $0.isKeepAlive = false
        },
    ]

    @Test(arguments: bad) func refuses(_ head: BadHead) { expectBad(head) }

    @Test(arguments: good) func parses(_ head: GoodHead) throws { try expectGood(head) }
}
