import Testing

@testable import Zzz

@Suite struct CookieTests {
    @Test(arguments: [
        ("a=1; b=2", "b", "2"), ("a=1", "b", nil), ("a=1; a=2", "a", "1"), ("a", "a", nil), ("=x", "", nil),
        ("", "a", nil),
        (" a = 1 ;b=2", "a", "1"), ("a=x=y", "a", "x=y"), (";;a=1;;", "a", "1"), ("A=1", "a", nil),
        ("a=\"q\"", "a", "\"q\""),
        ("a=", "a", ""),
    ])
    func cookiesAreRead(_ field: String, _ name: String, _ value: String?) throws {
        let host = FakeHost()
        try host.load { get("/") { context in context.cookies[name] ?? "none" } }
        #expect(host.get("/", headers: [("Cookie", field)]).text == value ?? "none")
    }

    @Test func severalLinesAreOneList() throws {
        let host = FakeHost()
        try host.load { get("/") { context in "\(context.cookies.all("a")) \(context.cookies.map(\.name))" } }
        let request = host.get("/", headers: [("Cookie", "a=1; b=2"), ("cookie", "a=3")])
        #expect(request.text == #"["1", "3"] ["a", "b", "a"]"#)
    }

    @Test func everyAttributeIsWritten() throws {
        #expect(try Cookie("a", "1").fieldValue(overTLS: false) == "a=1; Path=/; HttpOnly; SameSite=Lax")
        #expect(try Cookie("a", "1").fieldValue(overTLS: true) == "a=1; Path=/; Secure; HttpOnly; SameSite=Lax")
        let cookie = Cookie(
            "a", "1", path: "/x", domain: "example.com", maxAge: .seconds(60), expiresAtSeconds: 1_700_000_000,
            isHTTPOnly: false, sameSite: Cookie.SameSite.none, isPartitioned: true)
        #expect(
            try cookie.fieldValue(overTLS: false) == "a=1; Path=/x; Domain=example.com; Max-Age=60; "
                + "Expires=Tue, 14 Nov 2023 22:13:20 GMT; Secure; SameSite=None; Partitioned")
        #expect(
            try Cookie("a", "", path: nil, isSecure: false, isHTTPOnly: false, sameSite: nil).fieldValue(overTLS: true)
                == "a=")
        #expect(
            try Cookie("a", "", maxAge: .seconds(-5), sameSite: .strict).fieldValue(overTLS: false).contains(
                "Max-Age=0"))
    }

    @Test(arguments: [
        Cookie("", "1"), Cookie("a b", "1"), Cookie("a=", "1"),
        Cookie("a;", "1"), Cookie("ä", "1"), Cookie("a", "b c"),
        Cookie("a", "b;c"), Cookie("a", "b,c"), Cookie("a", "\"b\""), Cookie("a", "b\\c"), Cookie("a", "é"),
        Cookie("a", "b\r\nX: y"),
        Cookie("a", String(repeating: "x", count: 4096)), Cookie("a", "1", path: "x"), Cookie("a", "1", path: "/;x"),
        Cookie("a", "1", path: "/" + String(repeating: "x", count: 1024)), Cookie("a", "1", domain: "x\n"),
        Cookie("__Host-a", "1", path: "/x"), Cookie("__Host-a", "1", domain: "example.com"),
        Cookie("__Host-a", "1", path: nil),
        Cookie("__host-a", "1", isSecure: false), Cookie("__Secure-a", "1", isSecure: false),
        Cookie("a", "1", isSecure: false, sameSite: Cookie.SameSite.none),
        Cookie("a", "1", isSecure: false, isPartitioned: true),
    ])
    func whatBrowsersWouldIgnoreIsRefused(_ cookie: Cookie) {
        #expect(throws: CookieError.self) { try cookie.fieldValue(overTLS: true) }
    }

    @Test(arguments: [
        Cookie("a", String(repeating: "x", count: 4095)),
        Cookie("a", "1", path: "/" + String(repeating: "x", count: 1023)),
        Cookie("__Host-a", "1"), Cookie("__Secure-a", "1", path: "/x", domain: "example.com"),
    ])
    func whatIsJustWithinTheRulesIsTaken(_ cookie: Cookie) throws {
        #expect(try cookie.fieldValue(overTLS: false).contains("Secure") == cookie.name.hasPrefix("__"))
    }

    @Test func theLastOneOfANameIsSet() throws {
        let host = FakeHost()
        try host.load {
            get("/") { context in
                try context.setCookie(Cookie("a", "1"))
                try context.setCookie(Cookie("ab", "1"))
                try context.setCookie(Cookie("a", "2"))
                try context.deleteCookie("old", path: "/x")
                return "x"
            }
            get("/bad") { context in
                try context.setCookie(Cookie("a", "b c"))
                return "x"
            }
        }
        #expect(
            host.get("/").headers.map(\.1) == [
                "ab=1; Path=/; HttpOnly; SameSite=Lax", "a=2; Path=/; HttpOnly; SameSite=Lax",
                "old=; Path=/x; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax",
            ])
        #expect(host.get("/bad").status == 500)
    }

    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"), (Int64.max, "Fri, 31 Dec 9999 23:59:59 GMT"),
        (-1, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
    ])
    func datesAreWrittenAsHTTPDoes(_ seconds: Int64, _ text: String) {
        #expect(HTTPDate.text(atSeconds: seconds) == text)
    }
}
