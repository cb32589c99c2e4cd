import Testing
@testable import ZzzConfig

@Suite struct KeyLocatorTests {
    typealias Step = KeyLocator.Step

    /// `KEY LINE:COLUMN VALUE LINE:COLUMN` of a path; keys are given as texts, elements as numbers.
    private func places(_ text: String, _ path: [Step]) -> String {
        guard let places = KeyLocator(Array(text.utf8)).places[path] else { return "none" }
        return "\(places.key.line):\(places.key.column) \(places.value.line):\(places.value.column)"
    }

    @Test func `finds keys and values`() {
        let text = "a = 1\n  b=2\n\n# c = 3\n[t] # x\nd\t=\t\"#\" # e\n"
        #expect(places(text, [.key("a")]) == "1:1 1:5")
        #expect(places(text, [.key("b")]) == "2:3 2:5")
        #expect(places(text, [.key("c")]) == "none")
        #expect(places(text, [.key("t")]) == "5:2 5:2")
        #expect(places(text, [.key("t"), .key("d")]) == "6:1 6:5")
        #expect(places(text, [.key("t"), .key("e")]) == "none")
    }

    @Test func `finds dotted and quoted keys`() {
        let text = "a . \"b.c\" .'d' = 1\n[\"x y\".z]\nk = 2\n\"\\u0061\\\"\" = 3\n"
        #expect(places(text, [.key("a"), .key("b.c"), .key("d")]) == "1:12 1:18")
        #expect(places(text, [.key("a"), .key("b.c")]) == "1:5 1:5")
        #expect(places(text, [.key("x y"), .key("z"), .key("k")]) == "3:1 3:5")
        #expect(places(text, [.key("x y"), .key("z"), .key("a\"")]) == "4:1 4:14")
    }

    @Test func `finds elements of arrays of tables`() {
        let text = "[[l]]\na = 1\n[[l]]\na = 2\n[l.sub]\nb = 3\n[[l.deep]]\nc = 4\n[[l.deep]]\nc = 5\n"
        #expect(places(text, [.key("l"), .index(0), .key("a")]) == "2:1 2:5")
        #expect(places(text, [.key("l"), .index(1), .key("a")]) == "4:1 4:5")
        #expect(places(text, [.key("l"), .index(1)]) == "3:3 3:3")
        #expect(places(text, [.key("l"), .index(1), .key("sub"), .key("b")]) == "6:1 6:5")
        #expect(places(text, [.key("l"), .index(1), .key("deep"), .index(1), .key("c")]) == "10:1 10:5")
    }

    @Test func `finds what is inside arrays and inline tables`() {
        let text = "a = [1, # one\n  [2, 3],\n  {b = \"]\", c.d = 4},\n]\ne = {f = {g = [5]}}\n"
        #expect(places(text, [.key("a"), .index(0)]) == "1:6 1:6")
        #expect(places(text, [.key("a"), .index(1), .index(1)]) == "2:7 2:7")
        #expect(places(text, [.key("a"), .index(2), .key("b")]) == "3:4 3:8")
        #expect(places(text, [.key("a"), .index(2), .key("c"), .key("d")]) == "3:15 3:19")
        #expect(places(text, [.key("e"), .key("f"), .key("g"), .index(0)]) == "5:16 5:16")
    }

    @Test func `steps over strings of all kinds`() {
        let text = """
            a = \"""
            b = 1 \\\"""
            \"""\"
            c = '''
            d = 2 '''
            e = 'x # y' # z
            f = "g = \\"1\\""
            h = 3
            """
        #expect(places(text, [.key("b")]) == "none")
        #expect(places(text, [.key("c")]) == "4:1 4:5")
        #expect(places(text, [.key("d")]) == "none")
        #expect(places(text, [.key("e")]) == "6:1 6:5")
        #expect(places(text, [.key("g")]) == "none")
        #expect(places(text, [.key("h")]) == "8:1 8:5")
    }

    @Test func `counts characters, not bytes, and no byte order mark`() {
        #expect(places("\u{FEFF}a = 1\n", [.key("a")]) == "1:1 1:5")
        #expect(places("a = {\"é日\" = 1, b = 2}\n", [.key("a"), .key("b")]) == "1:16 1:20")
        #expect(places("a = 1\r\nb = 2\r\n", [.key("b")]) == "2:1 2:5")
    }

    @Test func `finds NUL escapes in basic strings only`() {
        let text = "a = \"x\\u0000\"\nb = '\\u0000'\nc = \"\\\\u0000\"\nd = \"\\U00000000\"\n\"\\u0000\" = 1\n"
        let lines = KeyLocator(Array(text.utf8)).nulEscapes.map(\.line)
        #expect(lines == [1, 4, 5])
    }

    /// It runs only over what toml++ accepts, but nothing may make it hang or trap.
    @Test func `ends on every prefix of a file and on noise`() {
        let text = Array("[a.\"b\"]\nc = [1, {d = '''x''', e = \"\\u00e9\"}]\n[[f]]\n'g'.h = \"\"\"i\"\"\"\n".utf8)
        for count in 0...text.count { _ = KeyLocator(Array(text[..<count])) }
        for skipped in 0..<text.count {
            var bytes = text
            bytes.remove(at: skipped)
            _ = KeyLocator(bytes)
            bytes.insert(UInt8(ascii: "]"), at: skipped)
            _ = KeyLocator(bytes)
        }
        for byte in UInt8.min...UInt8.max { _ = KeyLocator([byte, byte, byte, 0x3D, byte]) }
    }
}
