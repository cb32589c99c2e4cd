import Testing

@testable import ZzzHTTP

/// However the bytes are cut, and wherever the buffer moves between two calls, the result is that of the whole.
struct SplitTests {
    static let good =
        RequestLineTests.good + TargetTests.good + HostTests.good + FieldLineTests.good + FramingTests.good
        + ConnectionTests.good
    static let bad =
        RequestLineTests.bad + TargetTests.bad + HostTests.bad + FieldLineTests.bad + FramingTests.bad
        + ConnectionTests.bad

    @Test(arguments: good) func goodHead(_ head: GoodHead) {
        #expect(firstCutThatDiffers(head.text.latin1) == nil)
    }

    @Test(arguments: bad) func badHead(_ head: BadHead) {
        #expect(firstCutThatDiffers(head.text.latin1) == nil)
    }

    @Test(arguments: HostTests.valid + HostTests.invalid) func host(_ host: String) {
        #expect(firstCutThatDiffers("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n".latin1) == nil)
    }

    @Test(arguments: good) func everyStrictPrefixOfAGoodHeadIsIncomplete(_ head: GoodHead) {
        let bytes = head.text.latin1
        for count in 0..<bytes.count { #expect(parse(Array(bytes[..<count])).result == .incomplete) }
    }

    /// Three pieces at all pairs of cuts, for a head with everything in it.
    @Test func allPairsOfCuts() {
        let bytes = "\r\nPOST http://b:1/p?q HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nX:\t y \r\n\r\n".latin1
        let whole = parse(bytes)
        #expect(whole.result == .complete)
        for first in 1..<bytes.count - 1 {
            for second in first + 1..<bytes.count { #expect(parse(bytes, cutAt: [first, second]) == whole) }
        }
    }

    /// What has been read is not read again: bytes before `kept` may be overwritten once `cut` bytes have been seen.
    /// Only a token that has not ended is needed in full, and the value of a framing field until its line ends.
    @Test(arguments: [
        ("GET /pa", ""), ("GET /path?qu", ""), ("GET /path?query ", ""), ("GET /path?query HTTP/1", "HTTP/1"),
        ("GET /path?query HTTP/1.1\r\n", ""), ("GET /path?query HTTP/1.1\r\nHo", "Ho"),
        ("GET /path?query HTTP/1.1\r\nHost: a\r", "a\r"), ("GET /path?query HTTP/1.1\r\nHost: a\r\n", ""),
        ("GET /path?query HTTP/1.1\r\nHost: a\r\nX: a value th", ""),
        ("GET /path?query HTTP/1.1\r\nHost: a\r\nX: a value that goes on\r\n", ""),
        ("GET /path?query HTTP/1.1\r\nHost: a\r\nX: a value that goes on\r\n\r", "\r"),
    ])
    func bytesThatWereReadAreNotReadAgain(seen: String, needed: String) {
        let bytes = "GET /path?query HTTP/1.1\r\nHost: a\r\nX: a value that goes on\r\n\r\n".latin1
        let cut = seen.utf8.count
        var overwritten = bytes
        for index in 0..<cut - needed.utf8.count { overwritten[index] = 0 }
        var parser = RequestParser()
        var head = RequestHead()
        var fields = [HeaderField](repeating: HeaderField(), count: 4)
        let limits = ParserLimits(fieldCount: 4)
        let results = fields.withUnsafeMutableBufferPointer { fields in
            [Array(bytes[..<cut]), overwritten].map { piece in
                piece.withUnsafeBytes { parser.parse($0, limits: limits, head: &head, fields: fields.baseAddress!) }
            }
        }
        #expect(results == [.incomplete, .complete])
        #expect(head == parse(bytes).head)
        #expect(Array(fields[..<2]) == parse(bytes).fields)
    }

    @Test func resetForgetsEverything() {
        var parser = RequestParser()
        var head = RequestHead()
        var fields = [HeaderField](repeating: HeaderField(), count: 4)
        let limits = ParserLimits(fieldCount: 4)
        let first = "POST /x?y HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\n".latin1
        let second = "GET / HTTP/1.1\r\nHost: b\r\n\r\n".latin1
        fields.withUnsafeMutableBufferPointer { fields in
            for bytes in [first, second] {
                parser.reset()
                #expect(!parser.hasStarted)
                let result = bytes.withUnsafeBytes {
                    parser.parse($0, limits: limits, head: &head, fields: fields.baseAddress!)
                }
                #expect(result == .complete)
                #expect(parser.hasStarted)
            }
        }
        #expect(head == parse(second).head)
    }
}
