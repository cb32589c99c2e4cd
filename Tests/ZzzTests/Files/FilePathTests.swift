import Testing

@testable import Zzz

/// How a request's path becomes the path of a file below a directory.
@Suite struct FilePathTests {
    private func parse(_ raw: String, _ dotFiles: Static.DotFiles = .hidden) throws(FilePath.Failure) -> FilePath {
        var failure: FilePath.Failure?
        var path: FilePath?
        Array(raw.utf8).withUnsafeBytes { bytes in
            do throws(FilePath.Failure) { path = try FilePath(bytes, showing: dotFiles) } catch { failure = error }
        }
        if let failure { throw failure }
        return path!
    }

    @Test(arguments: [
        ("", "", false), ("/", "", true), ("/a", "a", false), ("/a/", "a", true),
        ("/css/app.css", "css/app.css", false),
        ("/a%20b", "a b", false), ("/%C3%A9", "é", false), ("/a%2Bb+c", "a+b+c", false), ("/a..b", "a..b", false),
        ("/...x", "...x", false), ("/%252e%252e", "%2e%2e", false), ("/a:b;c=d,e", "a:b;c=d,e", false),
        ("/~x", "~x", false),
    ])
    func isDecoded(_ raw: String, _ text: String, _ endsInSlash: Bool) throws {
        let path = try parse(raw, .shown)
        #expect(path.text == text)
        #expect(path.endsInSlash == endsInSlash)
    }

    @Test(arguments: [
        "/..", "/../x", "/a/../b", "/a/..", "/.", "/./a", "/a/./b", "/%2e%2e", "/%2e%2e/x", "/.%2e/x", "/%2E%2E%2Fx",
        "/..%2f..%2fetc%2fpasswd", "/a%2fb", "/a%2Fb", "/..%5c..%5cx", "/..\\x", "/a\\b", "/a%5Cb", "//", "//a",
        "/a//b",
        "/a//", "/%0a", "/a%0d%0ab", "/%7f", "/%1f", "/\u{1}", "/...%2f",
    ])
    func cannotLeadAnywhere(_ raw: String) {
        #expect(throws: FilePath.Failure.impossible) { try parse(raw, .shown) }
    }

    @Test(arguments: [
        "/%", "/%2", "/a%", "/%zz", "/%2g", "/%g2", "/%00", "/a%00.txt", "/%c0%ae%c0%ae/x", "/%c0%af", "/%e0%80%ae",
        "/%ff", "/%ed%a0%80", "/%f5%80%80%80", "/%u002e%u002e/",
    ])
    func isMalformed(_ raw: String) {
        #expect(throws: FilePath.Failure.malformed) { try parse(raw, .shown) }
    }

    @Test func dotFilesAreThereWhenTheyAreShown() throws {
        for raw in ["/.env", "/.git/config", "/a/.b", "/%2eenv", "/.well-known/x"] {
            #expect(throws: FilePath.Failure.impossible) { try parse(raw) }
            #expect(throws: Never.self) { try parse(raw, .shown) }
        }
        #expect(throws: Never.self) { try parse("/.well-known/x", .only([".well-known"])) }
        #expect(throws: FilePath.Failure.impossible) { try parse("/.env", .only([".well-known"])) }
        #expect(throws: FilePath.Failure.impossible) { try parse("/..", .only([".."])) }
    }

    @Test func aLongPathIsNotLookedUp() throws {
        let most = String(repeating: "a", count: FilePath.maximumBytes)
        #expect(try parse("/" + most).bytes.count == FilePath.maximumBytes)
        #expect(throws: FilePath.Failure.impossible) { try parse("/a" + most) }
        #expect(throws: FilePath.Failure.impossible) { try parse("/" + String(repeating: "%61", count: 100_000)) }
    }
}
