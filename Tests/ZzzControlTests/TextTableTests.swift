import Testing
@testable import zzzctl

@Suite struct TextTableTests {
    @Test func `aligns columns`() {
        var table = TextTable(("NAME", .left), ("COUNT", .right), ("NOTE", .left))
        table.add("a", "1", "")
        table.add("longer", "12345678", "x y")
        table.add("é", "-", "z")
        #expect(
            table.text == """
                NAME       COUNT  NOTE
                a              1  -
                longer  12345678  x y
                é              -  z

                """)
    }

    @Test func `shows the titles of an empty table`() {
        let table = TextTable(("A", .left), ("B", .right))
        #expect(table.isEmpty)
        #expect(table.text == "A  B\n")
    }

    @Test func `lets no cell move the cursor`() {
        var table = TextTable(("A", .left))
        table.add("x\u{1B}[2J\ny\u{9B}\u{202E}\u{2028}")
        #expect(table.text == "A\nx\\u{1b}[2J\\u{a}y\\u{9b}\\u{202e}\\u{2028}\n")
    }

    @Test(arguments: [
        (0, "0s"), (59, "59s"), (60, "1m"), (3599, "59m 59s"), (3600, "1h"), (3661, "1h 1m"), (86_400, "1d"),
        (93_784, "1d 2h"),
    ])
    func `shows ages`(seconds: Int, text: String) {
        #expect(StatusText.age(seconds) == text)
    }
}
