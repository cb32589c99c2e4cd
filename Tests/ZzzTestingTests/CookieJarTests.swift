import Testing

@testable import ZzzTesting

/// RFC 6265bis section 5, as a table.
@Suite struct CookieJarTests {
    private func lines(_ values: String...) -> TestHeaders { TestHeaders(values.map { ("Set-Cookie", $0) }) }

    /// Sets a cookie from one URL, and says what goes with a request to another.
    private func sent(_ line: String, from source: String, to target: String) throws -> String? {
        let jar = CookieJar(host: "x.test")
        jar.take(lines(line), from: try TestURL(base: source))
        return jar.field(for: try TestURL(base: target))
    }

    @Test(arguments: [
        ("a=1", "http://x.test/", "http://x.test/any", "a=1"),
        ("a=1; Path=/", "http://x.test/deep/er", "http://x.test/", "a=1"),
        (" a = b=c ; HttpOnly", "http://x.test/", "http://x.test/", "a=b=c"),
        ("a=\"1 2\"", "http://x.test/", "http://x.test/", "a=\"1 2\""),
        ("a=1", "http://x.test:8080/", "http://x.test:9090/", "a=1"),
        ("a=", "http://x.test/", "http://x.test/", "a="),
        // Domains.
        ("a=1", "http://x.test/", "http://www.x.test/", nil),
        ("a=1; Domain=x.test", "http://www.x.test/", "http://x.test/", "a=1"),
        ("a=1; Domain=.X.TEST", "http://www.x.test/", "http://api.x.test/", "a=1"),
        ("a=1; Domain=x.test", "http://www.x.test/", "http://ax.test/", nil),
        ("a=1; Domain=www.x.test", "http://x.test/", "http://www.x.test/", nil),
        ("a=1; Domain=y.test", "http://x.test/", "http://y.test/", nil),
        ("a=1; Domain=", "http://x.test/", "http://x.test/", "a=1"),
        ("a=1; Domain=0.0.1", "http://127.0.0.1/", "http://127.0.0.1/", nil),
        ("a=1; Domain=127.0.0.1", "http://127.0.0.1/", "http://127.0.0.1/", "a=1"),
        ("a=1", "http://[::1]:80/", "http://[::1]/", "a=1"),
        // Paths.
        ("a=1", "http://x.test/shop/cart", "http://x.test/shop", "a=1"),
        ("a=1", "http://x.test/shop/cart", "http://x.test/shop/other/deep", "a=1"),
        ("a=1", "http://x.test/shop/cart", "http://x.test/", nil),
        ("a=1; Path=/shop", "http://x.test/", "http://x.test/shopping", nil),
        ("a=1; Path=/shop/", "http://x.test/", "http://x.test/shop", nil),
        ("a=1; Path=/shop/", "http://x.test/", "http://x.test/shop/", "a=1"),
        ("a=1; Path=relative", "http://x.test/shop/cart", "http://x.test/shop/x", "a=1"),
        // Schemes.
        ("a=1; Secure", "https://x.test/", "https://x.test/", "a=1"),
        ("a=1; Secure", "https://x.test/", "http://x.test/", nil),
        ("a=1; Secure", "http://x.test/", "https://x.test/", nil),
        ("a=1", "http://x.test/", "https://x.test/", "a=1"),
        ("a=1; SameSite=None", "https://x.test/", "https://x.test/", nil),
        ("a=1; SameSite=None; Secure", "https://x.test/", "https://x.test/", "a=1"),
        ("__Secure-a=1", "https://x.test/", "https://x.test/", nil),
        ("__Secure-a=1; Secure", "https://x.test/", "https://x.test/", "__Secure-a=1"),
        ("__Host-a=1; Secure; Path=/", "https://x.test/deep/er", "https://x.test/", "__Host-a=1"),
        ("__Host-a=1; Secure; Path=/deep", "https://x.test/", "https://x.test/deep", nil),
        ("__host-a=1; Secure; Path=/; Domain=x.test", "https://x.test/", "https://x.test/", nil),
        // Time.
        ("a=1; Max-Age=60", "http://x.test/", "http://x.test/", "a=1"),
        ("a=1; Max-Age=0", "http://x.test/", "http://x.test/", nil),
        ("a=1; Max-Age=-1", "http://x.test/", "http://x.test/", nil),
        ("a=1; Max-Age=99999999999999999999", "http://x.test/", "http://x.test/", "a=1"),
        ("a=1; Max-Age=-99999999999999999999", "http://x.test/", "http://x.test/", nil),
        ("a=1; Max-Age=x", "http://x.test/", "http://x.test/", "a=1"),
        ("a=1; Expires=Sun, 06 Nov 1994 08:49:37 GMT", "http://x.test/", "http://x.test/", nil),
        ("a=1; Expires=Fri, 01 Jan 2100 00:00:00 GMT", "http://x.test/", "http://x.test/", "a=1"),
        ("a=1; Expires=Sun, 06 Nov 1994 08:49:37 GMT; Max-Age=60", "http://x.test/", "http://x.test/", "a=1"),
        ("a=1; Expires=never", "http://x.test/", "http://x.test/", "a=1"),
        // Nothing that a browser keeps.
        ("a", "http://x.test/", "http://x.test/", nil),
        ("=", "http://x.test/", "http://x.test/", nil),
        ("", "http://x.test/", "http://x.test/", nil),
        ("a=\u{1}", "http://x.test/", "http://x.test/", nil),
    ] as [(String, String, String, String?)])
    func whatIsKeptAndSent(_ line: String, _ source: String, _ target: String, _ expected: String?) throws {
        #expect(try sent(line, from: source, to: target) == expected)
    }

    @Test(arguments: [(4095, true), (4096, true), (4097, false)])
    func aCookieHasALimit(_ bytes: Int, _ isKept: Bool) throws {
        let line = "a=" + String(repeating: "b", count: bytes - 1)
        #expect(try (sent(line, from: "http://x.test/", to: "http://x.test/") != nil) == isKept)
    }

    @Test func anAttributeThatIsTooLongIsIgnored() throws {
        let path = "/" + String(repeating: "b", count: 1024)
        #expect(try sent("a=1; Path=\(path)", from: "http://x.test/", to: "http://x.test/") == "a=1")
    }

    @Test func longerPathsComeFirst() throws {
        let jar = CookieJar(host: "x.test")
        let url = try TestURL(base: "http://x.test/shop/cart")
        jar.take(lines("a=1; Path=/", "b=2; Path=/shop", "c=3; Path=/"), from: url)
        #expect(jar.field(for: url) == "b=2; a=1; c=3")
        // A new value keeps the cookie's place; another path makes another cookie.
        jar.take(lines("a=9; Path=/", "a=0; Path=/shop"), from: url)
        #expect(jar.field(for: url) == "b=2; a=0; a=9; c=3")
        #expect(jar.all.map(\.name) == ["a", "b", "c", "a"])
    }

    @Test func timePassesForTheJar() throws {
        let jar = CookieJar(host: "x.test")
        let url = try TestURL(base: "http://x.test/")
        jar.take(lines("a=1; Max-Age=60", "b=2", "c=3; Max-Age=99999999"), from: url)
        jar.advance(by: .seconds(50))
        #expect(jar.field(for: url) == "a=1; b=2; c=3")
        jar.advance(by: .seconds(11))
        #expect(jar.field(for: url) == "b=2; c=3")
        jar.endSession()
        #expect(jar.field(for: url) == "c=3")
        // 400 days are the most.
        jar.advance(by: .seconds(400 * 86_400))
        #expect(jar.field(for: url) == nil)
        #expect(jar.all.isEmpty)
    }

    @Test func theJarHasALimit() throws {
        let jar = CookieJar(host: "x.test")
        for number in 0..<CookieJar.capacity { jar.set("c\(number)", "") }
        #expect(jar.all.count == CookieJar.capacity)
        #expect(jar["c0"] == "")
        jar.set("last", "1")
        #expect(jar.all.count == CookieJar.capacity)
        #expect(jar["c0"] == nil)
        #expect(jar["last"] == "1")
    }

    @Test func whoeverTampersKeepsTheAttributes() throws {
        let jar = CookieJar(host: "x.test")
        let url = try TestURL(base: "https://x.test/deep/er")
        jar.take(lines("a=1; Path=/deep; Secure"), from: url)
        jar.set("a", "2")
        jar.set("b", "3")
        #expect(jar.field(for: url) == "a=2; b=3")
        #expect(jar.field(for: try TestURL(base: "http://x.test/")) == "b=3")
        #expect(jar.field(for: try TestURL(base: "http://y.test/")) == nil)
    }

    @Test func attributesAreThereToBeAskedFor() throws {
        let jar = CookieJar(host: "x.test")
        jar.take(
            lines("a=1; SECURE; httponly; samesite=strict; domain=x.test; path=/p; max-age=5"),
            from: try TestURL(base: "https://www.x.test/"))
        let cookie = try #require(jar.all.first)
        #expect(cookie.isSecure && cookie.isHTTPOnly && !cookie.isHostOnly)
        #expect(cookie.sameSite == "Strict")
        #expect(cookie.domain == "x.test")
        #expect(cookie.path == "/p")
        #expect(cookie.expiresAt != nil)
    }
}
