import Testing

@testable import ZzzHTTP

/// RFC 9112 section 7.1: the chunked transfer coding.
struct ChunkedDecoderTests {
    struct Good: Sendable, CustomTestStringConvertible {
        var text: String
        var data: String
        var trailers: [[String]] = []
        var rest = ""
        var testDescription: String { text.debugDescription }
    }

    struct Bad: Sendable, CustomTestStringConvertible {
        var text: String
        var reason: HTTPError.Reason
        var testDescription: String { text.debugDescription }
    }

    static let good: [Good] = [
        Good(text: "0\r\n\r\n", data: ""),
        Good(text: "5\r\nhello\r\n0\r\n\r\n", data: "hello"),
        Good(text: "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", data: "hello world"),
        Good(text: "a\r\n0123456789\r\n0\r\n\r\n", data: "0123456789"),
        Good(text: "A\r\n0123456789\r\n0\r\n\r\n", data: "0123456789"),
        Good(text: "0a\r\n0123456789\r\n000\r\n\r\n", data: "0123456789"),
        Good(text: "0000000000000001\r\nx\r\n0000000000000000\r\n\r\n", data: "x"),
        Good(text: "2\r\n\r\n\r\n0\r\n\r\n", data: "\r\n"),
        Good(text: "5\r\n0\r\n\r\n\r\n0\r\n\r\n", data: "0\r\n\r\n"),
        Good(text: "1\r\nx\r\n0\r\n\r\nGET /", data: "x", rest: "GET /"),
        // Section 7.1.1: extensions
        Good(text: "1;a\r\nx\r\n0;b=c\r\n\r\n", data: "x"),
        Good(text: "1;a=b;c;d=e\r\nx\r\n0\r\n\r\n", data: "x"),
        Good(text: "1 ; a = b ; c\r\nx\r\n0\r\n\r\n", data: "x"),
        Good(text: "1\t;\ta\t=\tb\r\nx\r\n0\r\n\r\n", data: "x"),
        Good(text: "1;a=\"b c\\\"d;\t\u{E9}\"\r\nx\r\n0\r\n\r\n", data: "x"),
        Good(text: "1;a=\"\";b=\"\" ;c\r\nx\r\n0\r\n\r\n", data: "x"),
        // Section 7.1.2: trailers
        Good(text: "0\r\nA: b\r\n\r\n", data: "", trailers: [["A", "b"]]),
        Good(
            text: "1\r\nx\r\n0\r\nDigest: \t abc \r\nX-T:\r\n\r\n", data: "x",
            trailers: [["Digest", "abc"], ["X-T", ""]]),
        Good(text: "0\r\nA: b\r\n\r\nrest", data: "", trailers: [["A", "b"]], rest: "rest"),
    ]

    static let bad: [Bad] = [
        // chunk-size = 1*HEXDIG
        Bad(text: "\r\n", reason: .invalidChunkSize),
        Bad(text: "x\r\n", reason: .invalidChunkSize),
        Bad(text: "-1\r\nx\r\n", reason: .invalidChunkSize),
        Bad(text: "+1\r\nx\r\n", reason: .invalidChunkSize),
        Bad(text: " 1\r\nx\r\n", reason: .invalidChunkSize),
        Bad(text: "0x1\r\nx\r\n", reason: .invalidChunkSize),
        Bad(text: "1_0\r\n", reason: .invalidChunkSize),
        Bad(text: "1g\r\n", reason: .invalidChunkSize),
        Bad(text: "1,1\r\nx\r\n", reason: .invalidChunkSize),
        Bad(text: ";a\r\n", reason: .invalidChunkSize),
        Bad(text: "\u{FF}\r\n", reason: .invalidChunkSize),
        Bad(text: "\0", reason: .invalidChunkSize),
        Bad(text: "1\0\r\n", reason: .invalidChunkSize),
        Bad(text: "00000000000000001\r\nx\r\n", reason: .chunkSizeTooLarge),
        Bad(text: "8000000000000000\r\n", reason: .chunkSizeTooLarge),
        Bad(text: "ffffffffffffffff\r\n", reason: .chunkSizeTooLarge),
        Bad(text: "10000000000000000\r\n", reason: .chunkSizeTooLarge),
        // CRLF, nothing less
        Bad(text: "\n", reason: .bareLineFeed),
        Bad(text: "1\nx\r\n0\r\n\r\n", reason: .bareLineFeed),
        Bad(text: "1\rx", reason: .bareCarriageReturn),
        Bad(text: "1\r\nx\n0\r\n\r\n", reason: .bareLineFeed),
        Bad(text: "1\r\nx\r0\r\n\r\n", reason: .bareCarriageReturn),
        Bad(text: "1\r\nxy\r\n0\r\n\r\n", reason: .chunkWithoutLineEnd),
        Bad(text: "1\r\nx0\r\n\r\n", reason: .chunkWithoutLineEnd),
        Bad(text: "2\r\nx\r\n0\r\n\r\n", reason: .bareLineFeed),
        Bad(text: "0\n\n", reason: .bareLineFeed),
        Bad(text: "0\r\n\n", reason: .bareLineFeed),
        Bad(text: "0\r\n\rx", reason: .bareCarriageReturn),
        // Section 7.1.1
        Bad(text: "1 \r\nx\r\n", reason: .invalidChunkExtension),
        Bad(text: "1 1\r\nx\r\n", reason: .invalidChunkExtension),
        Bad(text: "1;\r\nx\r\n", reason: .invalidChunkExtension),
        Bad(text: "1; \r\nx\r\n", reason: .invalidChunkExtension),
        Bad(text: "1;;a\r\nx\r\n", reason: .invalidChunkExtension),
        Bad(text: "1;a \r\nx\r\n", reason: .invalidChunkExtension),
        Bad(text: "1;a=\r\nx\r\n", reason: .invalidChunkExtension),
        Bad(text: "1;a= \r\nx\r\n", reason: .invalidChunkExtension),
        Bad(text: "1;a=b \r\nx\r\n", reason: .invalidChunkExtension),
        Bad(text: "1;a b\r\nx\r\n", reason: .invalidChunkExtension),
        Bad(text: "1;a=b c\r\nx\r\n", reason: .invalidChunkExtension),
        Bad(text: "1;a==b\r\nx\r\n", reason: .invalidChunkExtension),
        Bad(text: "1;=b\r\nx\r\n", reason: .invalidChunkExtension),
        Bad(text: "1;a=\"b\r\nx\r\n", reason: .invalidChunkExtension),
        Bad(text: "1;a=\"b\"c\r\nx\r\n", reason: .invalidChunkExtension),
        Bad(text: "1;a=\"b\\\r\n\"\r\nx\r\n", reason: .invalidChunkExtension),
        Bad(text: "1;a=\"\0\"\r\nx\r\n", reason: .invalidChunkExtension),
        Bad(text: "1;a\0\r\nx\r\n", reason: .invalidChunkExtension),
        Bad(text: "1;\u{E9}\r\nx\r\n", reason: .invalidChunkExtension),
        Bad(text: "1;a\nx\r\n", reason: .bareLineFeed),
        Bad(text: "1;a\rx", reason: .bareCarriageReturn),
        Bad(text: "1;a=\"b\n\"\r\n", reason: .bareLineFeed),
        // Section 7.1.2: the grammar of field lines, and what a trailer may be (RFC 9110 section 6.5.1)
        Bad(text: "0\r\n A: b\r\n\r\n", reason: .lineFolding),
        Bad(text: "0\r\nA: b\r\n c\r\n\r\n", reason: .lineFolding),
        Bad(text: "0\r\nA : b\r\n\r\n", reason: .whitespaceBeforeColon),
        Bad(text: "0\r\nA\r\n\r\n", reason: .missingColon),
        Bad(text: "0\r\n: b\r\n\r\n", reason: .emptyFieldName),
        Bad(text: "0\r\nA: b\n\r\n", reason: .bareLineFeed),
        Bad(text: "0\r\nA: \0\r\n\r\n", reason: .invalidFieldValue),
        Bad(text: "0\r\nContent-Length: 5\r\n\r\n", reason: .forbiddenTrailer),
        Bad(text: "0\r\ntransfer-encoding: chunked\r\n\r\n", reason: .forbiddenTrailer),
        Bad(text: "0\r\nHost: b\r\n\r\n", reason: .forbiddenTrailer),
        Bad(text: "0\r\nA: b\r\nConnection: close\r\n\r\n", reason: .forbiddenTrailer),
        Bad(text: "0\r\nAuthorization: x\r\n\r\n", reason: .forbiddenTrailer),
        Bad(text: "0\r\nCookie: x\r\n\r\n", reason: .forbiddenTrailer),
        Bad(text: "0\r\nContent-Encoding: gzip\r\n\r\n", reason: .forbiddenTrailer),
        Bad(text: "0\r\nTrailer: A\r\n\r\n", reason: .forbiddenTrailer),
        Bad(text: "0\r\nExpect: 100-continue\r\n\r\n", reason: .forbiddenTrailer),
    ]

    @Test(arguments: good) func decodes(_ body: Good) {
        let expected = ChunkedOutcome(
            data: body.data.latin1, trailers: body.trailers, ending: .end, rest: body.rest.latin1)
        #expect(decodeChunked(body.text.latin1) == expected)
    }

    @Test(arguments: bad) func refuses(_ body: Bad) {
        #expect(decodeChunked(body.text.latin1).ending == .failure(body.reason))
    }

    @Test(arguments: good.map(\.text) + bad.map(\.text)) func splitAtEveryByte(_ text: String) {
        let bytes = text.latin1
        let whole = decodeChunked(bytes).comparable
        for cut in 0..<bytes.count { #expect(decodeChunked(bytes, cutAt: [cut]).comparable == whole, "cut at \(cut)") }
        #expect(decodeChunked(bytes, cutAt: Array(0..<bytes.count)).comparable == whole)
    }

    @Test(arguments: good) func everyStrictPrefixOfAGoodBodyIsIncomplete(_ body: Good) {
        let bytes = body.text.latin1
        for count in 0..<bytes.count - body.rest.count {
            #expect(decodeChunked(Array(bytes[..<count])).ending == .incomplete)
        }
    }

    @Test func statusOfChunkedErrors() {
        for body in Self.bad { #expect(HTTPError(body.reason).status == 400) }
        #expect(HTTPError(.trailersTooLarge).status == 431)
        #expect(HTTPError(.tooManyTrailers).status == 431)
    }

    /// A size is a claim, not a reason to store or wait: data is handed out as it comes.
    @Test func hugeChunkHandsOutWhatHasCome() {
        var decoder = ChunkedDecoder()
        let bytes = "7fffffffffffffff\r\nabc".latin1
        bytes.withUnsafeBytes { buffer in
            #expect(decoder.decode(buffer) == .data(18..<21))
            #expect(decoder.decode(UnsafeRawBufferPointer(rebasing: buffer[21...])) == .needMore(consumed: 0))
        }
        #expect(!decoder.isAtEnd)
    }
}
