import Testing

@testable import ZzzHTTP

/// What a connection that is in the middle of a head has to keep.
struct LayoutTests {
    @Test func sizesInBytes() {
        #expect(MemoryLayout<HeaderField>.stride == 16)
        #expect(MemoryLayout<RequestHead>.stride <= 72)
        #expect(MemoryLayout<RequestParser>.stride <= 24)
        #expect(MemoryLayout<HTTPError>.size <= 4)
        #expect(MemoryLayout<ParseResult>.size <= 4)
        #expect(MemoryLayout<ChunkedDecoder>.size <= 128)
    }
}
