import Testing

@testable import ZzzRouter

@Suite struct RoutePatternTests {
    @Test(arguments: [
        ("/", []), ("/users", []), ("/users/", []), ("/users/:id", ["id"]), ("/:a/:b", ["a", "b"]),
        ("/a-:id.json", ["id"]), ("/files/*path", ["path"]), ("/:_x1/*rest", ["_x1", "rest"]), ("/caf\u{E9}/100%", []),
        ("/a\\:b", []), ("/\\*", []), ("/50%zz", []), ("/...", []), ("/.well-known", []), ("/.:x", ["x"]),
        ("/:id.", ["id"]), ("/\\%41", []),
    ])
    func accepts(_ text: String, _ names: [String]) throws {
        let pattern = try RoutePattern(text)
        #expect(pattern.parameterNames == names)
        #expect(pattern.text == text)
    }

    @Test(arguments: [
        ("", PatternError.Reason.missingLeadingSlash, 0), ("users", .missingLeadingSlash, 0),
        (":id", .missingLeadingSlash, 0),
        ("//", .emptySegment, 1), ("/a//b", .emptySegment, 3), ("/a//", .emptySegment, 3),
        ("/.", .dotSegment, 1), ("/a/../b", .dotSegment, 3),
        ("/:", .invalidParameterName, 2), ("/:1", .invalidParameterName, 2), ("/a/:-", .invalidParameterName, 4),
        ("/:\u{E9}", .invalidParameterName, 2), ("/*", .invalidParameterName, 2),
        ("/:id/:id", .duplicateParameterName("id"), 6), ("/:id/*id", .duplicateParameterName("id"), 6),
        ("/:a:b", .secondParameterInSegment, 3), ("/:a-:b", .secondParameterInSegment, 4),
        ("/a*b", .wildcardNotWholeSegment, 2), ("/:a*", .wildcardNotWholeSegment, 3),
        ("/*a.b", .wildcardNotWholeSegment, 3),
        ("/*a/b", .wildcardNotLast, 3), ("/*a/", .wildcardNotLast, 3),
        ("/\\a", .invalidEscape, 1), ("/a\\", .invalidEscape, 2), ("/\\/", .invalidEscape, 1),
        ("/a?b", .queryOrFragment, 2), ("/a#b", .queryOrFragment, 2),
        ("/caf%C3%A9", .percentEncoded, 4), ("/a\0b", .nulByte, 2),
    ])
    func refuses(_ text: String, _ reason: PatternError.Reason, _ offset: Int) {
        #expect(throws: PatternError(reason: reason, pattern: text, offset: offset)) { try RoutePattern(text) }
    }

    @Test func messageNamesPatternPlaceAndRemedy() {
        let error = #expect(throws: PatternError.self) { try RoutePattern("/a/:") }
        let message = error?.description ?? ""
        #expect(message.contains("\"/a/:\", byte 5"))
        #expect(message.contains("write \"\\:\" for a literal colon"))
    }

    @Test func byteLimit() throws {
        func pattern(_ count: Int) -> String { "/" + String(repeating: "a", count: count - 1) }
        let limit = RoutePattern.maximumByteCount
        #expect(try RoutePattern(pattern(limit - 1)).text.utf8.count == limit - 1)
        #expect(try RoutePattern(pattern(limit)).text.utf8.count == limit)
        let text = pattern(limit + 1)
        #expect(throws: PatternError(reason: .tooLong, pattern: text, offset: limit)) { try RoutePattern(text) }
    }

    @Test func segmentLimit() throws {
        let limit = RoutePattern.maximumSegmentCount
        for count in [limit - 1, limit] {
            #expect(try RoutePattern(String(repeating: "/a", count: count)).segments.count == count)
        }
        let text = String(repeating: "/a", count: limit + 1)
        #expect(throws: PatternError(reason: .tooManySegments, pattern: text, offset: 2 * limit)) {
            try RoutePattern(text)
        }
    }

    @Test func parameterLimit() throws {
        func pattern(_ count: Int) -> String { (0..<count).map { "/:p\($0)" }.joined() }
        let limit = RoutePattern.maximumParameterCount
        for count in [limit - 1, limit] {
            let router = try Router(.get, pattern(count))
            #expect(router.maximumParameterCount == count)
            let path = (0..<count).map { "/\($0)" }.joined()
            #expect(router.outcome(.get, path) == .matched(0, (0..<count).map { "\($0)" }))
        }
        let error = #expect(throws: PatternError.self) { try RoutePattern(pattern(limit + 1)) }
        #expect(error?.reason == .tooManyParameters)
        let wildcardError = #expect(throws: PatternError.self) { try RoutePattern(pattern(limit) + "/*rest") }
        #expect(wildcardError?.reason == .tooManyParameters)
    }
}
