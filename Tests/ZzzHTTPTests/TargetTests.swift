import Testing

@testable import ZzzHTTP

/// RFC 9112 section 3.2: the request target, and the authority in it.
struct TargetTests {
    private static func line(_ target: String, _ method: String = "GET") -> String {
        "\(method) \(target) HTTP/1.1\r\nHost: a\r\n\r\n"
    }

    private static func origin(_ target: String, _ path: String, _ query: String? = nil) -> GoodHead {
        GoodHead(line(target)).with {
            $0.path = path
            $0.query = query
        }
    }

    private static func absolute(
        _ target: String, _ authority: String, _ path: String = "/", _ query: String? = nil
    ) -> GoodHead {
        GoodHead(line(target)).with {
            $0.form = .absolute
            $0.authority = authority
            $0.path = path
            $0.query = query
        }
    }

    static let good: [GoodHead] = [
        // Section 3.2.1
        origin("/where?q=now", "/where", "q=now"),
        origin("/?", "/", ""),
        origin("/??", "/", "?"),
        origin("/a/b//c/", "/a/b//c/"),
        origin("//a/b", "//a/b"),
        origin("/a%20b/%C3%A9", "/a%20b/%C3%A9"),
        origin("/-._~!$&'()*+,;=:@", "/-._~!$&'()*+,;=:@"),
        origin("/a?b/c:d@e?f", "/a", "b/c:d@e?f"),
        origin("/[x]|y?f[a]=1|2&g={}^`\\", "/[x]|y", "f[a]=1|2&g={}^`\\"),
        origin("/a?100%", "/a", "100%"),
        origin("/http://b/", "/http://b/"),
        // Section 3.2.2: the authority of the target wins over Host.
        absolute("http://b/", "b"),
        absolute("http://b", "b"),
        absolute("http://b?q", "b", "/", "q"),
        absolute("http://b?", "b", "/", ""),
        absolute("http://b/p?q", "b", "/p", "q"),
        absolute("https://b:8443/p", "b:8443", "/p"),
        absolute("HTTP://B/", "B"),
        absolute("hTTpS://b/", "b"),
        absolute("http://b:/", "b:"),
        absolute("http://[::1]:80/", "[::1]:80"),
        absolute("http://127.0.0.1:80/x", "127.0.0.1:80", "/x"),
        absolute("http://a%41/", "a%41"),
        // Section 3.2.4
        GoodHead(line("*", "OPTIONS")).with {
            $0.method = "OPTIONS"
            $0.form = .asterisk
            $0.path = "*"
        },
    ]

    static let bad: [BadHead] = [
        BadHead(line("*"), 400, .asteriskNeedsOptions),
        BadHead(line("*", "HEAD"), 400, .asteriskNeedsOptions),
        BadHead(line("*x", "OPTIONS"), 400, .invalidTarget),
        BadHead(line("*?a", "OPTIONS"), 400, .invalidTarget),
        BadHead(line("?q"), 400, .invalidTarget),
        BadHead(line("#"), 400, .invalidTarget),
        BadHead(line("1"), 400, .invalidTarget),
        BadHead(line("//a/#f"), 400, .invalidTarget),
        BadHead(line("/a#f"), 400, .invalidTarget),
        BadHead(line("/a?b#f"), 400, .invalidTarget),
        BadHead(line("/a<b"), 400, .invalidTarget),
        BadHead(line("/a>b"), 400, .invalidTarget),
        BadHead(line("/\"a\""), 400, .invalidTarget),
        BadHead(line("/a\\b"), 400, .invalidTarget),
        BadHead(line("/a^b"), 400, .invalidTarget),
        BadHead(line("/a`b"), 400, .invalidTarget),
        BadHead(line("/{a}"), 400, .invalidTarget),
        BadHead(line("/a\u{E9}"), 400, .invalidTarget),
        BadHead(line("/a?\u{E9}"), 400, .invalidTarget),
        BadHead(line("/a\0"), 400, .invalidTarget),
        BadHead(line("/a?\0"), 400, .invalidTarget),
        BadHead(line("/a\u{7F}"), 400, .invalidTarget),
        BadHead(line("/a?b\u{1B}"), 400, .invalidTarget),
        BadHead(line("/a?b\"c"), 400, .invalidTarget),
        BadHead(line("/a?<b>"), 400, .invalidTarget),
        BadHead(line("/a b"), 400, .malformedVersion),
        BadHead(line("/a?b c"), 400, .malformedVersion),
        // Only http and https can be asked of an origin server.
        BadHead(line("ftp://b/"), 400, .unsupportedScheme),
        BadHead(line("file:///etc/passwd"), 400, .unsupportedScheme),
        BadHead(line("httpx://b/"), 400, .unsupportedScheme),
        BadHead(line("http:/b/"), 400, .unsupportedScheme),
        BadHead(line("http:b"), 400, .unsupportedScheme),
        BadHead(line("https:b"), 400, .unsupportedScheme),
        BadHead(line("htt p://b"), 400, .malformedRequestLine),
        BadHead(line("ws://b/"), 400, .unsupportedScheme),
        BadHead(line("a:443"), 400, .unsupportedScheme),
        BadHead(line("h"), 400, .malformedRequestLine),
        // RFC 9110 section 4.2: the authority of an http URI has a host and no userinfo.
        BadHead(line("http:///p"), 400, .invalidAuthority),
        BadHead(line("http://?q"), 400, .invalidAuthority),
        BadHead(line("http://:80/"), 400, .invalidAuthority),
        BadHead(line("http://u@b/"), 400, .userinfoInAuthority),
        BadHead(line("http://u:p@b/"), 400, .userinfoInAuthority),
        BadHead(line("http://@b/"), 400, .userinfoInAuthority),
        BadHead(line("http://b:x/"), 400, .invalidAuthority),
        BadHead(line("http://b:65536/"), 400, .invalidAuthority),
        BadHead(line("http://b:000080/"), 400, .invalidAuthority),
        BadHead(line("http://b:80:80/"), 400, .invalidAuthority),
        BadHead(line("http://[::1/"), 400, .invalidAuthority),
        BadHead(line("http://[::1]x/"), 400, .invalidAuthority),
        BadHead(line("http://[]/"), 400, .invalidAuthority),
        BadHead(line("http://::1/"), 400, .invalidAuthority),
        BadHead(line("http://a%4/"), 400, .invalidAuthority),
        BadHead(line("http://b\\c/"), 400, .invalidAuthority),
        BadHead(line("http://b#f"), 400, .invalidAuthority),
        BadHead(line("http://b\u{E9}/"), 400, .invalidAuthority),
        BadHead(line("http://b/a\"b"), 400, .invalidTarget),
    ]

    @Test(arguments: good) func parses(_ head: GoodHead) throws { try expectGood(head) }

    @Test(arguments: bad) func refuses(_ head: BadHead) { expectBad(head) }

    @Test func targetIsKeptAsReceived() throws {
        for target in ["/a?b", "http://b/p?q", "http://b", "/"] {
            let bytes = Self.line(target).latin1
            let head = try #require(parse(bytes).head)
            #expect(text(bytes, head.targetOffset, head.targetLength) == target)
        }
    }

    /// Section 3.2.2: absolute-form does not free a 1.1 client from sending Host.
    @Test func absoluteFormNeedsHostToo() {
        #expect(failure("GET http://b/ HTTP/1.1\r\n\r\n")?.reason == .missingHost)
        #expect(failure("GET http://b/ HTTP/1.1\r\nHost: a b\r\n\r\n")?.reason == .invalidHost)
    }
}
