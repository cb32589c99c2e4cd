import Testing

@testable import ZzzHTTP

/// RFC 9112 section 9 and RFC 9110 sections 7.6.1, 7.8 and 10.1.1: the life of the connection, Upgrade and Expect.
struct ConnectionTests {
    private static func keepAlive(_ fields: String, _ expected: Bool, minor: Int = 1) -> GoodHead {
        GoodHead("GET / HTTP/1.\(minor)\r\nHost: a\r\n\(fields)\r\n").with {
            $0.isKeepAlive = expected
            $0.minor = UInt8(minor)
        }
    }

    private static func upgrade(_ fields: String, _ expected: Bool) -> GoodHead {
        GoodHead(get(fields)).with { $0.hasUpgrade = expected }
    }

    static let good: [GoodHead] = [
        // Section 9.3
        keepAlive("", true),
        keepAlive("Connection: close\r\n", false),
        keepAlive("Connection: CLOSE\r\n", false),
        keepAlive("Connection: keep-alive\r\n", true),
        keepAlive("Connection: keep-alive, close\r\n", false),
        keepAlive("Connection: close, keep-alive\r\n", false),
        keepAlive("Connection: te,close\r\n", false),
        keepAlive("Connection: te , \t close \t, x\r\n", false),
        keepAlive("Connection: ,,close\r\n", false),
        keepAlive("Connection: x\r\nConnection: close\r\n", false),
        keepAlive("Connection: close\r\nConnection: x\r\n", false),
        keepAlive("Connection: closed\r\n", true),
        keepAlive("Connection: not-close\r\n", true),
        keepAlive("Connection: \"close\"\r\n", true),
        keepAlive("Connection:\r\n", true),
        keepAlive("X-Connection: close\r\n", true),
        keepAlive("", false, minor: 0),
        keepAlive("Connection: keep-alive\r\n", true, minor: 0),
        keepAlive("Connection: Keep-Alive\r\n", true, minor: 0),
        keepAlive("Connection: x, keep-alive\r\n", true, minor: 0),
        keepAlive("Connection: keep-alive, close\r\n", false, minor: 0),
        keepAlive("Connection: keep-alive\r\nConnection: close\r\n", false, minor: 0),
        keepAlive("Keep-Alive: timeout=5\r\n", false, minor: 0),
        // RFC 9110 section 7.8: Upgrade counts when Connection names it.
        upgrade("Connection: upgrade\r\nUpgrade: websocket\r\n", true),
        upgrade("Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n", true),
        upgrade("Upgrade: websocket\r\n", false),
        upgrade("Connection: upgrade\r\n", false),
        upgrade("Upgrade: websocket\r\nConnection: upgraded\r\n", false),
        keepAlive("Connection: upgrade, keep-alive\r\nUpgrade: websocket\r\n", true, minor: 0),
        // RFC 9110 section 10.1.1
        GoodHead(get("Expect: 100-continue\r\n")).with { $0.expectsContinue = true },
        GoodHead(get("expect:100-Continue\r\n")).with { $0.expectsContinue = true },
        GoodHead(get("Expect: 100-continue\r\nExpect: 100-continue\r\n")).with { $0.expectsContinue = true },
        keepAlive("Expect: 100-continue\r\n", false, minor: 0),
    ]

    static let bad: [BadHead] = [
        BadHead(get("Expect: 200-ok\r\n"), 417, .unknownExpectation),
        BadHead(get("Expect:\r\n"), 417, .unknownExpectation),
        BadHead(get("Expect: 100-continue, x\r\n"), 417, .unknownExpectation),
        BadHead(get("Expect: 100-continue;a=b\r\n"), 417, .unknownExpectation),
        BadHead(get("Expect: 100-continu\r\n"), 417, .unknownExpectation),
        BadHead(get("Expect: 100-continue\r\nExpect: x\r\n"), 417, .unknownExpectation),
        BadHead("GET / HTTP/1.0\r\nExpect: x\r\n\r\n", 417, .unknownExpectation),
    ]

    @Test(arguments: good) func parses(_ head: GoodHead) throws { try expectGood(head) }

    @Test(arguments: bad) func refuses(_ head: BadHead) { expectBad(head) }

    @Test func listElements() {
        func elements(_ text: String) -> [String] {
            let bytes = text.latin1
            return bytes.withUnsafeBytes { buffer in
                ListElements(buffer).map { String(decoding: $0, as: UTF8.self) }
            }
        }
        #expect(elements("a") == ["a"])
        #expect(elements("a,b") == ["a", "b"])
        #expect(elements(" a\t, \tb ") == ["a", "b"])
        #expect(elements("a,,b,") == ["a", "", "b", ""])
        #expect(elements("") == [""])
        #expect(elements("a b") == ["a b"])
    }
}
