import Testing

@testable import ZzzHTTP

/// Every limit of `ParserLimits` at n - 1, n and n + 1, at once and byte by byte.
struct LimitsTests {
    /// The verdict, which must be the same when the bytes come one at a time.
    private func verdict(_ text: String, _ limits: ParserLimits) -> ParseResult {
        let bytes = text.latin1
        let whole = parse(bytes, limits: limits)
        #expect(parse(bytes, cutAt: Array(1..<bytes.count), limits: limits) == whole)
        return whole.result
    }

    private func requestLine(bytes: Int, prefix: String = "GET /", suffix: String = " HTTP/1.1") -> String {
        prefix + String(repeating: "x", count: bytes - prefix.utf8.count - suffix.utf8.count) + suffix
    }

    private func fieldLine(bytes: Int) -> String {
        "X: " + String(repeating: "y", count: bytes - 5) + "\r\n"
    }

    @Test(arguments: ["GET /", "GET http://a/", "GET http://", "GET /?", "OPTIONS /", ""])
    func requestLineBytes(prefix: String) {
        let limits = ParserLimits(requestLineBytes: 64)
        let suffix = prefix.isEmpty ? " / HTTP/1.1" : " HTTP/1.1"
        func result(_ count: Int) -> ParseResult {
            verdict(requestLine(bytes: count, prefix: prefix, suffix: suffix) + "\r\nHost: a\r\n\r\n", limits)
        }
        #expect(result(63) == .complete)
        #expect(result(64) == .complete)
        #expect(result(65) == .failure(HTTPError(.requestLineTooLong)))
        #expect(result(66) == .failure(HTTPError(.requestLineTooLong)))
        #expect(result(200) == .failure(HTTPError(.requestLineTooLong)))
    }

    @Test func requestLineBytesDoNotCountTheEmptyLineBefore() {
        let limits = ParserLimits(requestLineBytes: 64)
        #expect(verdict("\r\n" + requestLine(bytes: 64) + "\r\nHost: a\r\n\r\n", limits) == .complete)
        let over = verdict("\r\n" + requestLine(bytes: 65) + "\r\nHost: a\r\n\r\n", limits)
        #expect(over == .failure(HTTPError(.requestLineTooLong)))
    }

    @Test func requestLineBytesByDefault() {
        let standard = ParserLimits()
        #expect(parse((requestLine(bytes: 8191) + "\r\nHost: a\r\n\r\n").latin1).result == .complete)
        #expect(parse((requestLine(bytes: 8192) + "\r\nHost: a\r\n\r\n").latin1).result == .complete)
        let over = parse((requestLine(bytes: 8193) + "\r\nHost: a\r\n\r\n").latin1, limits: standard).result
        #expect(over == .failure(HTTPError(.requestLineTooLong)))
        #expect(HTTPError(.requestLineTooLong).status == 414)
    }

    /// The verdict does not wait for a line end that may never come.
    @Test func requestLineTooLongIsSeenWithoutItsEnd() {
        let limits = ParserLimits(requestLineBytes: 64)
        let endless = ("GET /" + String(repeating: "x", count: 61)).latin1
        #expect(parse(Array(endless[..<65]), limits: limits).result == .incomplete)
        #expect(parse(endless, limits: limits).result == .failure(HTTPError(.requestLineTooLong)))
    }

    @Test func headerBytes() {
        let limits = ParserLimits(headerBytes: 128)
        func result(_ count: Int) -> ParseResult {
            verdict("GET / HTTP/1.1\r\nHost: a\r\n" + fieldLine(bytes: count - 9) + "\r\n", limits)
        }
        #expect(result(127) == .complete)
        #expect(result(128) == .complete)
        #expect(result(129) == .failure(HTTPError(.headerTooLarge)))
        #expect(result(130) == .failure(HTTPError(.headerTooLarge)))
        #expect(result(400) == .failure(HTTPError(.headerTooLarge)))
    }

    @Test func headerBytesByDefault() {
        func result(_ count: Int) -> ParseResult {
            parse(("GET / HTTP/1.1\r\nHost: a\r\n" + fieldLine(bytes: count - 9) + "\r\n").latin1).result
        }
        #expect(result(16383) == .complete)
        #expect(result(16384) == .complete)
        #expect(result(16385) == .failure(HTTPError(.headerTooLarge)))
        #expect(HTTPError(.headerTooLarge).status == 431)
    }

    @Test func headerBytesCountNamesAndManyLines() {
        let limits = ParserLimits(headerBytes: 100)
        let lines = "Host: a\r\n" + String(repeating: "A: b\r\n", count: 15)  // 99 bytes
        #expect(verdict("GET / HTTP/1.1\r\n" + lines + "\r\n", limits) == .complete)
        let over = "GET / HTTP/1.1\r\n" + lines + "A: b\r\n\r\n"
        #expect(verdict(over, limits) == .failure(HTTPError(.headerTooLarge)))
        let endlessName = "GET / HTTP/1.1\r\n" + String(repeating: "n", count: 200)
        #expect(verdict(endlessName, limits) == .failure(HTTPError(.headerTooLarge)))
    }

    @Test func fieldCount() {
        func result(_ count: Int, _ limits: ParserLimits) -> ParseResult {
            let lines = String(repeating: "A: b\r\n", count: count - 1)
            return verdict("GET / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n", limits)
        }
        let small = ParserLimits(fieldCount: 3)
        #expect(result(2, small) == .complete)
        #expect(result(3, small) == .complete)
        #expect(result(4, small) == .failure(HTTPError(.tooManyFields)))
        #expect(result(9, small) == .failure(HTTPError(.tooManyFields)))
        let standard = ParserLimits()
        #expect(result(99, standard) == .complete)
        #expect(result(100, standard) == .complete)
        #expect(result(101, standard) == .failure(HTTPError(.tooManyFields)))
        #expect(HTTPError(.tooManyFields).status == 431)
    }

    @Test func noFieldsAllowed() {
        let none = ParserLimits(fieldCount: 0)
        #expect(verdict("GET / HTTP/1.0\r\n\r\n", none) == .complete)
        #expect(verdict("GET / HTTP/1.0\r\nA: b\r\n\r\n", none) == .failure(HTTPError(.tooManyFields)))
    }

    /// A name's length has 16 bits; a longer one cannot be described, whatever the byte limit is.
    @Test func fieldNameBytes() {
        let wide = ParserLimits(headerBytes: 1 << 20)
        func result(_ count: Int) -> ParseResult {
            parse(get(String(repeating: "n", count: count) + ": y\r\n").latin1, limits: wide).result
        }
        #expect(result(65534) == .complete)
        #expect(result(65535) == .complete)
        #expect(result(65536) == .failure(HTTPError(.headerTooLarge)))
    }
}
