import Testing

@testable import ZzzRouter

/// Percent-decoding, what it must not change about the segments, and what never reaches a handler.
@Suite struct RouterDecodingTests {
    private let router: Router

    init() throws {
        router = try Router(.get, "/caf\u{E9}", "/u/:id", "/u/:id/x", "/f/*path", "/100%", "/v:n", "/%zz")
    }

    @Test(arguments: [
        ("/caf%C3%A9", Outcome.matched(0, [])),
        ("/caf%c3%a9", .matched(0, [])),
        ("/caf\u{E9}", .matched(0, [])),
        ("/%63af%C3%A9", .matched(0, [])),
        ("/u/a%20b", .matched(1, ["a b"])),
        ("/u/a%2Fb", .matched(1, ["a/b"])),
        ("/u/a%2fx", .matched(1, ["a/x"])),
        ("/u/a%2Fb/x", .matched(2, ["a/b"])),
        ("/u%2Fa", .notFound),
        ("/u/%2F", .matched(1, ["/"])),
        ("/u/%252F", .matched(1, ["%2F"])),
        ("/u/\u{1F600}", .matched(1, ["\u{1F600}"])),
        ("/u/%F0%9F%98%80", .matched(1, ["\u{1F600}"])),
        ("/u/%0A", .matched(1, ["\n"])),
        ("/f/a%2Fb/c", .matched(3, ["a/b/c"])),
        ("/100%25", .matched(4, [])),
        ("/%25zz", .matched(6, [])),
        ("/%2E%2E", .notFound),
    ])
    func decodes(_ path: String, _ expected: Outcome) {
        #expect(router.outcome(.get, path) == expected)
    }

    @Test(arguments: [
        "/u/%", "/u/%2", "/u/%2G", "/u/%G2", "/%zz", "/u/%+1", "/u/%00", "/nothing/%00", "/u/a\0b",
        "/u/%FF", "/u/%C3", "/u/%C3x", "/u/%80", "/u/%C0%AF", "/u/%E0%80%AF", "/u/%ED%A0%80", "/u/%F4%90%80%80",
        "/u/%F5%80%80%80", "/u/%C3%2F%A9", "/u/%E2%82", "/u/%F0%9F%98",
    ])
    func refusesWhatIsNotText(_ path: String) {
        #expect(router.outcome(.get, path) == .badPath)
    }

    @Test func refusesRawBytesThatAreNotText() {
        for bytes: [UInt8] in [
            [0xFF], [0xC3], [0x80], [0xC0, 0xAF], [0x41, 0xFF, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41],
        ] {
            #expect(router.outcome(.get, Array("/u/".utf8) + bytes) == .badPath)
        }
    }

    @Test(arguments: [
        "/u/..", "/u/.", "/u/%2E%2E", "/u/.%2e", "/u/%2E", "/u/..%2Fa", "/u/a%2F..", "/u/a%2F..%2Fb", "/u/a%2F.",
        "/u/../x", "/f/..", "/f/.", "/f/../a", "/f/a/../b", "/f/a/./b", "/f/a/..", "/f/a/.", "/f/a%2F..%2Fb",
        "/f/%2e%2E/a", "/f//a", "/f//", "/f/%2Fetc/passwd", "/v..", "/f/%2e",
    ])
    func refusesValuesThatLeaveADirectory(_ path: String) {
        #expect(router.outcome(.get, path) == .badPath)
    }

    @Test(arguments: [
        ("/u/...", Outcome.matched(1, ["..."])), ("/u/..a", .matched(1, ["..a"])), ("/u/a..", .matched(1, ["a.."])),
        ("/u/.a", .matched(1, [".a"])), ("/f/a..b/.c/...", .matched(3, ["a..b/.c/..."])),
        ("/u/%2F.a", .matched(1, ["/.a"])), ("/f/a%2F", .matched(3, ["a/"])),
    ])
    func allowsOtherDots(_ path: String, _ expected: Outcome) {
        #expect(router.outcome(.get, path) == expected)
    }

    /// Each odd byte at each place of a path, so that every lane of the word-wise scan is used.
    @Test func oddBytesAreSeenAtEveryPlace() {
        for length in 1...24 {
            for place in 0..<length {
                var value = [UInt8](repeating: UInt8(ascii: "a"), count: length)
                for byte: UInt8 in [0, 0x80, 0xFF, UInt8(ascii: "%")] {
                    value[place] = byte
                    #expect(router.outcome(.get, Array("/u/".utf8) + value) == .badPath)
                }
                value[place] = UInt8(ascii: "$")
                let text = String(decoding: value, as: UTF8.self)
                #expect(router.outcome(.get, "/u/" + text) == .matched(1, [text]))
            }
        }
    }

    @Test func plainPathsNeedNoScratch() throws {
        let params = UnsafeMutablePointer<RouteParameter>.allocate(capacity: 1)
        defer { params.deallocate() }
        Array("/u/42".utf8).withUnsafeBytes { path in
            let scratch = UnsafeMutableRawBufferPointer(start: nil, count: 0)
            let match = router.match(method: .get, path: path, scratch: scratch, params: params)
            #expect(match.kind == .matched)
            #expect(params[0].pointer == path.baseAddress.map { $0 + 3 })
        }
    }
}
