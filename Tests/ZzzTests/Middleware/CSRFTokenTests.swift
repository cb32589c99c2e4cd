import Testing
import ZzzBase64

@testable import Zzz

@Suite struct CSRFTokenTests {
    private func load(_ csrf: CSRF = CSRF(), _ session: Session = Session()) throws -> FakeBrowser {
        let host = FakeHost.withSecret()
        try host.load {
            scope(through: [Pipeline { session; BodyParser(passing: ["*/*"]); csrf }]) {
                get("/form") { context in context.csrfToken }
                get("/twice") { context in "\(context.csrfToken == context.csrfToken)" }
                post("/save") { _ in "saved" }
                put("/hooks/:id") { _ in "called" }
                post("/renew") { context in
                    context.session.renew()
                    return context.csrfToken
                }
                post("/clear") { context in
                    context.session.clear()
                    return "cleared"
                }
            }
        }
        return FakeBrowser(host)
    }

    private func save(_ browser: FakeBrowser, _ token: String) -> UInt16 {
        browser.send("POST", "/save", form: "a=b&_csrf_token=\(token)").status
    }

    @Test func aFormThatSendsItsTokenIsTaken() throws {
        for session in [Session(), Session(.memory), Session(.store(TableOfSessions()))] {
            let browser = try load(CSRF(), session)
            let token = browser.get("/form").text
            #expect(token.utf8.count == 86)
            #expect(save(browser, token) == 200)
            #expect(browser.send("POST", "/save", headers: [("X-CSRF-Token", token)]).status == 200)
            let both = browser.send("POST", "/save", headers: [("x-csrf-token", token)], form: "_csrf_token=x")
            #expect(both.status == 200)
            #expect(browser.send("POST", "/save").status == 403)
        }
    }

    @Test func everyPageHasAnotherMaskAndAllAreGood() throws {
        let browser = try load()
        let tokens = (0..<4).map { _ in browser.get("/form").text }
        #expect(Set(tokens).count == 4)
        #expect(Set(tokens.map { CSRFToken.unmasked($0) }).count == 1)
        for token in tokens { #expect(save(browser, token) == 200) }
        #expect(browser.get("/twice").text == "true")
        #expect(browser.setCookies(browser.get("/form")).isEmpty)
    }

    @Test func aTokenOfAnotherSessionIsNone() throws {
        let (ada, eve) = (try load(), try load())
        let token = eve.get("/form").text
        #expect(save(eve, token) == 200)
        #expect(save(ada, token) == 403)
        ada.get("/form")
        #expect(save(ada, token) == 403)
    }

    @Test func whatIsNoTokenIsRefused() throws {
        let browser = try load()
        let token = browser.get("/form").text
        let raw = try #require(Base64.decode(token, .url))
        let secret = try #require(CSRFToken.unmasked(token))
        let zero = [UInt8](repeating: 0, count: 32)
        var bad = ["", "x", Base64.encode(secret), Base64.encode(raw + [0]), token + "=", Base64.encode(zero + zero)]
        for index in raw.indices {
            var changed = raw
            changed[index] ^= 0x80
            bad.append(Base64.encode(changed))
        }
        for text in bad { #expect(save(browser, text) == 403, "\(text)") }
        #expect(save(browser, CSRFToken.masked(secret, with: zero)) == 200)
        let twice = browser.send("POST", "/save", form: "_csrf_token[]=\(token)")
        #expect(twice.status == 403)
        // Not in the query, where it would be written into logs.
        #expect(browser.send("POST", "/save?_csrf_token=\(token)", form: "a=b").status == 403)
    }

    @Test func renewingAndClearingEndTheTokens() throws {
        let browser = try load()
        let token = browser.get("/form").text
        let renewed = browser.send("POST", "/renew", headers: [("X-CSRF-Token", token)]).text
        #expect(save(browser, token) == 403)
        #expect(save(browser, renewed) == 200)
        #expect(browser.send("POST", "/clear", headers: [("X-CSRF-Token", renewed)]).text == "cleared")
        #expect(browser.cookies.isEmpty)
        #expect(save(browser, renewed) == 403)
    }

    @Test func bothChecksOrOne() throws {
        let cross = ("Sec-Fetch-Site", "cross-site")
        let both = try load()
        let token = ("X-CSRF-Token", both.get("/form").text)
        #expect(both.send("POST", "/save", headers: [token]).status == 200)
        #expect(both.send("POST", "/save", headers: [token, cross]).status == 403)
        #expect(both.send("POST", "/save", headers: [("Sec-Fetch-Site", "same-origin")]).status == 403)
        let tokens = try load(CSRF(checks: [.token]))
        let own = ("X-CSRF-Token", tokens.get("/form").text)
        #expect(tokens.send("POST", "/save", headers: [own, cross]).status == 200)
        #expect(tokens.send("POST", "/save", headers: [cross]).status == 403)
        let origins = try load(CSRF(checks: [.origin]))
        #expect(origins.send("POST", "/save", headers: [("Sec-Fetch-Site", "same-origin")]).status == 200)
        #expect(origins.send("POST", "/save", headers: [cross]).status == 403)
    }

    @Test func exemptRoutesAndTrustedOriginsNeedNone() throws {
        let browser = try load(CSRF(trustedOrigins: ["https://b.example"], exemptPaths: ["/hooks/:id"]))
        #expect(browser.send("PUT", "/hooks/7").text == "called")
        let trusted = [("Sec-Fetch-Site", "cross-site"), ("Origin", "https://b.example")]
        #expect(browser.send("POST", "/save", headers: trusted).status == 200)
        #expect(browser.send("POST", "/save").status == 403)
    }

    @Test func fieldAndHeaderCanBeNamedOtherwise() throws {
        let browser = try load(CSRF(field: "authenticity_token", header: "X-XSRF-Token"))
        let token = browser.get("/form").text
        #expect(save(browser, token) == 403)
        #expect(browser.send("POST", "/save", form: "authenticity_token=\(token)").status == 200)
        #expect(browser.send("POST", "/save", headers: [("X-XSRF-Token", token)]).status == 200)
        #expect(browser.send("POST", "/save", headers: [("X-CSRF-Token", token)]).status == 403)
    }

    @Test func withoutASessionTheAppIsRefused() throws {
        let error = #expect(throws: StartupError.self) {
            try FakeHost().load { post("/", through: [Pipeline { CSRF() }]) { _ in "x" } }
        }
        #expect(error?.description.contains("put Session before it") == true)
        #expect(throws: StartupError.self) {
            try FakeHost.withSecret().load { post("/", through: [Pipeline { CSRF(); Session() }]) { _ in "x" } }
        }
        #expect(throws: StartupError.self) { try load(CSRF(checks: [])) }
    }
}
