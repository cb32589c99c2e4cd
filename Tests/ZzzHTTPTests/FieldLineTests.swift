import Testing

@testable import ZzzHTTP

/// RFC 9112 section 5: field lines.
struct FieldLineTests {
    static let good: [GoodHead] = [
        GoodHead(get("X: y\r\n")),
        GoodHead(get("X:\r\n")),
        GoodHead(get("X:   \t \r\n")),
        GoodHead(get("X:y\r\nx: z\r\nX: y\r\n")),
        GoodHead(get("!#$%&'*+-.^_`|~09azAZ: y\r\n")),
        GoodHead(get("X: a\tb\tc\r\n")),
        GoodHead(get("X: caf\u{E9} \u{80}\u{FF}\r\n")),
        GoodHead(get("X: ::: \"quoted, text\" \\ <>{}\r\n")),
        GoodHead(get("X: 1234567\r\nX: 12345678\r\nX: 123456789\r\n")),
        GoodHead(get("A: b\r\nLonger-Name: with a value that is longer than eight bytes\tand a tab\r\n")),
    ]

    static let bad: [BadHead] = [
        // Section 2.2
        BadHead(get("X: y\nZ: z\r\n"), 400, .bareLineFeed),
        BadHead(get("X: y\rZ: z\r\n"), 400, .bareCarriageReturn),
        BadHead(get("X: y\r\r\n"), 400, .bareCarriageReturn),
        BadHead(get("X: y\r\n\n"), 400, .bareLineFeed),
        BadHead(get("X: y\r\n\rZ"), 400, .bareCarriageReturn),
        BadHead(get("X\n: y\r\n"), 400, .bareLineFeed),
        BadHead(get("X:\ny\r\n"), 400, .bareLineFeed),
        BadHead(get("X: \ry\r\n"), 400, .bareCarriageReturn),
        // Section 5.1: no whitespace before the colon, and a name.
        BadHead(get("X : y\r\n"), 400, .whitespaceBeforeColon),
        BadHead(get("X\t: y\r\n"), 400, .whitespaceBeforeColon),
        BadHead(get("Content-Length : 5\r\n"), 400, .whitespaceBeforeColon),
        BadHead(get(": y\r\n"), 400, .emptyFieldName),
        BadHead(get("X\r\n"), 400, .missingColon),
        BadHead(get("X y\r\n"), 400, .whitespaceBeforeColon),
        BadHead(get("X\0: y\r\n"), 400, .invalidFieldName),
        BadHead(get("\0: y\r\n"), 400, .invalidFieldName),
        BadHead(get("X(: y\r\n"), 400, .invalidFieldName),
        BadHead(get("(X: y\r\n"), 400, .invalidFieldName),
        BadHead(get("\"X\": y\r\n"), 400, .invalidFieldName),
        BadHead(get("X@Y: y\r\n"), 400, .invalidFieldName),
        BadHead(get("X/Y: y\r\n"), 400, .invalidFieldName),
        BadHead(get("X[]: y\r\n"), 400, .invalidFieldName),
        BadHead(get("X{}: y\r\n"), 400, .invalidFieldName),
        BadHead(get("caf\u{E9}: y\r\n"), 400, .invalidFieldName),
        BadHead(get("\u{7F}: y\r\n"), 400, .invalidFieldName),
        BadHead(get("X;: y\r\n"), 400, .invalidFieldName),
        // Section 5.2: obs-fold, and whitespace before the first field.
        BadHead(get("X: y\r\n z\r\n"), 400, .lineFolding),
        BadHead(get("X: y\r\n\tz\r\n"), 400, .lineFolding),
        BadHead("GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400, .lineFolding),
        BadHead("GET / HTTP/1.1\r\n\tHost: a\r\n\r\n", 400, .lineFolding),
        BadHead(get(" \r\n"), 400, .lineFolding),
        // RFC 9110 section 5.5: no control characters but HTAB.
        BadHead(get("X: a\0b\r\n"), 400, .invalidFieldValue),
        BadHead(get("X: \0\r\n"), 400, .invalidFieldValue),
        BadHead(get("X: a\u{01}\r\n"), 400, .invalidFieldValue),
        BadHead(get("X: a\u{08}\r\n"), 400, .invalidFieldValue),
        BadHead(get("X: a\u{0B}b\r\n"), 400, .invalidFieldValue),
        BadHead(get("X: a\u{0C}b\r\n"), 400, .invalidFieldValue),
        BadHead(get("X: a\u{1F}b\r\n"), 400, .invalidFieldValue),
        BadHead(get("X: a\u{7F}b\r\n"), 400, .invalidFieldValue),
        BadHead(get("X: a\u{1B}[31m\r\n"), 400, .invalidFieldValue),
        BadHead(get("X: 12345678901234567890\u{7F}\r\n"), 400, .invalidFieldValue),
    ]

    @Test(arguments: good) func parses(_ head: GoodHead) throws { try expectGood(head) }

    @Test(arguments: bad) func refuses(_ head: BadHead) { expectBad(head) }

    @Test func fieldsComeInOrderWithoutTheWhitespaceAroundTheirValues() throws {
        let bytes = get("A:1\r\nBb: \t2 2\t \r\nA:\r\nContent-Type:  text/html\r\n").latin1
        let outcome = parse(bytes)
        let found = outcome.fields.map { field in
            [
                text(bytes, field.nameOffset, field.nameLength), text(bytes, field.valueOffset, field.valueLength),
            ]
        }
        #expect(found == [["Host", "a"], ["A", "1"], ["Bb", "2 2"], ["A", ""], ["Content-Type", "text/html"]])
        #expect(outcome.fields.map(\.known) == [.host, .other, .other, .other, .contentType])
        bytes.withUnsafeBytes { buffer in
            let start = buffer.baseAddress!
            #expect(outcome.fields[2].name(in: start).elementsEqual("Bb".utf8))
            #expect(outcome.fields[2].value(in: start).elementsEqual("2 2".utf8))
        }
    }

    /// Every byte in every place of a name and of a value, against the grammar of RFC 9110 section 5.
    @Test func everyByteInNameAndValue() {
        let token = Set("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        for byte in UInt8.min...UInt8.max {
            let character = String(UnicodeScalar(byte))
            for pad in 0..<9 {
                let before = String(repeating: "x", count: pad)
                let inName = parse(get("\(before)\(character)x: y\r\n").latin1).result
                let nameIsGood = token.contains(byte) || (byte == 0x3A && pad > 0)
                #expect((inName == .complete) == nameIsGood, "byte \(byte) at \(pad) of a name")
                let inValue = parse(get("X: \(before)\(character)y\r\n").latin1).result
                let valueIsGood = byte == 0x09 || byte >= 0x20 && byte != 0x7F
                #expect((inValue == .complete) == valueIsGood, "byte \(byte) at \(pad) of a value")
            }
        }
    }

    @Test func bytesBehindTheHeadAreLeftAlone() throws {
        let first = get("X: y\r\n").latin1
        let outcome = parse(first + "\0\0 garbage".latin1)
        #expect(outcome.result == .complete)
        #expect(outcome.head?.length == first.count)
    }
}
