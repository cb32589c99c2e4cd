import Testing

@testable import Zzz

@Suite struct CSRFTests {
    private func send(
        _ csrf: CSRF = CSRF(checks: [.origin]), _ method: String = "POST", _ path: String = "/x",
        host name: String = "a.example",
        fields: [(String, String)]
    ) throws -> UInt16 {
        let host = FakeHost()
        try host.load { any("/*path", through: [Pipeline { csrf }]) { _ in "x" } }
        return host.send(FakeRequest(method, path, headers: [("Host", name)] + fields)).status
    }

    private static let cases: [([(String, String)], UInt16)] = [
        ([("Sec-Fetch-Site", "same-origin")], 200), ([("Sec-Fetch-Site", "none")], 200),
        ([("Sec-Fetch-Site", "same-site")], 403), ([("Sec-Fetch-Site", "cross-site")], 403),
        ([("Sec-Fetch-Site", "")], 403), ([("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")], 403),
        ([("Sec-Fetch-Site", "cross-site"), ("Origin", "https://a.example")], 403),
        ([("Sec-Fetch-Site", "same-origin"), ("Origin", "https://b.example")], 200),
        ([("Origin", "https://a.example")], 200), ([("Origin", "HTTPS://A.example")], 200),
        ([("Origin", "http://a.example")], 200), ([("Origin", "https://a.example:443")], 200),
        ([("Origin", "https://b.example")], 403), ([("Origin", "https://a.example.b.example")], 403),
        ([("Origin", "https://x.a.example")], 403), ([("Origin", "null")], 403), ([("Origin", "")], 403),
        ([("Origin", "https://a.example"), ("Origin", "https://b.example")], 403),
        ([("Referer", "https://a.example/form?x=1")], 200), ([("Referer", "https://b.example/a.example")], 403),
        ([("Referer", "https://a.example@b.example/")], 403), ([("Referer", "/form")], 403), ([("Referer", "")], 403),
        ([("Origin", "https://b.example"), ("Referer", "https://a.example/")], 403), ([], 200),
    ]

    @Test(arguments: cases)
    func whatBrowsersSayDecides(_ fields: [(String, String)], _ status: UInt16) throws {
        #expect(try send(fields: fields) == status)
    }

    @Test(arguments: [
        ("a.example:443", "https://a.example", 200), ("a.example:80", "http://a.example", 200),
        ("a.example:8080", "http://a.example:8080", 200), ("a.example:8080", "http://a.example", 403),
        ("a.example:80", "https://a.example", 403), ("[::1]:8080", "http://[::1]:8080", 200), ("", "https://", 403),
    ])
    func portsAreCompared(_ host: String, _ origin: String, _ status: UInt16) throws {
        #expect(try send(host: host, fields: [("Origin", origin)]) == status)
    }

    @Test(arguments: [
        ("GET", 200), ("HEAD", 200), ("OPTIONS", 200), ("POST", 403), ("PUT", 403), ("PATCH", 403), ("DELETE", 403),
        ("PROPFIND", 403),
    ])
    func onlyRequestsThatChangeSomethingAreLookedAt(_ method: String, _ status: UInt16) throws {
        #expect(try send(CSRF(checks: [.origin]), method, fields: [("Sec-Fetch-Site", "cross-site")]) == status)
    }

    @Test func trustedOriginsAndExemptPaths() throws {
        let csrf = CSRF(checks: [.origin], trustedOrigins: ["https://b.example"], exemptPaths: ["/hooks"])
        let foreign = ("Sec-Fetch-Site", "cross-site")
        #expect(try send(csrf, fields: [foreign, ("Origin", "https://b.example")]) == 200)
        #expect(try send(csrf, fields: [foreign, ("Origin", "https://c.example")]) == 403)
        #expect(try send(csrf, fields: [("Origin", "https://b.example"), ("Origin", "https://c.example")]) == 403)
        for (path, status) in [("/hooks", 200), ("/hooks/a", 200), ("/hooksx", 403), ("/x/hooks", 403)] {
            #expect(try send(csrf, "POST", path, fields: [foreign]) == status, "\(path)")
        }
    }

    @Test func evidenceCanBeAskedFor() throws {
        let strict = CSRF(checks: [.origin], requiresEvidence: true)
        #expect(try send(strict, fields: []) == 403)
        #expect(try send(strict, fields: [("Sec-Fetch-Site", "same-origin")]) == 200)
    }

    @Test(arguments: [
        CSRF(checks: [.origin], trustedOrigins: ["b.example"]), CSRF(checks: [.origin], trustedOrigins: ["null"]),
        CSRF(checks: [.origin], trustedOrigins: ["https://b.example/"]),
        CSRF(checks: [.origin], exemptPaths: ["hooks"]), CSRF(checks: [.origin], exemptPaths: [""]),
    ])
    func optionsThatMakeNoSenseRefuseTheApp(_ csrf: CSRF) {
        #expect(throws: StartupError.self) { try send(csrf, fields: []) }
    }
}
