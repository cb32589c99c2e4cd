import Testing

@testable import ZzzHTTP

/// RFC 9112 section 6: where the body ends. The request smuggling rules.
struct FramingTests {
    private static func length(_ text: String, _ value: Int64) -> GoodHead {
        GoodHead(get("Content-Length: \(text)\r\n")).with { $0.contentLength = value }
    }

    static let good: [GoodHead] = [
        length("0", 0),
        length("5", 5),
        length("00005", 5),
        length(" 5 ", 5),
        length("9223372036854775807", .max),
        length("0000000000000000000000009223372036854775807", .max),
        GoodHead(get("content-length:5\r\n")).with { $0.contentLength = 5 },
        GoodHead(get("Transfer-Encoding: chunked\r\n")).with { $0.isChunked = true },
        GoodHead(get("TRANSFER-ENCODING:CHUNKED\r\n")).with { $0.isChunked = true },
        GoodHead(get("Transfer-Encoding: \t chunKed \r\n")).with { $0.isChunked = true },
        GoodHead(get("TE: trailers\r\n")),
        GoodHead("POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\n").with {
            $0.method = "POST"
            $0.minor = 0
            $0.isKeepAlive = false
            $0.authority = ""
            $0.contentLength = 5
        },
    ]

    private static func badLength(_ value: String) -> BadHead {
        BadHead(get("Content-Length: \(value)\r\n"), 400, .invalidContentLength)
    }

    private static func coding(_ value: String, _ status: UInt16, _ reason: HTTPError.Reason) -> BadHead {
        BadHead(get("Transfer-Encoding: \(value)\r\n"), status, reason)
    }

    static let bad: [BadHead] = [
        // Section 6.2 and RFC 9110 section 8.6: 1*DIGIT, once.
        badLength(""), badLength("+5"), badLength("-5"), badLength("5, 5"), badLength("5,5"), badLength("5 5"),
        badLength("0x5"), badLength("5a"), badLength("a5"), badLength("5."), badLength("5;"), badLength("\"5\""),
        badLength("\u{B2}"), badLength("1e3"), badLength("9223372036854775808"), badLength("18446744073709551616"),
        badLength("18446744073709551621"), badLength("99999999999999999999999999"), badLength("1_000"),
        BadHead(get("Content-Length: 5\r\nContent-Length: 5\r\n"), 400, .repeatedContentLength),
        BadHead(get("Content-Length: 5\r\nContent-Length: 6\r\n"), 400, .repeatedContentLength),
        BadHead(get("Content-Length: 0\r\ncontent-length: 0\r\n"), 400, .repeatedContentLength),
        BadHead(get("Content-Length: 5\r\nX: y\r\nContent-Length:\r\n"), 400, .repeatedContentLength),
        // Section 6.1: chunked alone, once, on 1.1.
        BadHead(get("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400, .repeatedTransferEncoding),
        BadHead(get("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n"), 400, .repeatedTransferEncoding),
        coding("gzip", 501, .unknownTransferCoding),
        coding("identity", 501, .unknownTransferCoding),
        coding("xchunked", 501, .unknownTransferCoding),
        coding("chunkedx", 501, .unknownTransferCoding),
        coding("gzip, chunked", 501, .unknownTransferCoding),
        coding("cow", 501, .unknownTransferCoding),
        coding("chunked, gzip", 400, .chunkedNotLast),
        coding("chunked, chunked", 400, .chunkedNotLast),
        coding("chunked, identity", 400, .chunkedNotLast),
        coding("gzip, chunked, br", 400, .chunkedNotLast),
        coding("", 400, .malformedTransferEncoding),
        coding(",", 400, .malformedTransferEncoding),
        coding(",chunked", 400, .malformedTransferEncoding),
        coding("chunked,", 400, .malformedTransferEncoding),
        coding("chunked;a=b", 400, .malformedTransferEncoding),
        coding("\"chunked\"", 400, .malformedTransferEncoding),
        coding("chunked chunked", 400, .malformedTransferEncoding),
        coding("ch\u{FC}nked", 400, .malformedTransferEncoding),
        coding("gzip;q=1, chunked", 400, .malformedTransferEncoding),
        BadHead("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400, .transferEncodingInHTTP10),
        BadHead("POST / HTTP/1.0\r\nTransfer-Encoding: gzip\r\n\r\n", 400, .transferEncodingInHTTP10),
        // Section 6.3: never both, in either order.
        BadHead(
            get("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400, .contentLengthWithTransferEncoding),
        BadHead(
            get("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400, .contentLengthWithTransferEncoding),
        BadHead(
            get("Transfer-Encoding: chunked\r\nX: y\r\ncontent-length: 0\r\n"), 400,
            .contentLengthWithTransferEncoding),
        // Names that only look alike are refused as names.
        BadHead(get("Transfer-Encoding\u{0B}: chunked\r\n"), 400, .invalidFieldName),
        BadHead(get("Transfer-Encoding : chunked\r\n"), 400, .whitespaceBeforeColon),
        BadHead(get("Transfer-Encoding\0: chunked\r\n"), 400, .invalidFieldName),
        BadHead(get("Transfer-Encoding: chunked\u{0B}\r\n"), 400, .invalidFieldValue),
        BadHead(get("Transfer-Encoding:\r\n chunked\r\n"), 400, .malformedTransferEncoding),
    ]

    @Test(arguments: good) func parses(_ head: GoodHead) throws { try expectGood(head) }

    @Test(arguments: bad) func refuses(_ head: BadHead) { expectBad(head) }

    /// "Content_Length" and the like are other fields, not ours.
    @Test func lookAlikeNamesAreOtherFields() throws {
        for name in ["Content_Length", "Content-Lengths", "Content-Lengt", "Transfer_Encoding", "TransferEncoding"] {
            let head = try #require(parse(get("\(name): x\r\n").latin1).head)
            #expect(head.contentLength == -1)
            #expect(!head.isChunked)
        }
    }

    /// Every byte in every place of the two names: only the letters' other case makes the same field, and what is no
    /// token character is refused.
    @Test(arguments: ["content-length", "transfer-encoding"]) func nameByOneOtherByte(_ name: String) throws {
        let token = Set("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        let value = name == "content-length" ? "5" : "chunked"
        for (place, original) in name.utf8.enumerated() {
            for byte in UInt8.min...UInt8.max {
                var bytes = "GET / HTTP/1.1\r\nHost: a\r\n\(name): \(value)\r\n\r\n".latin1
                bytes[25 + place] = byte
                let outcome = parse(bytes)
                #expect((outcome.result == .complete) == (token.contains(byte) || byte == 0x3A && place > 0))
                guard let head = outcome.head else { continue }
                let isSame = byte == original || (original >= 0x61 && byte == original - 0x20)
                #expect((head.isChunked || head.contentLength == 5) == isSame, "byte \(byte) at \(place)")
            }
        }
    }

    @Test func hasBody() throws {
        #expect(try #require(parse(get("").latin1).head).hasBody == false)
        #expect(try #require(parse(get("Content-Length: 0\r\n").latin1).head).hasBody == false)
        #expect(try #require(parse(get("Content-Length: 1\r\n").latin1).head).hasBody)
        #expect(try #require(parse(get("Transfer-Encoding: chunked\r\n").latin1).head).hasBody)
    }
}
