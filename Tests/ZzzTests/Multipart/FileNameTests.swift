import Testing

@testable import Zzz

/// The names of uploads can do no harm.
@Suite struct FileNameTests {
    @Test(arguments: [
        ("cat.png", "cat.png"), ("naïve 猫.png", "naïve 猫.png"), ("/etc/passwd", "passwd"), ("../../x", "x"),
        ("C:\\dir\\file.txt", "file.txt"), ("a/b\\c", "c"), ("a/", "file"), ("..", "file"), (".", "file"), ("", "file"),
        ("...", "file"), (".htaccess", "htaccess"), (" . x ", "x"), ("a\u{0}b", "ab"), ("a\r\nb", "ab"),
        ("evil\u{202E}gpj.exe", "evilgpj.exe"), ("\u{FEFF}x", "x"), ("a\u{2028}b", "ab"), ("\u{7F}", "file"),
        ("a:b;c\"d", "a:b;c\"d"),
    ])
    func isMadeHarmless(_ name: String, _ harmless: String) {
        #expect(FileName.harmless(name) == harmless)
    }

    @Test func isCutBeforeItsExtension() {
        let long = String(repeating: "é", count: 200)
        #expect(FileName.harmless(long + ".jpeg") == String(repeating: "é", count: 125) + ".jpeg")
        #expect(FileName.harmless(long).utf8.count == 254)
        let suffix = "." + String(repeating: "x", count: 300)
        #expect(FileName.harmless("a" + suffix).utf8.count == 255)
        for count in [254, 255, 256] {
            #expect(FileName.harmless(String(repeating: "a", count: count)).utf8.count == min(count, 255))
        }
    }
}
