import Testing
import ZzzBase64

@testable import Zzz

/// The same promises, whatever keeps the values.
@Suite struct SessionTests {
    enum Kind: CaseIterable { case encryptedCookie, signedCookie, memory, store }

    private static func session(_ kind: Kind, _ change: (Session.Store) -> Session = { Session($0) }) -> Session {
        switch kind {
        case .encryptedCookie: change(.encryptedCookie)
        case .signedCookie: change(.signedCookie)
        case .memory: change(.memory)
        case .store: change(.store(TableOfSessions()))
        }
    }

    private static func load(_ kind: Kind, _ change: (Session.Store) -> Session = { Session($0) }) throws
        -> FakeBrowser
    {
        let host = FakeHost.withSecret()
        try host.load(SessionApp(session: session(kind, change)))
        return FakeBrowser(host)
    }

    private static let name = "_blog_session"

    @Test(arguments: Kind.allCases)
    func valuesAreThereInTheNextRequest(_ kind: Kind) throws {
        let browser = try Self.load(kind)
        #expect(browser.get("/get").text == "none")
        #expect(browser.cookies.isEmpty)
        let set = browser.get("/set/7")
        #expect(set.text == "7")
        #expect(browser.setCookies(set).count == 1)
        #expect(browser.setCookies(set).first?.hasSuffix("; Path=/; HttpOnly; SameSite=Lax") == true)
        let again = browser.get("/get")
        #expect(again.text == "7")
        #expect(browser.setCookies(again).isEmpty)
        #expect(FakeBrowser(browser.host).get("/get").text == "none")
    }

    @Test(arguments: Kind.allCases)
    func onlyChangesAreWritten(_ kind: Kind) throws {
        let browser = try Self.load(kind)
        browser.get("/set/7")
        for target in ["/set/7", "/get", "/idle", "/remove/other"] {
            #expect(browser.setCookies(browser.get(target)).isEmpty, "\(target)")
        }
        browser.get("/set/8")
        #expect(browser.get("/get").text == "8")
    }

    @Test(arguments: Kind.allCases)
    func theLastValueThatGoesEndsIt(_ kind: Kind) throws {
        let browser = try Self.load(kind)
        browser.get("/set/7")
        browser.get("/remove/n")
        #expect(browser.cookies.isEmpty)
        #expect(browser.get("/get").text == "none")
    }

    @Test(arguments: Kind.allCases)
    func clearForgetsEverythingAndMayBeginAnew(_ kind: Kind) throws {
        let browser = try Self.load(kind)
        browser.get("/set/7")
        let old = browser.cookies
        browser.get("/clear")
        #expect(browser.cookies.isEmpty)
        browser.cookies = old
        // What is in a cookie alone cannot be taken back.
        #expect(browser.get("/get").text == (kind == .memory || kind == .store ? "none" : "7"))
        browser.get("/set/7")
        let before = browser.cookies[Self.name]
        browser.get("/restart/9")
        #expect(browser.cookies[Self.name] != nil)
        #expect(browser.cookies[Self.name] != before)
        #expect(browser.get("/get").text == "9")
        #expect(browser.get("/names").text == #"["n"]"#)
    }

    @Test(arguments: Kind.allCases)
    func renewKeepsTheValuesUnderANewID(_ kind: Kind) throws {
        let browser = try Self.load(kind)
        browser.get("/set/7")
        let old = browser.cookies
        browser.get("/renew")
        // Signing adds nothing that is random: within a second it is the same text.
        #expect(kind == .signedCookie || browser.cookies[Self.name] != old[Self.name])
        #expect(browser.get("/get").text == "7")
        browser.cookies = old
        if kind == .memory || kind == .store { #expect(browser.get("/get").text == "none") }
    }

    @Test(arguments: [Kind.memory, .store])
    func anIDThatTheClientHasMadeUpIsNotTaken(_ kind: Kind) throws {
        let browser = try Self.load(kind)
        let own = Base64.encode(Array(repeating: 7, count: 32))
        browser.cookies[Self.name] = own
        browser.get("/set/7")
        #expect(browser.cookies[Self.name] != own)
        #expect(browser.get("/get").text == "7")
    }

    @Test(arguments: Kind.allCases)
    func itEndsWhenItIsIdleAndWhenItIsOld(_ kind: Kind) throws {
        let browser = try Self.load(kind) {
            Session($0, idleTimeout: .seconds(100), lifetime: .seconds(1000))
        }
        browser.get("/set/7")
        browser.now += 99
        #expect(browser.get("/get").text == "7")
        for _ in 0..<9 {
            browser.now += 99
            #expect(browser.get("/get").text == "7")
        }
        browser.now += 9
        #expect(browser.get("/get").text == "7")
        browser.now += 1
        #expect(browser.get("/get").text == "none")
        #expect(browser.cookies.isEmpty)
        browser.get("/set/7")
        browser.now += 100
        #expect(browser.get("/get").text == "none")
        #expect(browser.host.log.filter { $0.level >= 4 }.isEmpty)
    }

    @Test(arguments: [Kind.encryptedCookie, .signedCookie])
    func useIsNotedWhenATenthOfTheIdleTimeHasPassed(_ kind: Kind) throws {
        let browser = try Self.load(kind) { Session($0, idleTimeout: .seconds(100), lifetime: .seconds(1000)) }
        browser.get("/set/7")
        browser.now += 9
        #expect(browser.setCookies(browser.get("/get")).isEmpty)
        browser.now += 1
        #expect(browser.setCookies(browser.get("/idle")).isEmpty)
        #expect(browser.setCookies(browser.get("/get")).count == 1)
    }

    @Test(arguments: Kind.allCases)
    func renewingBeginsTheLifetimeAnew(_ kind: Kind) throws {
        let browser = try Self.load(kind) { Session($0, idleTimeout: .seconds(1000), lifetime: .seconds(1000)) }
        browser.get("/set/7")
        browser.now += 900
        browser.get("/renew")
        browser.now += 900
        #expect(browser.get("/get").text == "7")
    }

    @Test(arguments: Kind.allCases)
    func aForgedCookieIsAnEmptySessionAndOneLine(_ kind: Kind) throws {
        let browser = try Self.load(kind)
        for _ in 0..<3 {
            browser.cookies[Self.name] = "AQIDBA"
            #expect(browser.get("/get").text == "none")
            #expect(browser.cookies.isEmpty)
        }
        let lines = browser.host.log.filter { $0.level >= 4 }
        #expect(lines.map(\.fields) == [["cookie": Self.name, "others_since_last": "0"]])
        #expect(lines.allSatisfy { !$0.message.contains("AQIDBA") })
        browser.now += 60
        browser.cookies[Self.name] = "x"
        browser.get("/get")
        #expect(browser.host.log.last?.fields["others_since_last"] == "2")
        browser.cookies[Self.name] = "x"
        browser.get("/set/7")
        #expect(browser.get("/get").text == "7")
    }

    @Test(arguments: Kind.allCases)
    func everyKindOfValue(_ kind: Kind) throws {
        let browser = try Self.load(kind)
        #expect(browser.get("/kinds").text == "set")
        #expect(browser.get("/kinds").text == "true é\"\u{1} [\"a\", \"b\"] dark 2 nil nil thrown")
    }

    @Test(arguments: Kind.allCases)
    func theCookieHasTheAttributesThatWereAskedFor(_ kind: Kind) throws {
        let cookie = Cookie("__Host-s", "", maxAge: .seconds(60), sameSite: .strict)
        let browser = try Self.load(kind) { Session($0, cookie: cookie) }
        let line = browser.setCookies(browser.get("/set/7")).first ?? ""
        #expect(line.hasPrefix("__Host-s="))
        #expect(line.hasSuffix("; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Strict"))
        #expect(browser.get("/get").text == "7")
        browser.now += 14 * 8640
        #expect(browser.setCookies(browser.get("/get")).first?.contains("Max-Age=60") == true)
        let removal = browser.setCookies(browser.get("/clear")).first
        #expect(removal?.hasPrefix("__Host-s=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970") == true)
    }

    @Test func overTLSTheCookieIsSecure() throws {
        let browser = try Self.load(.encryptedCookie)
        let request = FakeRequest("GET", "/set/7")
        request.isSecure = true
        #expect(browser.setCookies(browser.host.send(request)).first?.contains("; Secure") == true)
    }

    @Test(arguments: Kind.allCases)
    func aSessionThatIsTooLargeIsAnErrorAndChangesNothing(_ kind: Kind) throws {
        let browser = try Self.load(kind) { Session($0, limitBytes: 5000) }
        browser.get("/set/7")
        let limit = kind == .memory || kind == .store ? 5000 : 4096
        let before = browser.cookies
        let refused = browser.get("/large/\(limit)")
        #expect(refused.status == 500)
        #expect(browser.cookies == before)
        #expect(browser.host.log.contains { $0.level >= 5 && $0.message.contains("\(limit)") })
        #expect(browser.get("/get").text == "7")
        #expect(browser.get("/large/2000").status == 200)
    }

    @Test(arguments: Kind.allCases)
    func anErrorPageSavesTheSessionToo(_ kind: Kind) throws {
        let browser = try Self.load(kind)
        #expect(browser.get("/refuse/7").status == 403)
        #expect(browser.get("/get").text == "7")
    }

    @Test(arguments: Kind.allCases)
    func whatIsSetAfterTheAnswerIsTooLate(_ kind: Kind) throws {
        let browser = try Self.load(kind)
        browser.get("/late")
        #expect(browser.host.log.last?.message.contains("changed after the response was made") == true)
        #expect(browser.get("/get").text == "none")
    }

    @Test(arguments: Kind.allCases)
    func aStreamCarriesTheCookieToo(_ kind: Kind) throws {
        let browser = try Self.load(kind)
        #expect(browser.get("/stream/7").chunks == ["7"])
        #expect(browser.get("/get").text == "7")
    }

    @Test func noSharedCacheKeepsWhatIsMadeOfASession() throws {
        let host = FakeHost.withSecret()
        try host.load {
            scope(through: [Pipeline { Session() }]) {
                get("/own") { context in "\(context.session.isEmpty)" }
                get("/said") { context in
                    context.setHeader("Cache-Control", "no-store")
                    return "\(context.session.isEmpty)"
                }
                get("/public") { _ in "for everybody" }
            }
        }
        #expect(host.get("/own").header("Cache-Control") == "private")
        #expect(host.get("/said").header("Cache-Control") == "no-store")
        #expect(host.get("/public").header("Cache-Control") == nil)
    }

    @Test func withoutSessionTheLogSaysSo() throws {
        let host = FakeHost()
        try host.load {
            get("/") { context in
                context.session["n"] = 1
                context.flash.info = "x"
                return "\(context.session["n", as: Int.self] ?? 0) \(context.flash.info ?? "none") \(context.csrfToken)"
            }
        }
        #expect(host.get("/").text == "0 none ")
        #expect(host.log.allSatisfy { $0.message.contains("there is no Session in the route's pipelines") })
        #expect(host.log.count == 5)
    }

    @Test func appsOnOneHostHaveCookiesOfTheirOwn() throws {
        let browser = try Self.load(.encryptedCookie)
        browser.cookies["_shop_session"] = "x"
        browser.get("/set/7")
        #expect(browser.cookies["_shop_session"] == "x")
    }

    private static let badOptions = [
        Session(idleTimeout: .zero), Session(idleTimeout: .seconds(10), lifetime: .seconds(9)),
        Session(.memory, limitBytes: 0), Session(cookie: Cookie("a b", "")),
        Session(cookie: Cookie("__Host-a", "", path: "/x")),
    ]

    @Test(arguments: badOptions.indices)
    func optionsThatMakeNoSenseRefuseTheApp(_ index: Int) {
        #expect(throws: StartupError.self) {
            try FakeHost.withSecret().load(SessionApp(session: Self.badOptions[index]))
        }
    }

    @Test func twoSessionsBeforeOneRouteAreRefused() {
        let host = FakeHost.withSecret()
        #expect(throws: StartupError.self) {
            try host.load { get("/", through: [Pipeline { Session() }, Pipeline { Session(.memory) }]) { _ in "x" } }
        }
    }
}
