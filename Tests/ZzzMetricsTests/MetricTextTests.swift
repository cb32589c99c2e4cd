import Testing
import ZzzMetrics

@Suite struct MetricTextTests {
    private static func text(_ page: MetricText) -> String { String(decoding: page.bytes, as: UTF8.self) }

    @Test func `writes families with help, type and samples`() {
        var page = MetricText()
        page.begin("a_total", .counter, help: "How many.")
        page.add(12)
        page.begin("b:c_seconds", .gauge, help: "How long.")
        page.add(0.25, [("x", "1"), ("_y", "z")])
        page.add(UInt64.max, [("x", "2")])
        #expect(
            Self.text(page) == """
                # HELP a_total How many.
                # TYPE a_total counter
                a_total 12
                # HELP b:c_seconds How long.
                # TYPE b:c_seconds gauge
                b:c_seconds{x="1",_y="z"} 0.25
                b:c_seconds{x="2"} 18446744073709551615

                """)
    }

    @Test(arguments: [
        ("plain", "plain"), ("", ""), ("a\\b", "a\\\\b"), ("say \"hi\"", "say \\\"hi\\\""),
        ("two\nlines", "two\\nlines"),
        ("\\n", "\\\\n"), ("Grüße \u{1F980}", "Grüße \u{1F980}"), ("a{b=\"c\"},d 1\n", "a{b=\\\"c\\\"},d 1\\n"),
        ("tab\tand\rreturn", "tab\tand\rreturn"),
    ])
    func `escapes label values so that they are read back`(value: String, escaped: String) throws {
        var page = MetricText()
        page.begin("m", .gauge, help: "Any.")
        page.add(1, [("l", value)])
        #expect(Self.text(page).hasSuffix("m{l=\"\(escaped)\"} 1\n"))
        #expect(try MetricPage(Self.text(page)).value("m", ["l": value]) == 1)
    }

    @Test func `escapes help texts, where quotes stay`() throws {
        var page = MetricText()
        page.begin("m", .gauge, help: "a \"b\" \\ c\nd")
        #expect(Self.text(page) == "# HELP m a \"b\" \\\\ c\\nd\n# TYPE m gauge\n")
        #expect(try MetricPage(Self.text(page)).families["m"]?.samples.isEmpty == true)
    }

    @Test(arguments: [
        (0, "0"), (1, "1"), (-3, "-3"), (0.0005, "0.0005"), (1e-7, "1e-07"), (1e16, "1e+16"), (1e300, "1e+300"),
        (1_795_300_000, "1795300000"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (0.1, "0.1"),
    ] as [(Double, String)])
    func `writes numbers`(number: Double, text: String) throws {
        var page = MetricText()
        page.begin("m", .gauge, help: "Any.")
        page.add(number)
        #expect(Self.text(page).hasSuffix("m \(text)\n"))
        #expect(try MetricPage(Self.text(page)).value("m") == number)
    }

    @Test func `writes a number that is none`() throws {
        var page = MetricText()
        page.begin("m", .gauge, help: "Any.")
        page.add(Double.nan)
        #expect(try MetricPage(Self.text(page)).value("m")?.isNaN == true)
    }

    @Test func `adds the buckets of a histogram up`() throws {
        var page = MetricText()
        page.begin("t_seconds", .histogram, help: "Times.")
        page.add(bounds: [0.0005, 1, 2.5], counts: [3, 0, 2, 1], sum: 7.25, [("app", "a")])
        page.add(bounds: [0.0005, 1, 2.5], counts: [0, 0, 0, 0], sum: 0, [("app", "b")])
        #expect(
            Self.text(page).hasPrefix(
                """
                # HELP t_seconds Times.
                # TYPE t_seconds histogram
                t_seconds_bucket{app="a",le="0.0005"} 3
                t_seconds_bucket{app="a",le="1"} 3
                t_seconds_bucket{app="a",le="2.5"} 5
                t_seconds_bucket{app="a",le="+Inf"} 6
                t_seconds_sum{app="a"} 7.25
                t_seconds_count{app="a"} 6
                t_seconds_bucket{app="b",le="0.0005"} 0
                """))
        #expect(try MetricPage(Self.text(page)).value("t_seconds_count", ["app": "a"]) == 6)
    }

    @Test(arguments: [
        "m 1\n", "# HELP m x\nm 1\n", "# HELP m x\n# TYPE m gauge\nm 1", "# HELP m x\n# TYPE m gauge\nn 1\n",
        "# HELP m x\n# TYPE m gauge\nm 1\nm 2\n", "# HELP m x\n# TYPE m gauge\nm{a=\"b\"x} 1\n",
        "# HELP m x\n# TYPE m gauge\nm{a=\"\\x\"} 1\n", "# HELP m x\n# TYPE m gauge\nm one\n",
        "# HELP m x\n# TYPE m counter\nm -1\n", "# HELP m x\n# TYPE m gauge\nm{a=\"1\",a=\"1\"} 1\n",
        "# HELP m x\n# TYPE m histogram\nm_bucket{le=\"1\"} 1\nm_sum 1\nm_count 1\n",
        "# HELP m x\n# TYPE m histogram\nm_bucket{le=\"1\"} 2\nm_bucket{le=\"+Inf\"} 1\nm_sum 1\nm_count 1\n",
    ])
    func `the tests' own parser is strict`(text: String) {
        #expect(throws: MetricPage.Mistake.self) { try MetricPage(text) }
    }
}
