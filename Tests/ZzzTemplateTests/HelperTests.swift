import Testing
import ZzzTemplate

@Suite struct HelperTests {
    /// 2026-09-05 14:03:09 UTC, a Saturday.
    private let moment = UnixTime(1_788_616_989)

    private func text(_ value: some TemplateValue, _ locale: PageLocale = .english) -> String {
        var output = HTMLOutput(environment: StandaloneEnvironment(locale: locale))
        output.text(value)
        // The spaces that do not break are hard to see.
        return output.withBytes { String(decoding: $0, as: UTF8.self) }
            .replacing("\u{A0}", with: "_").replacing("\u{202F}", with: "~")
    }

    @Test func inATemplate() throws {
        let page = try Templates.helpers(when: moment, count: 1).rendered(environment: FullEnvironment())
        #expect(
            page.replacing("\u{A0}", with: "_") == """
                1,234,567 0.5 1,234.50 26% €9.50 1.5_MB
                Sep 5, 2026 Saturday, September 5, 2026, 2:03 PM 2026-09-05T16:03:09+02:00 |
                1 message
                <a href="/users/a%2Fb?page=2&amp;sort=na%20me">x</a>
                <link rel="stylesheet" href="/blog/assets/app.css?v=bcaa6dec922f" integrity="sha384-\
                vKpt7JIvHTqo8yE5oq/QmDSciLodhtwaZjNP9Va+cAz9AQar2eHzU6WbtEeEyN8M">
                <script nonce="n0nce" src="/blog/assets/js/app.js?v=336d37bcb0af"></script>

                """)
    }

    @Test(arguments: [
        (PageLocale.english, "1,234,567.5", "-€1,234.50", "12%"),
        (.britishEnglish, "1,234,567.5", "-€1,234.50", "12%"),
        (.german, "1.234.567,5", "-1.234,50_€", "12_%"), (.french, "1~234~567,5", "-1~234,50_€", "12_%"),
        (.spanish, "1.234.567,5", "-1234,50_€", "12_%"), (.italian, "1.234.567,5", "-1.234,50_€", "12%"),
        (.dutch, "1.234.567,5", "-€_1.234,50", "12%"), (.brazilianPortuguese, "1.234.567,5", "-€_1.234,50", "12%"),
        (.swedish, "1_234_567,5", "-1_234,50_€", "12_%"), (.danish, "1.234.567,5", "-1.234,50_€", "12_%"),
        (.polish, "1_234_567,5", "-1234,50_€", "12%"), (.russian, "1_234_567,5", "-1_234,50_€", "12_%"),
        (.japanese, "1,234,567.5", "-€1,234.50", "12%"), (.chinese, "1,234,567.5", "-€1,234.50", "12%"),
    ])
    func numbersByLocale(locale: PageLocale, plain: String, money: String, part: String) {
        #expect(text(number(1_234_567.5), locale) == plain)
        #expect(text(currency(-1234.5, code: "EUR"), locale) == money)
        #expect(text(percent(0.12), locale) == part)
    }

    @Test func numbers() {
        #expect(text(number(0)) == "0")
        #expect(text(number(-1000)) == "-1,000")
        #expect(text(number(Int.min)) == "-9,223,372,036,854,775,808")
        #expect(text(number(0.1 + 0.2)) == "0.3")
        #expect(text(number(-0.0001)) == "0")
        #expect(text(number(2.5, fraction: 0)) == "2")
        #expect(text(number(1e300)).hasPrefix("1,000,"))
        #expect(text(number(Double.nan)) == "–" && text(number(Double.infinity)) == "–")
        #expect(text(number(1.0, fraction: -5)) == "1" && text(number(1.0, fraction: 500)).utf8.count == 22)
        #expect(text(percent(0.1234, fraction: 1)) == "12.3%")
        #expect(text(currency(9.5, code: "JPY")) == "¥10" && text(currency(9.5, code: "CHF")) == "CHF_9.50")
        #expect(text(currency(9.5, code: "CHF"), .german) == "9,50_CHF")
        #expect(text(currency(minor: 950, code: "USD")) == "$9.50")
        #expect(text(currency(minor: 950, code: "JPY")) == "¥950")
    }

    @Test func sizes() {
        #expect(text(bytes(0)) == "0_B" && text(bytes(999)) == "999_B" && text(bytes(1000)) == "1.0_kB")
        #expect(text(bytes(99_949)) == "99.9_kB" && text(bytes(999_949)) == "1,000_kB")
        #expect(text(bytes(Int.max)) == "9.2_EB" && text(bytes(1500), .german) == "1,5_kB")
    }

    @Test(arguments: [
        (PageLocale.english, "9/5/26", "Sep 5, 2026", "September 5, 2026", "Saturday, September 5, 2026", "2:03 PM"),
        (.britishEnglish, "05/09/2026", "5 Sept 2026", "5 September 2026", "Saturday, 5 September 2026", "14:03"),
        (.german, "05.09.26", "05.09.2026", "5. September 2026", "Samstag, 5. September 2026", "14:03"),
        (.french, "05/09/2026", "5 sept. 2026", "5 septembre 2026", "samedi 5 septembre 2026", "14:03"),
        (.spanish, "5/9/26", "5 sept 2026", "5 de septiembre de 2026", "sábado, 5 de septiembre de 2026", "14:03"),
        (.italian, "05/09/26", "5 set 2026", "5 settembre 2026", "sabato 5 settembre 2026", "14:03"),
        (.dutch, "05-09-2026", "5 sep. 2026", "5 september 2026", "zaterdag 5 september 2026", "14:03"),
        (
            .brazilianPortuguese, "05/09/2026", "5 de set. de 2026", "5 de setembro de 2026",
            "sábado, 5 de setembro de 2026", "14:03"
        ),
        (.swedish, "2026-09-05", "5 sep. 2026", "5 september 2026", "lördag 5 september 2026", "14:03"),
        (.danish, "05.09.2026", "5. sep. 2026", "5. september 2026", "lørdag den 5. september 2026", "14.03"),
        (.polish, "5.09.2026", "5 wrz 2026", "5 września 2026", "sobota, 5 września 2026", "14:03"),
        (
            .russian, "05.09.2026", "5 сент. 2026 г.", "5 сентября 2026 г.",
            "суббота, 5 сентября 2026 г.", "14:03"
        ),
        (.japanese, "2026/09/05", "2026/09/05", "2026年9月5日", "2026年9月5日土曜日", "14:03"),
        (.chinese, "2026/9/5", "2026年9月5日", "2026年9月5日", "2026年9月5日星期六", "14:03"),
    ])
    func datesByLocale(locale: PageLocale, short: String, medium: String, long: String, full: String, time: String) {
        #expect(text(date(moment, format: "short"), locale) == short)
        #expect(text(date(moment), locale) == medium)
        #expect(text(date(moment, format: "long"), locale) == long)
        #expect(text(date(moment, format: "full"), locale) == full)
        #expect(text(date(moment, format: "time"), locale) == time)
    }

    @Test(arguments: [
        (0, "1970-01-01 00:00:00 Thu"), (951_782_400, "2000-02-29 00:00:00 Tue"), (-1, "1969-12-31 23:59:59 Wed"),
        (4_107_542_399, "2100-02-28 23:59:59 Sun"), (4_107_542_400, "2100-03-01 00:00:00 Mon"),
        (253_402_300_799, "9999-12-31 23:59:59 Fri"), (-62_135_596_800, "0001-01-01 00:00:00 Mon"),
        (253_402_300_800, "–"), (-62_135_596_801, "–"),
    ])
    func calendar(seconds: Int, written: String) {
        #expect(text(date(UnixTime(seconds), format: "yyyy-MM-dd HH:mm:ss EEE")) == written)
    }

    @Test func patterns() {
        #expect(text(date(moment, format: "yy M d h H m s a")) == "26 9 5 2 14 3 9 PM")
        #expect(text(date(moment, format: "h 'o''clock' <b>")) == "2 o'clock &lt;b&gt;".replacing("'", with: "&#39;"))
        #expect(text(date(moment, format: "h''m 'a")) == "2&#39;3 a")
        #expect(text(date(moment, format: "HH:mm XXX", offset: -210)) == "10:33 -03:30")
        #expect(text(date(moment, format: "iso")) == "2026-09-05T14:03:09Z")
        #expect(text(date(UnixTime(Double.nan))) == "–" && text(date(UnixTime(1e300))) == "–")
        #expect(text(date(moment, format: "HH", offset: .max)).count == 2)
        #expect(text(date(UnixTime?.none)) == "")
        #expect(text(date(moment, format: "short", time: "time"), .german) == "05.09.26, 14:03")
    }

    @Test(arguments: [
        (PageLocale.english, "other one other other other"), (.french, "one one other other many"),
        (.spanish, "other one other other many"), (.polish, "many one few many many"),
        (.russian, "many one few many many"), (.japanese, "other other other other other"),
    ])
    func pluralForms(locale: PageLocale, forms: String) {
        let found = [0, 1, 2, 5, 1_000_000].map { count in
            text(plural(count, one: "one", few: "few", many: "many", other: "other"), locale)
        }
        #expect(found.joined(separator: " ") == forms)
    }

    @Test func plurals() {
        #expect(text(plural(0, zero: "none", one: "one", other: "#")) == "none")
        #expect(text(plural(1234, one: "one", other: "# of #")) == "1,234 of 1,234")
        #expect(text(plural(1234, other: "# <b>"), .german) == "1.234 &lt;b&gt;")
        #expect(text(plural(-1, one: "# degree", other: "# degrees")) == "-1 degree")
        let years = plural(21, one: "# год", few: "# года", many: "# лет", other: "?")
        #expect(text(years, .russian) == "21 год")
        #expect(text(plural(12, one: "a", few: "b", many: "c", other: "?"), .polish) == "c")
        #expect(text(plural(2, one: "a", other: "other"), .polish) == "other")
    }

    @Test func locales() {
        #expect(PageLocale.named("de")?.tag == "de" && PageLocale.named("DE_at")?.tag == "de")
        #expect(PageLocale.named("en-GB")?.tag == "en-GB" && PageLocale.named("en-AU")?.tag == "en")
        #expect(PageLocale.named("pt")?.tag == "pt-BR" && PageLocale.named("zh-Hans-CN")?.tag == "zh")
        #expect(PageLocale.named("xx") == nil && PageLocale.named("") == nil)
        #expect(Set(PageLocale.all.map(\.tag)).count == 14)
    }

    private struct Mounted: RenderEnvironment {
        let mount: String
    }

    private func address(_ url: TrustedURL, mount: String = "") -> String {
        var output = HTMLOutput(environment: Mounted(mount: mount))
        output.url(url)
        return output.withBytes { String(decoding: $0, as: UTF8.self) }
    }

    @Test func urls() {
        #expect(address(url("/")) == "/")
        #expect(address(url("/users", path: [.init(7), .init("a b"), .init(String?.none)])) == "/users/7/a%20b")
        #expect(address(url("/x?a=1#top", query: [("b", .init("&"))])) == "/x?a=1&amp;b=%26#top")
        #expect(address(url("https://a.example/", path: [.init("x")])) == "https://a.example/x")
        #expect(address(url("javascript:alert(1)", path: [.init("x")])) == "about:invalid#zzz")
        #expect(address(url("/x", query: [("a", .init(Int?.none)), ("b", .init(Optional(2)))])) == "/x?b=2")
    }

    @Test func pathsAreBelowTheMount() {
        #expect(address(url("/"), mount: "/book") == "/book/")
        #expect(address(url("/users", path: [.init(7)]), mount: "/book") == "/book/users/7")
        for elsewhere in ["https://a.example/", "//a.example/x", "users", "?page=2", "#top"] {
            #expect(address(url(elsewhere), mount: "/book") == elsewhere)
        }
        #expect(address(TrustedURL(trusted: "/x"), mount: "/book") == "/x")
        var output = HTMLOutput(environment: Mounted(mount: "/book"))
        output.text(url("/x", query: [("a", .init("<"))]))
        output.attribute(Optional(url("/y")))
        #expect(output.withBytes { String(decoding: $0, as: UTF8.self) } == "/book/x?a=%3C/book/y")
    }

    @Test func lists() {
        #expect(lookup(["a", "b"], 1) == "b" && lookup(["a"], 1) == nil && lookup(["a"], -1) == nil)
        #expect(lookup(["a": 1], "a") == 1 && lookup(["a": 1], "b") == nil)
        #expect(join(["a", "b"], ", ") == "a, b" && join([1, 2], "-") == "1-2")
    }
}
