import Testing

@testable import ZzzHTTP

/// Multipart bodies (RFC 2046 section 5.1.1).
@Suite struct MultipartTests {
    struct Part: Equatable {
        var fields: [String] = []
        var content: [UInt8] = []
        var isComplete = false
    }

    enum Outcome: Equatable {
        case parts([Part])
        case failure(MultipartError.Reason, at: UInt64)
    }

    /// Feeds the body in pieces that end at `cuts`, and at its end.
    static func parse(
        _ body: String, boundary: String = "B", limits: MultipartLimits = MultipartLimits(), cuts: [Int] = []
    ) throws -> Outcome {
        let bytes = Array(body.utf8)
        var parser = MultipartParser(boundary: try #require(MultipartBoundary(boundary)), limits: limits)
        var parts: [Part] = []
        do {
            var start = 0
            for end in cuts + [bytes.count] {
                // In an array of its own: a read outside of it is found by the address sanitizer.
                try Array(bytes[start..<end]).withUnsafeBytes { piece in
                    var rest = piece
                    while let event = try parser.next(&rest) {
                        switch event {
                        case .part:
                            let fields = parser.fields
                            parts.append(
                                Part(fields: fields.map { "\($0.name)=\(String(decoding: $0.value, as: UTF8.self))" }))
                        case .data(let data):
                            #expect(!data.isEmpty)
                            parts[parts.count - 1].content += data
                        case .partEnd: parts[parts.count - 1].isComplete = true
                        case .end: break
                        }
                    }
                    #expect(rest.isEmpty)
                }
                start = end
            }
            try parser.finish()
        } catch let error as MultipartError {
            return .failure(error.reason, at: error.offset)
        }
        return .parts(parts)
    }

    private static func part(_ content: String, _ fields: String...) -> Part {
        Part(fields: fields, content: Array(content.utf8), isComplete: true)
    }

    static let good: [(String, [Part])] = [
        ("--B--", []), ("--B--\r\n", []), ("preamble\r\n--B--\r\nepilogue", []), ("\r\n--B--", []),
        ("--B\r\n\r\nx\r\n--B--", [part("x")]), ("--B\r\nA: b\r\n\r\nx\r\n--B--\r\n", [part("x", "a=b")]),
        ("--B\r\nA: b\r\nC:d \r\n\r\n\r\n--B--", [part("", "a=b", "c=d")]),
        ("--B\r\n\r\n--B--", [part("")]), ("--B\r\nA: b\r\n\r\n--B\r\n\r\ny\r\n--B--", [part("", "a=b"), part("y")]),
        ("--B \t\r\n\r\nx\r\n--B\t\r\n\r\ny\r\n--B--  \r\n", [part("x"), part("y")]),
        ("--B\r\n\r\n\r\n\r\n--\r\n-\r\n--A\r\n--\r\n--B--", [part("\r\n\r\n--\r\n-\r\n--A\r\n--")]),
        ("--B\r\n\r\n\r\r\r\n\r\n--B--", [part("\r\r\r\n")]), ("--B\r\n\r\n\r\n--B--", [part("")]),
        ("--B\r\n\r\n--\r\n--B--", [part("--")]), ("--B\r\n\r\n-\r\n--B--", [part("-")]),
        ("--B\r\n\r\n--A\r\n--B--", [part("--A")]), ("--B\r\n\r\nx--B--\r\n--B--", [part("x--B--")]),
        ("--B\r\n\r\nx\n--B--\r\n--B--", [part("x\n--B--")]), ("--B\r\n\r\nx\r--B--\r\n--B--", [part("x\r--B--")]),
        ("a--B--\r\n--B\r\n\r\nx\r\n--B--\r\n--B\r\nthe epilogue", [part("x")]),
        ("--B\r\nA: \u{e9}\u{20AC}\r\n\r\n\u{e9}\r\n--B--", [part("\u{e9}", "a=\u{e9}\u{20AC}")]),
    ]

    @Test(arguments: good)
    func partsAreFound(_ body: String, _ parts: [Part]) throws {
        #expect(try Self.parse(body) == .parts(parts))
    }

    static let bad: [(String, MultipartError.Reason, UInt64)] = [
        ("", .noBoundary, 0), ("x", .noBoundary, 1), ("--A--", .noBoundary, 5), ("--", .noBoundary, 2),
        ("x--B--", .noBoundary, 6), ("-B--", .noBoundary, 4), ("\n--B--", .noBoundary, 6), ("--b--", .noBoundary, 5),
        ("--B", .unexpectedEnd, 3), ("--B-", .unexpectedEnd, 4), ("--B\r", .unexpectedEnd, 4),
        ("--B\r\n", .unexpectedEnd, 5), ("--B\r\nA: b", .unexpectedEnd, 9), ("--B\r\n\r\nx", .unexpectedEnd, 8),
        ("--B\r\n\r\nx\r\n--B", .unexpectedEnd, 13), ("--B\r\n\r\nx\r\n--B-", .unexpectedEnd, 14),
        ("--B\r\n\r\nx\r\n--B\r\n", .unexpectedEnd, 15),
        ("--Bx\r\n\r\nx\r\n--B--", .malformedBoundaryLine, 3), ("--B\n\nx\n--B--", .malformedBoundaryLine, 3),
        ("--B\rx", .malformedBoundaryLine, 4), ("--B-x", .malformedBoundaryLine, 4),
        ("--B \r\r\n", .malformedBoundaryLine, 5), ("--B -- ", .malformedBoundaryLine, 4),
        ("--B\r\n\r\nx\r\n--Bx\r\n--B--", .malformedBoundaryLine, 13),
        ("--B\r\nA\r\n\r\nx\r\n--B--", .header(.missingColon), 6),
        ("--B\r\nA: b\nC: d\r\n\r\nx\r\n--B--", .header(.bareLineFeed), 9),
        ("--B\r\nA: b\r\n c\r\n\r\nx\r\n--B--", .header(.lineFolding), 11),
        ("--B\r\n: b\r\n\r\nx\r\n--B--", .header(.emptyFieldName), 5),
        ("--B\r\nA : b\r\n\r\nx\r\n--B--", .header(.whitespaceBeforeColon), 6),
        ("--B\r\nA: \u{0}\r\n\r\nx\r\n--B--", .header(.invalidFieldValue), 8),
        ("--B\r\nA: b\rc\r\n\r\nx\r\n--B--", .header(.bareCarriageReturn), 9),
        ("--B\r\nÄ: b\r\n\r\nx\r\n--B--", .header(.invalidFieldName), 5),
    ]

    @Test(arguments: bad)
    func whatIsWrongIsToldWithItsPlace(_ body: String, _ reason: MultipartError.Reason, _ offset: UInt64) throws {
        #expect(try Self.parse(body) == .failure(reason, at: offset))
    }

    @Test func howABodyIsCutChangesNothing() throws {
        for (body, boundary) in Self.good.map({ ($0.0, "B") }) + Self.bad.map({ ($0.0, "B") }) + [
            ("--a--b\r\n\r\n\r\n--a--\r\n--a-\r\n--a--b--", "a--b"), ("-- \r\n--\r\n\r\nx\r\n----\r\n", "--"),
        ] {
            let whole = try Self.parse(body, boundary: boundary)
            let count = body.utf8.count
            #expect(try Self.parse(body, boundary: boundary, cuts: Array(0..<count)) == whole, "\(body)")
            for first in 0..<count {
                #expect(try Self.parse(body, boundary: boundary, cuts: [first]) == whole, "\(body) at \(first)")
                for second in first..<count where count < 24 {
                    #expect(try Self.parse(body, boundary: boundary, cuts: [first, second]) == whole, "\(body)")
                }
            }
        }
    }

    @Test func aLargePartComesInPieces() throws {
        let content = String(repeating: "line\r\n--", count: 10_000)
        let body = "--B\r\n\r\n\(content)\r\n--B--"
        for step in [1, 7, 1000, 65_536] {
            let cuts = Array(stride(from: 0, to: body.utf8.count, by: step))
            #expect(try Self.parse(body, cuts: cuts) == .parts([Self.part(content)]))
        }
    }

    @Test func aHeaderHasLimits() throws {
        let limits = MultipartLimits(headerBytes: 20, headerFieldCount: 2)
        for (header, isTaken) in [
            ("A: 3456789012345678\r\n", false), ("A: 345678901234567\r\n", true), ("A: 34567890123456\r\n", true),
            ("A: 1\r\nB: 2\r\n", true), ("A:\r\nB:\r\nC:\r\n", false),
        ] {
            let body = "--B\r\n\(header)\r\nx\r\n--B--"
            for cuts in [[], Array(0..<body.utf8.count)] {
                let outcome = try Self.parse(body, limits: limits, cuts: cuts)
                if case .parts = outcome { #expect(isTaken, "\(header)") } else { #expect(!isTaken, "\(header)") }
            }
        }
        #expect(MultipartError(.headerTooLarge, offset: 0).status == 413)
        #expect(MultipartError(.header(.tooManyFields), offset: 0).status == 413)
        #expect(MultipartError(.header(.lineFolding), offset: 0).status == 400)
        #expect(MultipartError(.unexpectedEnd, offset: 9).description.hasSuffix("(RFC 2046 5.1.1), at byte 9"))
    }

    @Test func theLengthOfABoundaryHasALimit() {
        #expect(MultipartBoundary("----WebKitFormBoundary7MA4YWxkTrZu0gW") != nil)
        #expect(MultipartBoundary(String(repeating: "a", count: 69) + "?") != nil)
        #expect(MultipartBoundary("a b") != nil)
        for text in ["", String(repeating: "a", count: 71), "a ", "a\"", "a;b", "a\r", "ä", "a*", "a\u{0}"] {
            #expect(MultipartBoundary(text) == nil, "\(text)")
        }
    }
}
