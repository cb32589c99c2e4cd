import Glibc
import Testing

/// clients/zzz.js in a browser, with a clock and a server that the tests play. The tests themselves are in Page.
@Suite struct ClientTests {
    @Test func whatThePageTests() throws {
        let page = try Browser.dump("/Tests/ClientTests/Page/index.html")
        let results = page.split(separator: "\n").filter { $0.contains("passed: ") || $0.contains("FAILED: ") }
        for result in results { #expect(!result.contains("FAILED: "), "\(result)") }
        // Fewer, and the page did not get to its end.
        #expect(results.count >= 23 && page.contains("\(results.count) tests have run"), "\(page)")
    }
}

/// Chromium without a window.
enum Browser {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    private static let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()

    /// The page at a path of the repository, as it is when its scripts have run.
    static func dump(_ path: String) throws -> String {
        var profile = Array("/tmp/zzz-browser-XXXXXX".utf8CString)
        guard mkdtemp(&profile) != nil else { throw Failure(description: "mkdtemp: \(errno)") }
        let directory = String(decoding: profile.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let command = """
            timeout 120 chromium --headless --no-sandbox --disable-gpu --allow-file-access-from-files \
            --user-data-dir='\(directory)' --dump-dom 'file://\(root)\(path)' 2>'\(directory)/log'; \
            code=$?; [ $code = 0 ] || tail -5 '\(directory)/log'; rm -rf '\(directory)'; exit $code
            """
        guard let output = popen(command, "r") else { throw Failure(description: "popen: \(errno)") }
        var text: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while case let count = fread(&piece, 1, piece.count, output), count > 0 { text += piece[..<count] }
        let status = pclose(output)
        let page = String(decoding: text, as: UTF8.self)
        guard status == 0 else { throw Failure(description: "chromium ended with \(status): \(page)") }
        return page
    }
}
