import Testing

@testable import Zzz

@Suite struct FlashTests {
    private func load(_ session: Session = Session()) throws -> FakeBrowser {
        let host = FakeHost.withSecret()
        try host.load {
            scope(through: [Pipeline { session }]) {
                post("/save") { context in
                    context.flash.info = "Saved: \(context.bodyText)"
                    context.flash[.error] = nil
                    context.flash["note"] = "n"
                    try context.redirect(to: "/page", status: .seeOther)
                }
                get("/page") { context in Self.text(context) }
                get("/other") { _ in "other" }
                get("/keep") { context in
                    context.flash.keep()
                    try context.redirect(to: "/page")
                }
                get("/now") { context in
                    context.flash.now(.error, "here")
                    return Self.text(context)
                }
                get("/long") { context in
                    context.flash.info = String(repeating: "x", count: 4000)
                    return "long"
                }
                get("/late") { context in
                    context.text("x")
                    context.flash.info = "late"
                }
            }
        }
        return FakeBrowser(host)
    }

    private static func text(_ context: Context) -> String {
        "\(context.flash.info ?? "-") \(context.flash.error ?? "-") \(context.flash.messages.map(\.kind.name))"
    }

    private static let none = "- - []"

    @Test(arguments: [Session(), Session(.signedCookie), Session(.memory), Session(.store(TableOfSessions()))].indices)
    func aMessageIsThereForExactlyTheNextRequest(_ index: Int) throws {
        let sessions = [Session(), Session(.signedCookie), Session(.memory), Session(.store(TableOfSessions()))]
        let browser = try load(sessions[index])
        #expect(browser.get("/page").text == Self.none)
        #expect(browser.send("POST", "/save", form: "é \"").status == 303)
        #expect(browser.cookies.keys.sorted() == ["_blog_session_flash"])
        #expect(browser.get("/page").text == #"Saved: é " - ["info", "note"]"#)
        #expect(browser.cookies.isEmpty)
        #expect(browser.get("/page").text == Self.none)
    }

    @Test func aRequestThatDoesNotLookAtItIsTheNextOneToo() throws {
        let browser = try load()
        browser.send("POST", "/save", form: "1")
        browser.get("/other")
        #expect(browser.get("/page").text == Self.none)
    }

    @Test func itCanBeKeptForOneMore() throws {
        let browser = try load()
        browser.send("POST", "/save", form: "1")
        browser.get("/keep")
        #expect(browser.get("/page").text.hasPrefix("Saved: 1"))
        #expect(browser.get("/page").text == Self.none)
    }

    @Test func nowIsForThisPageAlone() throws {
        let browser = try load()
        #expect(browser.get("/now").text == #"- here ["error"]"#)
        #expect(browser.cookies.isEmpty)
    }

    @Test func nobodyElseCanMakeOneAndItEnds() throws {
        let browser = try load()
        browser.send("POST", "/save", form: "1")
        let cookie = try #require(browser.cookies["_blog_session_flash"])
        browser.cookies["_blog_session_flash"] = String(cookie.reversed())
        #expect(browser.get("/page").text == Self.none)
        #expect(browser.cookies.isEmpty)
        browser.cookies["_blog_session_flash"] = cookie
        browser.now += 3600
        #expect(browser.get("/page").text == Self.none)
        #expect(browser.host.log.isEmpty)
    }

    @Test func whatDoesNotFitIsAnError() throws {
        let browser = try load()
        #expect(browser.get("/long").status == 500)
        #expect(browser.host.log.last?.message.contains("4096 bytes") == true)
        #expect(browser.cookies.isEmpty)
        browser.get("/late")
        #expect(browser.host.log.last?.message.contains("after the response was made") == true)
    }
}
