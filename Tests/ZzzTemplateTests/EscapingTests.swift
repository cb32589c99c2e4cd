import Testing
import ZzzTemplate

/// What is written in each place of a page, by the compiled template `escaping`.
@Suite struct EscapingTests {
    private func lines(_ text: String, url: String = "/") throws -> [String] {
        let page = Templates.escaping(
            text: text, url: url, user: User(name: text, email: nil), safe: TrustedURL(trusted: "x:y&z"))
        return try page.rendered().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    @Test func text() throws {
        let lines = try lines("<b title=\"x\">'&'</b>\0")
        let escaped = "&lt;b title=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/b&gt;\u{FFFD}"
        #expect(lines[0] == "<p title=\"\(escaped)\" data-x=\"\(escaped)\">\(escaped)</p>")
        #expect(lines[1] == "<textarea>\(escaped)</textarea>")
        #expect(lines[2] == "<!-- \(escaped) -->")
        #expect(lines.suffix(2) == ["<hr> <b title=\"x\">'&'</b>\0", ""])
    }

    @Test(arguments: [
        ("https://example.com/?a=b&c=d#e", "https://example.com/?a=b&amp;c=d#e"), ("/a b\"'<>", "/a%20b%22%27%3C%3E"),
        ("mailto:a@b.c", "mailto:a@b.c"), ("TEL:+491234", "TEL:+491234"), ("../x?y=(1)", "../x?y=%281%29"),
        ("/100%25/ä", "/100%25/%C3%A4"), ("", ""), ("javascript:alert(1)", "about:invalid#zzz"),
        ("JaVaScRiPt:alert(1)", "about:invalid#zzz"), (" javascript:alert(1)", "about:invalid#zzz"),
        ("java\nscript:alert(1)", "about:invalid#zzz"), ("\u{1}javascript:alert(1)", "about:invalid#zzz"),
        ("data:text/html,x", "about:invalid#zzz"), ("vbscript:x", "about:invalid#zzz"),
        ("ftp://x", "about:invalid#zzz"),
        ("x:y", "about:invalid#zzz"), ("/x:y", "/x:y"), ("?x:y", "?x:y"), ("#x:y", "#x:y"),
        ("//evil.example", "//evil.example"),
        (":", "about:invalid#zzz"),
    ])
    func urls(url: String, written: String) throws {
        let lines = try lines("", url: url)
        #expect(lines[3] == "<a href=\"\(written)\">1</a>")
        #expect(lines[6].hasPrefix("<img srcset=\"\(written) 1x,"))
        let inStyle = written.replacing("&amp;", with: "&")
        #expect(lines[13].hasSuffix("background: url(\(inStyle)) }</style>"))
    }

    @Test func partsOfURLs() throws {
        let lines = try lines("a/b?c=d&e#f g:h@i+\u{E4}")
        let encoded = "a%2Fb%3Fc%3Dd%26e%23f%20g%3Ah%40i%2B%C3%A4"
        #expect(lines[4] == "<a href=\"/search?q=\(encoded)&amp;n=-5\">2</a>")
        #expect(lines[6] == "<img srcset=\"/ 1x, /a/\(encoded).png -5w\">")
    }

    @Test func trustedURLs() throws {
        let lines = try lines("", url: "a,b")
        #expect(lines[5] == "<a href=\"x:y&amp;z\" style=\"color: \">3</a>")
        #expect(lines[7] == "<script src=\"x:y&amp;z\"></script>")
        #expect(lines[6].hasPrefix("<img srcset=\"a%2Cb 1x,"))
    }

    @Test func scripts() throws {
        let lines = try lines("</script>'\"\\`${x}&\t")
        let json = #""\u003C\u002Fscript\u003E\u0027\u0022\u005C\u0060\u0024{x}\u0026\u0009""#
        let encoded = #"{"name":"\u003C/script\u003E\u0027\"\\`${x}\u0026\t"}"#
        #expect(
            lines[9]
                == "const text = \(json), number =  -5, list = [\"a\",\"\\u003C/script\\u003E\"], "
                + "user = \(encoded), nothing = null;")
        let inner = json.dropFirst().dropLast()
        #expect(
            lines[10] == "const string = \"x\(inner)\", literal = `\(inner)`, difference = 1 - -5;")
        let quot = encoded.replacing("\"", with: "&quot;")
        let text = #"&quot;\u003C/script\u003E\u0027\&quot;\\`${x}\u0026\t&quot;"#
        let attribute = encoded.replacing("\"", with: "&quot;").replacing("\\u003C", with: "&lt;")
            .replacing("\\u003E", with: "&gt;").replacing("\\u0027", with: "&#39;").replacing(
                "\\u0026", with: "&amp;")
        #expect(lines[12] == "<b onclick=\"show(\(text), \(quot))\" data-user=\"\(attribute)\">4</b>")
    }

    @Test(arguments: [
        ("red", "red"), ("#ff0000", "#ff0000"), ("12.5px", "12.5px"), ("-3em", "-3em"), ("100%", "100%"),
        ("a, b", "a, b"),
        ("blau ä", "blau ä"), ("red; x: y", "unsafe"), ("expression(alert(1))", "unsafe"), ("url(x)", "unsafe"),
        ("</style>", "unsafe"), ("\"", "unsafe"), ("a\\b", "unsafe"), ("--x", "unsafe"), ("/*", "unsafe"),
        ("{", "unsafe"),
    ])
    func styles(value: String, written: String) throws {
        let lines = try lines(value)
        #expect(lines[5].hasSuffix("style=\"color: \(written)\">3</a>"))
        #expect(lines[13].hasPrefix("<style>b { color: \(written); content: "))
    }

    @Test func stringsInStyles() throws {
        let lines = try lines("a\"'\\</style>\tb")
        #expect(lines[13].contains(#"content: "a\22 \27 \5C \3C \2F style\3E \09 b";"#))
    }

    /// Every length around the eight bytes that are looked at together, and every place in it.
    @Test func theCharacterIsFoundWhereverItStands() throws {
        let characters = [("<", "&lt;"), ("&", "&amp;"), ("\"", "&quot;"), ("'", "&#39;"), (">", "&gt;")]
        for count in 1...20 {
            for place in 0..<count {
                for (character, escaped) in characters {
                    var text = [String](repeating: "=", count: count)
                    text[place] = character
                    var output = HTMLOutput()
                    output.text(text.joined())
                    text[place] = escaped
                    #expect(output.withBytes { String(decoding: $0, as: UTF8.self) } == text.joined())
                }
            }
        }
    }
}
