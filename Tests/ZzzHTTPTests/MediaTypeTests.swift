import Testing

@testable import ZzzHTTP

struct MediaTypeTests {
    @Test(arguments: [
        ("html", "text/html; charset=utf-8"), ("HTML", "text/html; charset=utf-8"), ("htm", "text/html; charset=utf-8"),
        ("css", "text/css; charset=utf-8"), ("js", "text/javascript; charset=utf-8"),
        ("Mjs", "text/javascript; charset=utf-8"),
        ("json", "application/json"), ("svg", "image/svg+xml; charset=utf-8"), ("png", "image/png"),
        ("jpeg", "image/jpeg"), ("woff2", "font/woff2"), ("woff", "font/woff"), ("wasm", "application/wasm"),
        ("txt", "text/plain; charset=utf-8"), ("pdf", "application/pdf"), ("3g2", "video/3gpp2"),
        ("zst", "application/zstd"),
        ("ico", "image/vnd.microsoft.icon"), ("c", "text/x-c; charset=utf-8"), ("7z", "application/x-7z-compressed"),
        ("webmanifest", "application/manifest+json"),
    ])
    func known(_ fileExtension: String, _ type: String) {
        #expect(MediaType.forExtension(fileExtension) == type)
    }

    @Test(arguments: [
        "", "x", "htmlx", "htm ", " html", "html text", "text/html", "zzzz", "0", "\n", "html\n", "\u{FF}", "jso", "ÿ",
        "aaaaaaaaaaaaaaaaaaaaaaaa", ".html", "c ",
    ])
    func unknown(_ fileExtension: String) {
        #expect(MediaType.forExtension(fileExtension) == nil)
    }

    @Test(
        arguments: [
            ("index.html", "text/html; charset=utf-8"), ("/a.b/c.CSS", "text/css; charset=utf-8"),
            ("/a/b.tar.gz", "application/gzip"), ("/a.html/b", nil), (".html", nil), ("/a/.html", nil), ("html", nil),
            ("a.", nil), ("", nil), ("/", nil), (".", nil), ("..", nil), ("a.unknown", nil),
            ("/a/..js", "text/javascript; charset=utf-8"),
        ] as [(String, String?)])
    func paths(_ path: String, _ type: String?) {
        let found = path.latin1.withUnsafeBytes { bytes in
            MediaType.forPath(bytes).map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(found == type)
    }

    /// The search halves the table, so the table must ascend; and each line must be found by itself.
    @Test func tableIsSortedAndEachLineIsFound() {
        let lines = "\(MediaTypeTable.text)".split(separator: "\n").map { $0.split(separator: " ", maxSplits: 1) }
        #expect(lines.count > 100)
        for (line, next) in zip(lines, lines.dropFirst()) {
            #expect(Array(line[0].utf8).lexicographicallyPrecedes(Array(next[0].utf8)))
        }
        for line in lines {
            #expect(MediaType.forExtension(line[0]) == String(line[1]))
            #expect(line[1].contains("/"))
            #expect(!line[1].hasPrefix("text/") || line[1].hasSuffix("; charset=utf-8"))
        }
    }
}
