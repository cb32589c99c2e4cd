import Testing

@testable import Zzz

@Suite struct ProxyTests {
    private func see(
        _ proxies: TrustedProxies, peer: String = "10.0.0.1", host name: String = "inner:8080",
        _ fields: [(String, String)]
    ) throws -> String {
        let host = FakeHost()
        try host.load {
            get("/", through: [Pipeline { proxies }]) { context in
                "\(context.remoteAddress?.description ?? "-") \(context.scheme) \(context.host) \(context.port ?? 0)"
            }
        }
        let request = FakeRequest("GET", "/", headers: [("Host", name)] + fields)
        request.peerText = peer
        return host.send(request).text
    }

    private static let untouched = "10.0.0.1:50312 http inner 8080"

    @Test(arguments: [
        ("203.0.113.7", "203.0.113.7"), ("1.1.1.1, 203.0.113.7", "203.0.113.7"),
        ("203.0.113.7, 10.0.0.2", "203.0.113.7"),
        ("1.1.1.1, 203.0.113.7, 10.0.0.2,10.0.0.3", "203.0.113.7"), ("10.0.0.9, 10.0.0.2", "10.0.0.9"),
        ("2001:db8::1", "2001:db8::1"), ("[2001:db8::1]:80", "[2001:db8::1]:80"), ("203.0.113.7:81", "203.0.113.7:81"),
        ("::ffff:10.0.0.3", "::ffff:10.0.0.3"), ("unknown", "10.0.0.1:50312"),
        ("203.0.113.7, unknown", "10.0.0.1:50312"),
        ("203.0.113.7, nonsense, 10.0.0.2", "10.0.0.2"), ("", "10.0.0.1:50312"), (",,", "10.0.0.1:50312"),
        ("203.0.113.7:99999", "10.0.0.1:50312"), ("203.0.113.7.1", "10.0.0.1:50312"), ("[::1", "10.0.0.1:50312"),
    ])
    func theChainIsReadFromTheRight(_ field: String, _ client: String) throws {
        #expect(
            try see(TrustedProxies(["10.0.0.0/8"]), [("X-Forwarded-For", field)]) == "\(client) http inner 8080")
    }

    @Test func severalLinesAreOneChain() throws {
        let fields = [
            ("X-Forwarded-For", "1.1.1.1"), ("x-forwarded-for", "203.0.113.7"), ("X-Forwarded-For", "10.1.1.1"),
        ]
        #expect(try see(TrustedProxies(["10.0.0.0/8"]), fields) == "203.0.113.7 http inner 8080")
    }

    @Test(arguments: ["192.0.2.1", "/run/app.sock", "11.0.0.1", "2001:db8::1"])
    func aPeerThatIsNotTrustedIsNotBelieved(_ peer: String) throws {
        let proxies = TrustedProxies(["10.0.0.0/8"], trustsUnixSockets: false)
        let seen = try see(proxies, peer: peer, [("X-Forwarded-For", "1.1.1.1"), ("X-Forwarded-Proto", "https")])
        #expect(seen.contains("http inner 8080"))
        #expect(!seen.contains("1.1.1.1 "))
    }

    @Test func aUnixSocketIsTrustedUnlessToldOtherwise() throws {
        let seen = try see(TrustedProxies([]), peer: "/run/app.sock", [("X-Forwarded-For", "1.1.1.1")])
        #expect(seen == "1.1.1.1 http inner 8080")
    }

    @Test(arguments: [
        ([("X-Forwarded-Proto", "https")], "https inner 8080"), ([("X-Forwarded-Proto", "HTTPS")], "https inner 8080"),
        ([("X-Forwarded-Proto", "ftp")], "http inner 8080"), ([("X-Forwarded-Host", "X.example")], "http x.example 0"),
        ([("X-Forwarded-Host", "x.example:81")], "http x.example 81"),
        ([("X-Forwarded-Host", "x.example"), ("X-Forwarded-Port", "443")], "http x.example 443"),
        ([("X-Forwarded-Port", "443")], "http inner 443"), ([("X-Forwarded-Port", "x")], "http inner 8080"),
        ([("X-Forwarded-Port", "70000")], "http inner 8080"), ([("X-Forwarded-Host", "a/b")], "http inner 8080"),
        ([("X-Forwarded-Host", "a@b")], "http inner 8080"), ([("X-Forwarded-Host", "")], "http inner 8080"),
        ([("X-Forwarded-Host", "[::1]"), ("X-Forwarded-Port", "81")], "http [::1] 81"),
        ([("X-Forwarded-For", "203.0.113.7, 10.0.0.2"), ("X-Forwarded-Proto", "https, http")], "https inner 8080"),
        ([("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-Proto", "https, http")], "http inner 8080"),
    ])
    func schemeHostAndPort(_ fields: [(String, String)], _ expected: String) throws {
        #expect(try see(TrustedProxies(), fields).split(separator: " ").dropFirst().joined(separator: " ") == expected)
    }

    @Test func theHostCanBeLeftOut() throws {
        let fields = [("X-Forwarded-Host", "x.example"), ("X-Forwarded-Port", "1"), ("X-Forwarded-Proto", "https")]
        #expect(try see(TrustedProxies(believesHost: false), fields) == "10.0.0.1:50312 https inner 8080")
    }

    @Test(arguments: [
        ("for=203.0.113.7;proto=https;host=x.example", "203.0.113.7 https x.example 0"),
        ("For=\"[2001:db8::1]:80\" ; Proto=http", "[2001:db8::1]:80 http inner 8080"),
        ("for=1.1.1.1;proto=http, for=203.0.113.7;proto=https, for=10.0.0.2", "203.0.113.7 https inner 8080"),
        ("for=\"203.0.113.7:81\";by=10.0.0.2;ext=\"a\\\"b,;\"", "203.0.113.7:81 http inner 8080"),
        ("for=_hidden", untouched), ("for=unknown;proto=https", "10.0.0.1:50312 https inner 8080"),
        ("for=", untouched), ("for=\"1.1.1.1", untouched), ("for=1.1.1.1 x", untouched), ("=1.1.1.1", untouched),
        ("", untouched), (";,;", untouched), ("for=\"1.1.1.1\\", untouched), ("for=1.1.1.1\"x\"", untouched),
    ])
    func theForwardedField(_ field: String, _ expected: String) throws {
        let proxies = TrustedProxies(["10.0.0.0/8"], fields: .forwarded)
        let other = ("X-Forwarded-For", "9.9.9.9")
        #expect(try see(proxies, [("Forwarded", field), other]) == expected)
        #expect(try see(proxies, [other]) == Self.untouched)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("192.0.2.1", "192.0.2.1", true),
        ("192.0.2.1", "192.0.2.2", false), ("0.0.0.0/0", "8.8.8.8", true), ("0.0.0.0/0", "::1", false),
        ("172.16.0.0/12", "172.31.255.255", true), ("172.16.0.0/12", "172.32.0.0", false),
        ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::1", false), ("::/0", "::1", true),
        ("fe80::/10", "febf::1", true), ("fe80::/10", "fec0::1", false), ("10.0.0.0/8", "::ffff:10.1.1.1", true),
        ("192.0.2.128/25", "192.0.2.128", true), ("192.0.2.128/25", "192.0.2.127", false),
        ("192.0.2.1/32", "192.0.2.1", true),
    ])
    func ranges(_ range: String, _ address: String, _ isInside: Bool) throws {
        #expect(try #require(AddressRange(range)).contains(#require(IPAddress(address))) == isInside)
    }

    @Test(arguments: [
        "", "/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0/8", "::/129", "x", "1.2.3.4/8/9", "10.0.0.0/+8",
    ])
    func whatIsNoRangeRefusesTheApp(_ text: String) {
        #expect(throws: StartupError.self) { try see(TrustedProxies([text]), []) }
    }
}
