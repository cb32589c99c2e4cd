import Testing

@testable import ZzzHTTP

/// Every limit of `ChunkedLimits` and of the chunk size at n - 1, n and n + 1, at once and byte by byte.
struct ChunkedLimitsTests {
    private func ending(_ text: String, _ limits: ChunkedLimits = ChunkedLimits()) -> ChunkedOutcome.Ending {
        let bytes = text.latin1
        let whole = decodeChunked(bytes, limits: limits)
        #expect(decodeChunked(bytes, cutAt: Array(0..<bytes.count), limits: limits).ending == whole.ending)
        return whole.ending
    }

    /// Extensions of this many bytes, ";" included.
    private func chunk(extensionBytes: Int) -> String {
        "1;" + String(repeating: "e", count: extensionBytes - 1) + "\r\nx\r\n"
    }

    @Test func extensionBytesPerChunk() {
        #expect(ending(chunk(extensionBytes: 255) + "0\r\n\r\n") == .end)
        #expect(ending(chunk(extensionBytes: 256) + "0\r\n\r\n") == .end)
        #expect(ending(chunk(extensionBytes: 257) + "0\r\n\r\n") == .failure(.chunkExtensionTooLong))
        let small = ChunkedLimits(extensionBytesPerChunk: 3)
        #expect(ending("1;ab\r\nx\r\n1;ab\r\nx\r\n0;ab\r\n\r\n", small) == .end)
        #expect(ending("1;ab\r\nx\r\n0;abc\r\n\r\n", small) == .failure(.chunkExtensionTooLong))
        #expect(ending("1 ;ab\r\nx\r\n0\r\n\r\n", small) == .failure(.chunkExtensionTooLong))
    }

    @Test func extensionBytesPerBody() {
        let limits = ChunkedLimits(extensionBytesPerBody: 40)
        func result(_ last: Int) -> ChunkedOutcome.Ending {
            let chunks = String(repeating: chunk(extensionBytes: 10), count: 3)
            return ending(chunks + chunk(extensionBytes: last) + "0\r\n\r\n", limits)
        }
        #expect(result(9) == .end)
        #expect(result(10) == .end)
        #expect(result(11) == .failure(.chunkExtensionTooLong))
    }

    @Test func extensionBytesPerBodyByDefault() {
        let chunks = String(repeating: chunk(extensionBytes: 256), count: 31)
        #expect(ending(chunks + chunk(extensionBytes: 255) + "0\r\n\r\n") == .end)
        #expect(ending(chunks + chunk(extensionBytes: 256) + "0\r\n\r\n") == .end)
        #expect(ending(chunks + chunk(extensionBytes: 256) + "0;\r\n\r\n") == .failure(.chunkExtensionTooLong))
    }

    @Test func trailerBytes() {
        let limits = ChunkedLimits(trailerBytes: 40)
        func result(_ bytes: Int) -> ChunkedOutcome.Ending {
            ending("0\r\nA: b\r\nC: " + String(repeating: "d", count: bytes - 11) + "\r\n\r\n", limits)
        }
        #expect(result(39) == .end)
        #expect(result(40) == .end)
        #expect(result(41) == .failure(.trailersTooLarge))
        #expect(result(42) == .failure(.trailersTooLarge))
        #expect(result(43) == .failure(.trailersTooLarge))
        #expect(result(90) == .failure(.trailersTooLarge))
    }

    @Test func trailerBytesByDefault() {
        func result(_ bytes: Int) -> ChunkedOutcome.Ending {
            decodeChunked(("0\r\nC: " + String(repeating: "d", count: bytes - 5) + "\r\n\r\n").latin1).ending
        }
        #expect(result(8191) == .end)
        #expect(result(8192) == .end)
        #expect(result(8193) == .failure(.trailersTooLarge))
    }

    @Test func trailerCount() {
        func result(_ count: Int, _ limits: ChunkedLimits = ChunkedLimits()) -> ChunkedOutcome.Ending {
            ending("0\r\n" + String(repeating: "A: b\r\n", count: count) + "\r\n", limits)
        }
        let small = ChunkedLimits(trailerCount: 2)
        #expect(result(1, small) == .end)
        #expect(result(2, small) == .end)
        #expect(result(3, small) == .failure(.tooManyTrailers))
        #expect(result(31) == .end)
        #expect(result(32) == .end)
        #expect(result(33) == .failure(.tooManyTrailers))
        let none = ChunkedLimits(trailerCount: 0)
        #expect(result(0, none) == .end)
        #expect(result(1, none) == .failure(.tooManyTrailers))
    }

    @Test func chunkSizeDigits() {
        func result(_ digits: Int) -> ChunkedOutcome.Ending {
            ending(String(repeating: "0", count: digits - 1) + "1\r\nx\r\n0\r\n\r\n")
        }
        #expect(result(15) == .end)
        #expect(result(16) == .end)
        #expect(result(17) == .failure(.chunkSizeTooLarge))
    }

    @Test func chunkSizeValue() {
        #expect(ending("7ffffffffffffffe\r\n") == .incomplete)
        #expect(ending("7fffffffffffffff\r\n") == .incomplete)
        #expect(ending("8000000000000000\r\n") == .failure(.chunkSizeTooLarge))
    }
}
