import Testing

@testable import ZzzRouter

@Suite struct HostPatternTests {
    private func matches(_ pattern: HostPattern, _ authority: String) -> Bool {
        Array(authority.utf8).withUnsafeBytes(pattern.matches)
    }

    @Test(arguments: [
        ("example.com", "example.com", true), ("example.com", "EXAMPLE.com", true),
        ("Example.COM", "example.com", true),
        ("example.com", "example.com:8080", true), ("example.com", "example.com.", true),
        ("example.com", "example.com.:80", true), ("example.com", "example.com:", true),
        ("example.com", "example.org", false), ("example.com", "example.comx", false),
        ("example.com", "www.example.com", false), ("example.com", "", false), ("example.com", ":80", false),
        ("example.com", "example.com..", false), ("example.com", "example.co", false),
        ("example.com", "user@example.com", false), ("example.com", "example.com[", false),
        ("*.example.com", "a.example.com", true), ("*.example.com", "A.B.Example.com:1", true),
        ("*.example.com", "example.com", false), ("*.example.com", ".example.com", false),
        ("*.example.com", "aexample.com", false), ("*.example.com", "a.example.com.evil.org", false),
        ("[::1]", "[::1]", true), ("[::1]", "[::1]:80", true), ("[::1]", "[::1", false), ("[::1]", "[::2]", false),
        ("[::1]", "[::1]x", false), ("[2001:DB8::1]", "[2001:db8::1]:443", true), ("[::1]", "", false),
        ("192.0.2.1", "192.0.2.1:80", true), ("localhost", "LOCALHOST", true), ("a_b-c", "a_b-c", true),
    ])
    func table(_ pattern: String, _ authority: String, _ expected: Bool) throws {
        #expect(matches(try HostPattern(pattern), authority) == expected)
    }

    @Test(arguments: [
        ("", HostPattern.PatternError.empty), ("*.", .empty), ("*", .misplacedWildcard),
        ("a.*.com", .misplacedWildcard), ("*.*.com", .misplacedWildcard), ("*a.com", .misplacedWildcard),
        ("example.com:80", .invalidCharacter(at: 11)), ("http://x", .invalidCharacter(at: 4)),
        ("a b", .invalidCharacter(at: 1)), ("a..b", .invalidCharacter(at: 2)), (".a", .invalidCharacter(at: 0)),
        ("a.", .invalidCharacter(at: 1)), ("*.a.", .invalidCharacter(at: 3)), ("::1", .invalidCharacter(at: 0)),
        ("[::g]", .invalidCharacter(at: 3)), ("[]", .invalidCharacter(at: 0)),
        ("b\u{FC}cher.de", .invalidCharacter(at: 1)),
        (".", .empty),
    ])
    func refuses(_ pattern: String, _ error: HostPattern.PatternError) {
        #expect(throws: error) { try HostPattern(pattern) }
    }

    @Test func byteLimit() throws {
        let limit = HostPattern.maximumByteCount
        for count in [limit - 1, limit] {
            let name = String(repeating: "a", count: count)
            #expect(matches(try HostPattern(name), name))
        }
        #expect(throws: HostPattern.PatternError.tooLong) { try HostPattern(String(repeating: "a", count: limit + 1)) }
    }
}
