import Testing
import ZzzBase64

@testable import Zzz

@Suite struct ProtectedCookieTests {
    /// Sets a cookie by its name and protection, and reads it.
    private func load(_ secrets: [String] = [FakeHost.secret]) throws -> FakeBrowser {
        let host = FakeHost()
        try host.load(CookieApp(secretKeyBase: secrets))
        return FakeBrowser(host)
    }

    private struct CookieApp: App {
        let secretKeyBase: [String]

        func routes() -> [Route] {
            for protection in [Cookie.Protection.signed, .encrypted] {
                get("/\(protection)/set") { context in
                    let age = context.query["age", as: Int.self].map { Duration.seconds($0) }
                    let cookie = Cookie(context.query["name"] ?? "a", context.query["value"] ?? "", maxAge: age)
                    try context.setCookie(cookie, protection)
                    return "set"
                }
                get("/\(protection)/get") { context in
                    let cookies = protection == .signed ? context.cookies.signed : context.cookies.encrypted
                    return try cookies[context.query["name"] ?? "a"] ?? "none"
                }
            }
        }
    }

    @Test(arguments: ["signed", "encrypted"], ["x", "", "b c; d=\"é\"\r\n\u{0}"])
    func anyTextComesBack(_ protection: String, _ value: String) throws {
        let browser = try load()
        let encoded = value.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        browser.get("/\(protection)/set?value=\(encoded)")
        #expect(browser.get("/\(protection)/get").text == value)
    }

    @Test func aSignedOneCanBeReadAndAnEncryptedOneNot() throws {
        let browser = try load()
        browser.get("/signed/set?value=visible-text")
        let signed = try #require(Base64.decode((browser.cookies["a"] ?? "").dropFirst(), .url))
        #expect(String(decoding: signed, as: UTF8.self).contains("visible-text"))
        browser.get("/encrypted/set?value=visible-text")
        let first = try #require(browser.cookies["a"])
        #expect(!String(decoding: Base64.decode(first.dropFirst(), .url) ?? [], as: UTF8.self).contains("visible-text"))
        browser.get("/encrypted/set?value=visible-text")
        #expect(browser.cookies["a"] != first)
    }

    @Test(arguments: ["signed", "encrypted"])
    func oneChangedBitMakesItNothing(_ protection: String) throws {
        let browser = try load()
        browser.get("/\(protection)/set?value=7")
        let good = try #require(Base64.decode((browser.cookies["a"] ?? "").dropFirst(), .url))
        let letter = try #require(browser.cookies["a"]?.first.map { String($0) })
        for index in good.indices {
            for bit in [0, 7] {
                var bad = good
                bad[index] ^= 1 << UInt8(bit)
                browser.cookies["a"] = letter + Base64.encode(bad)
                #expect(browser.get("/\(protection)/get").text == "none", "byte \(index)")
            }
        }
        for count in 0..<good.count {
            browser.cookies["a"] = letter + Base64.encode(Array(good.prefix(count)))
            #expect(browser.get("/\(protection)/get").text == "none", "\(count) bytes")
        }
        browser.cookies["a"] = letter + Base64.encode(good + [0])
        #expect(browser.get("/\(protection)/get").text == "none")
    }

    @Test(
        arguments: ["signed", "encrypted"],
        ["", "x", "=", "é", "AAAA", "s", "e", "sAAAA", "eAAAA", "s=", "\"\"", "e."])
    func whatIsNoSuchValueIsNothing(_ protection: String, _ value: String) throws {
        let browser = try load()
        browser.cookies["a"] = value
        #expect(browser.get("/\(protection)/get").text == "none")
        browser.cookies["a"] = String(repeating: "A", count: 4097)
        #expect(browser.get("/\(protection)/get").text == "none")
    }

    @Test(arguments: ["signed", "encrypted"])
    func aValueIsGoodForItsNameAlone(_ protection: String) throws {
        let browser = try load()
        browser.get("/\(protection)/set?name=a&value=7")
        browser.cookies["b"] = browser.cookies["a"]
        #expect(browser.get("/\(protection)/get?name=b").text == "none")
        #expect(browser.get("/\(protection)/get?name=a").text == "7")
    }

    @Test func oneKindIsNotTakenForTheOther() throws {
        let browser = try load()
        browser.get("/signed/set?value=7")
        #expect(browser.get("/encrypted/get").text == "none")
        browser.get("/encrypted/set?value=7")
        #expect(browser.get("/signed/get").text == "none")
    }

    @Test(arguments: ["signed", "encrypted"])
    func itEndsWhateverTheBrowserDoes(_ protection: String) throws {
        let browser = try load()
        browser.get("/\(protection)/set?value=7&age=60")
        browser.now += 59
        #expect(browser.get("/\(protection)/get").text == "7")
        browser.now += 1
        #expect(browser.get("/\(protection)/get").text == "none")
        browser.get("/\(protection)/set?value=8")
        browser.now += 86_399
        #expect(browser.get("/\(protection)/get").text == "8")
        browser.now += 1
        #expect(browser.get("/\(protection)/get").text == "none")
    }

    @Test(arguments: ["signed", "encrypted"])
    func secretsCanBeReplaced(_ protection: String) throws {
        let (old, new) = (String(repeating: "o", count: 32), String(repeating: "n", count: 32))
        let before = try load([old])
        before.get("/\(protection)/set?value=7")
        let during = try load([new, old])
        during.cookies = before.cookies
        #expect(during.get("/\(protection)/get").text == "7")
        during.get("/\(protection)/set?value=8")
        let after = try load([new])
        after.cookies = before.cookies
        #expect(after.get("/\(protection)/get").text == "none")
        after.cookies = during.cookies
        #expect(after.get("/\(protection)/get").text == "8")
    }

    @Test func aCookieOfTheSameNameFromElsewhereDoesNotHideIt() throws {
        let browser = try load()
        browser.get("/signed/set?value=7")
        let good = try #require(browser.cookies["a"])
        let field = { (count: Int) in String(repeating: "a=x; ", count: count) + "a=\(good)" }
        #expect(browser.host.get("/signed/get", headers: [("Cookie", field(3))]).text == "7")
        #expect(browser.host.get("/signed/get", headers: [("Cookie", field(4))]).text == "none")
    }

    /// Name and value may have 4096 bytes: for "a", 4094 of Base64 are 3070 bytes, 40 of them not the value's.
    @Test func aLongValueIsRefusedWithAReason() throws {
        let browser = try load()
        #expect(browser.get("/signed/set?value=\(String(repeating: "x", count: 3030))").status == 200)
        #expect(browser.get("/signed/get").text.utf8.count == 3030)
        #expect(browser.get("/signed/set?value=\(String(repeating: "x", count: 3031))").status == 500)
        #expect(browser.host.log.last?.message.contains("name and value have more than 4096 bytes") == true)
    }

    @Test func withoutASecretItIsAnErrorThatSaysWhatToDo() throws {
        let host = FakeHost()
        try host.load { get("/") { context in try context.cookies.signed["a"] ?? "none" } }
        #expect(host.get("/").text == "none")
        #expect(host.get("/", headers: [("Cookie", "a=x")]).status == 500)
        #expect(host.log.last?.message.contains("settings.secret_key_base") == true)
    }
}
