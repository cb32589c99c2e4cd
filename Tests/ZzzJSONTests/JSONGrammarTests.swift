import Testing
import ZzzJSON

/// What is JSON and what is not, in the spirit of JSONTestSuite. Expected values are written back without white space.
@Suite struct JSONGrammarTests {
    static let accepted: [(String, String)] = [
        ("null", "null"), ("true", "true"), ("false", "false"), (" null\t\r\n", "null"),
        ("0", "0"), ("-0", "-0.0"), ("1", "1"), ("-1", "-1"), ("10", "10"),
        ("123456789012345678", "123456789012345678"),
        ("9223372036854775807", "9223372036854775807"), ("-9223372036854775808", "-9223372036854775808"),
        ("9223372036854775808", "9.223372036854776e+18"), ("-9223372036854775809", "-9.223372036854776e+18"),
        ("0.5", "0.5"), ("-0.5", "-0.5"), ("1.0", "1.0"), ("1e2", "100.0"), ("1E2", "100.0"), ("1e+2", "100.0"),
        ("1e-2", "0.01"), ("0e0", "0.0"), ("0e+1", "0.0"), ("1.5e300", "1.5e+300"), ("123.456e78", "1.23456e+80"),
        ("1e-400", "0.0"), ("-1e-400", "-0.0"), ("0.1e1", "1.0"), ("20e1", "200.0"),
        ("1.7976931348623157e308", "1.7976931348623157e+308"), ("5e-324", "5e-324"),
        (#""""#, #""""#), (#""a""#, #""a""#), (#""\"\\\/\b\f\n\r\t""#, #""\"\\/\b\f\n\r\t""#), (#""\u0041""#, #""A""#),
        (#""\u00e9""#, "\"\u{E9}\""), (#""\u20AC""#, "\"\u{20AC}\""), (#""\uD83D\uDE00""#, "\"\u{1F600}\""),
        (#""\ud800\udc00""#, "\"\u{10000}\""), (#""\uDBFF\uDFFF""#, "\"\u{10FFFF}\""), (#""\u0000""#, #""\u0000""#),
        (#""\u001f""#, #""\u001f""#), (#""\uFFFF""#, "\"\u{FFFF}\""), (#""\u2028\u2029""#, "\"\u{2028}\u{2029}\""),
        ("\"\u{7F}\"", "\"\u{7F}\""), ("\"\u{20AC}\u{1F600}\"", "\"\u{20AC}\u{1F600}\""),
        (#""\\u0041""#, #""\\u0041""#),
        (#""\\n""#, #""\\n""#), (#""a/b""#, #""a/b""#), (#""\u0022""#, #""\"""#), (#""\u005C""#, #""\\""#),
        ("[]", "[]"), ("[ ]", "[]"), ("[1]", "[1]"), ("[1,2]", "[1,2]"), (" [ 1 , 2 ] ", "[1,2]"), ("[[]]", "[[]]"),
        ("[[],[]]", "[[],[]]"), ("[null,true,\"x\",{}]", "[null,true,\"x\",{}]"), ("[1\n,1]", "[1,1]"),
        ("{}", "{}"), ("{ }", "{}"), (#"{"a":1}"#, #"{"a":1}"#), (#"{"":0}"#, #"{"":0}"#),
        (#"{ "a" : 1 }"#, #"{"a":1}"#),
        (#"{"b":1,"a":2}"#, #"{"b":1,"a":2}"#), (#"{"a":{"a":{}}}"#, #"{"a":{"a":{}}}"#),
        (#"{"\u0061b":1}"#, #"{"ab":1}"#),
        (#"{"a":[{"b":[]}],"c":{}}"#, #"{"a":[{"b":[]}],"c":{}}"#), ("{\"\u{E9}\":1}", "{\"\u{E9}\":1}"),
        (#"{"a":1,"A":2}"#, #"{"a":1,"A":2}"#),
    ]

    @Test(arguments: accepted)
    func accepts(_ text: String, _ written: String) throws {
        #expect(try JSONValue(parsing: text).serializedString() == written)
    }

    static let refused: [(String, JSONError.Reason, Int)] = [
        ("", .unexpectedEnd, 0), (" ", .unexpectedEnd, 1), ("\u{FEFF}1", .byteOrderMark, 0),
        ("nul", .unexpectedEnd, 3), ("nulL", unexpected("L", "\"null\""), 3), ("truE", unexpected("E", "\"true\""), 3),
        ("True", unexpected("T", "a value"), 0), ("NaN", unexpected("N", "a value"), 0),
        ("Infinity", unexpected("I", "a value"), 0), ("undefined", unexpected("u", "a value"), 0),
        ("'a'", unexpected("'", "a value"), 0), ("\u{C}1", .unexpectedByte(0x0C, expected: "a value"), 0),
        ("\u{A0}1", .unexpectedByte(0xC2, expected: "a value"), 0), ("\01", .unexpectedByte(0, expected: "a value"), 0),
        ("// x\n1", unexpected("/", "a value"), 0), ("1 2", .trailingText, 2), ("1,", .trailingText, 1),
        ("[]]", .trailingText, 2), ("{}}", .trailingText, 2), ("null\0", .trailingText, 4),
        ("truefalse", .trailingText, 4),
        ("+1", unexpected("+", "a value"), 0), (".5", unexpected(".", "a value"), 0), ("-", .unexpectedEnd, 1),
        ("--1", .invalidNumber, 0), ("-a", .invalidNumber, 0), ("01", .invalidNumber, 0), ("-01", .invalidNumber, 0),
        ("00", .invalidNumber, 0), ("-Infinity", .invalidNumber, 0), ("1.", .unexpectedEnd, 2),
        ("1.a", .invalidNumber, 0),
        ("1.e1", .invalidNumber, 0), ("1e", .unexpectedEnd, 2), ("1e+", .unexpectedEnd, 3), ("1ea", .invalidNumber, 0),
        ("1e1.5", .trailingText, 3), ("0x10", .trailingText, 1), ("1_000", .trailingText, 1),
        ("1.2.3", .trailingText, 3),
        ("[-]", .invalidNumber, 1), ("[1e]", .invalidNumber, 1), ("1e400", .numberOutOfRange, 0),
        ("[-1e999]", .numberOutOfRange, 1),
        ("\"", .unexpectedEnd, 1), ("\"a", .unexpectedEnd, 2), (#""\"#, .unexpectedEnd, 2),
        (#""\""#, .unexpectedEnd, 3),
        ("\"\n\"", .controlCharacter(0x0A), 1), ("\"a\tb\"", .controlCharacter(0x09), 2),
        ("\"\0\"", .controlCharacter(0), 1),
        ("\"12345678\u{1F}\"", .controlCharacter(0x1F), 9),
        (#""\a""#, .invalidEscape, 1), (#""\x41""#, .invalidEscape, 1), (#""\'""#, .invalidEscape, 1),
        (#""\U0041""#, .invalidEscape, 1), (#""\u""#, .invalidEscape, 1), (#""\u12""#, .invalidEscape, 1),
        (#""\u00G0""#, .invalidEscape, 1), (#""\u+123""#, .invalidEscape, 1), (#""\u123"#, .unexpectedEnd, 6),
        (#""\uD800""#, .loneSurrogate, 1), (#""\uDC00""#, .loneSurrogate, 1), (#""\uDBFFx""#, .loneSurrogate, 1),
        (#""\uD800\n""#, .loneSurrogate, 1), (#""\uD800\uD800""#, .loneSurrogate, 1),
        (#""\uD800\u0041""#, .loneSurrogate, 1),
        (#""\uDE00\uD83D""#, .loneSurrogate, 1), (#""\uD800\u1""#, .invalidEscape, 7),
        ("[", .unexpectedEnd, 1), ("[1", .unexpectedEnd, 2), ("[1,", .unexpectedEnd, 3),
        ("[,1]", unexpected(",", "a value"), 1),
        ("[1,]", unexpected("]", "a value"), 3), ("[1,,2]", unexpected(",", "a value"), 3),
        ("[1 2]", unexpected("2", "\",\" or \"]\""), 3), ("[1:2]", unexpected(":", "\",\" or \"]\""), 2),
        ("[}", unexpected("}", "a value"), 1), ("[1}", unexpected("}", "\",\" or \"]\""), 2),
        ("{", .unexpectedEnd, 1), ("{1:2}", unexpected("1", "a name in quotes"), 1),
        ("{a:1}", unexpected("a", "a name in quotes"), 1),
        (#"{"a"}"#, unexpected("}", "\":\""), 4), (#"{"a" 1}"#, unexpected("1", "\":\""), 5),
        (#"{"a":}"#, unexpected("}", "a value"), 5),
        (#"{"a":1,}"#, unexpected("}", "a name in quotes"), 7), (#"{,"a":1}"#, unexpected(",", "a name in quotes"), 1),
        (#"{"a":1 "b":2}"#, unexpected("\"", "\",\" or \"}\""), 7), (#"{"a":1]"#, unexpected("]", "\",\" or \"}\""), 6),
        (#"{"a":1"#, .unexpectedEnd, 6), (#"{"a":"#, .unexpectedEnd, 5), (#"{"a""#, .unexpectedEnd, 4),
        (#"{"a":1,"a":2}"#, .duplicateKey("a"), 7), (#"{"a":1,"b":2,"\u0061":3}"#, .duplicateKey("a"), 13),
        (#"[{"x":{"k":1,"k":1}}]"#, .duplicateKey("k"), 13),
        ("{\"e\u{301}\":1,\"\u{E9}\":2}", .duplicateKey("\u{E9}"), 9),
        (#"{"1":0,"2":0,"3":0,"4":0,"5":0,"6":0,"7":0,"8":0,"9":0,"1":0}"#, .duplicateKey("1"), 55),
    ]

    private static func unexpected(_ found: Unicode.Scalar, _ expected: String) -> JSONError.Reason {
        .unexpectedByte(UInt8(ascii: found), expected: expected)
    }

    @Test(arguments: refused)
    func refuses(_ text: String, _ reason: JSONError.Reason, _ offset: Int) {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
        #expect(error?.reason == reason)
        #expect(error?.offset == offset)
    }

    @Test(
        arguments: [
            [0xFF], [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xC3, 0x28], [0xE0, 0x80, 0x80], [0xE2, 0x82],
            [0xE2, 0x28, 0xA1],
            [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x9F, 0x98],
            [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xE2, 0x82, 0x28],
        ] as [[UInt8]])
    func refusesWhatIsNotUTF8(_ bytes: [UInt8]) {
        let quote = [UInt8(ascii: "\"")]
        for padding in [0, 1, 7, 8] {
            let text = quote + [UInt8](repeating: UInt8(ascii: "a"), count: padding) + bytes + quote
            let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
            #expect(error?.reason == .invalidUTF8)
            #expect(error?.offset == 1 + padding)
        }
        #expect(throws: JSONError.self) { try JSONValue(parsing: bytes) }
        #expect(throws: JSONError.self) { try JSONValue(parsing: quote + bytes) }
    }

    /// What RFC 8259 leaves to the reader, as JSONTestSuite lists it: nil is refused.
    static let undecided: [(String, String?)] = [
        ("[123.456e-789]", "[0.0]"), ("[0.4e00669999999999999999999999999999999999999999999999969999999006]", nil),
        ("[-1e+9999]", nil), ("[1.5e+9999]", nil), ("[-123123e100000]", nil), ("[123123e100000]", nil),
        ("[123e-10000000]", "[0.0]"), ("[-123123123123123123123123123123]", "[-1.2312312312312312e+29]"),
        ("[100000000000000000000]", "[1e+20]"),
        ("[-237462374673276894279832749832423479823246327846]", "[-2.374623746732769e+47]"),
        (#"{"\uDFAA":0}"#, nil), (#"["\uDADA"]"#, nil), (#"["\uD888\u1234"]"#, nil), (#"["\uD800\n"]"#, nil),
        (#"["\uDd1ea"]"#, nil), (#"["\uD800\uD800\n"]"#, nil), (#"["\ud800"]"#, nil), (#"["\ud800abc"]"#, nil),
        (#"["\uDd1e\uD834"]"#, nil), (#"["\uDFAA"]"#, nil), ("\u{FEFF}{}", nil),
        (String(repeating: "[", count: 500) + String(repeating: "]", count: 500),
            String(repeating: "[", count: 500) + String(repeating: "]", count: 500)),
        (#"{"a":"b","a":"c"}"#, nil), (#"{"a":"b","a":"b"}"#, nil), (#"{"a":0, "a":-0}"#, nil),
        (#"["\u0012"]"#, #"["\u0012"]"#), (#"["\uFFFE"]"#, "[\"\u{FFFE}\"]"),
        ("[\"\u{2028}\"]", "[\"\u{2028}\"]"),
        ("[-0]", "[-0.0]"), ("[1E22]", "[1e+22]"), ("[0e+1]", "[0.0]"), ("[20e1]", "[200.0]"),
    ]

    @Test(arguments: undecided)
    func decides(_ text: String, _ written: String?) {
        #expect((try? JSONValue(parsing: text).serializedString()) == written)
    }

    @Test(arguments: [
        [0xFF, 0xFE, 0x5B, 0x00, 0x22, 0x00, 0xE9, 0x00, 0x22, 0x00, 0x5D, 0x00],
        [0x00, 0x5B, 0x00, 0x22, 0x00, 0x5D],
        [0x5B, 0x00, 0x22, 0x00, 0x5D, 0x00], [0x5B, 0x22, 0xC0, 0xAF, 0x22, 0x5D],
        [0x5B, 0x22, 0xFC, 0x80, 0x80, 0x80, 0x80, 0x80, 0x22, 0x5D],
        [0x5B, 0x22, 0xE6, 0x97, 0xA5, 0xD1, 0x88, 0xFA, 0x22, 0x5D],
        [0x5B, 0x22, 0x81, 0x22, 0x5D], [0x5B, 0x22, 0xE9, 0x22, 0x5D],
    ] as [[UInt8]])
    func otherEncodingsAreRefused(_ text: [UInt8]) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
    }

    @Test func everyTruncationIsRefused() {
        let text = Array(
            #" {"a":[1,-2.5e3,"x\u00e9\ud83d\ude00",true,false,null,{}],"b":{"c":"long enough for words"}}"#.utf8)
        for count in 0..<text.count {
            #expect(throws: JSONError.self, "\(count) bytes") { try JSONValue(parsing: Array(text[..<count])) }
        }
        #expect(throws: Never.self) { try JSONValue(parsing: text) }
    }

    @Test func errorsSayWhere() {
        let text = "{\n  \"na\u{EF}ve\": [\n    1,\n    \"\u{20AC}\u{20AC}\", x\n  ]\n}"
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
        #expect(error?.line == 4)
        #expect(error?.column == 11)
        #expect(error?.description == "line 4, column 11: expected a value, found \"x\"")
        let control = #expect(throws: JSONError.self) { try JSONValue(parsing: "\"\u{1}\"") }
        #expect(control?.description == "line 1, column 2: byte 0x01 has to be escaped in a string")
    }

    @Test func depthLimit() throws {
        func text(_ depth: Int, _ open: String, _ close: String) -> String {
            String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
        }
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            for limit in [1, 3, 512] {
                let limits = JSONLimits(maximumDepth: limit)
                for depth in [limit - 1, limit] {
                    let value = try JSONValue(parsing: text(depth, open, close), limits: limits)
                    #expect(try value.serializedString() == text(depth, open, close))
                }
                let error = #expect(throws: JSONError.self) {
                    try JSONValue(parsing: text(limit + 1, open, close), limits: limits)
                }
                #expect(error?.reason == .tooDeep(limit: limit))
            }
        }
        // The limit is on what is open at once, not on how much there is.
        let flat = "[" + String(repeating: "[[]],", count: 2000) + "[]]"
        #expect(throws: Never.self) { try JSONValue(parsing: flat, limits: JSONLimits(maximumDepth: 3)) }
        #expect(JSONLimits().maximumDepth == 512)
        let million = String(repeating: "[", count: 1_000_000)
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: million) }
        #expect(error?.offset == 512)
    }

    @Test func byteLimit() throws {
        let text = "[1,2,3]"
        let count = text.utf8.count
        for limit in [count, count + 1] {
            #expect(throws: Never.self) { try JSONValue(parsing: text, limits: JSONLimits(maximumByteCount: limit)) }
        }
        let error = #expect(throws: JSONError.self) {
            try JSONValue(parsing: text, limits: JSONLimits(maximumByteCount: count - 1))
        }
        #expect(error?.reason == .tooLong(limit: count - 1))
        #expect(error?.description == "longer than \(count - 1) bytes")
        #expect(JSONLimits(maximumByteCount: .max).maximumByteCount == JSONLimits.largestByteCount)
    }
}
