// The fuzz target of HTTP: one input is taken as the bytes of a connection, as a chunked body, as a multipart body, as
// a balancer's header, and as text for the small formats. Compiled into one module with the sources of the parsers by
// Fuzz/run. A broken property is a trap, which libFuzzer reports with the input; reading outside a buffer is reported
// by AddressSanitizer, since every buffer is an allocation of its exact size.

/// Called by libFuzzer with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: data, count: size))
    for limits in [ParserLimits(), ParserLimits(requestLineBytes: 40, headerBytes: 120, fieldCount: 3)] {
        HeadProperties(bytes: bytes, limits: limits).check()
    }
    let small = ChunkedLimits(extensionBytesPerChunk: 8, extensionBytesPerBody: 12, trailerBytes: 24, trailerCount: 2)
    for limits in [ChunkedLimits(), small] { ChunkedProperties(bytes: bytes, limits: limits).check() }
    for limits in [MultipartLimits(), MultipartLimits(headerBytes: 24, headerFieldCount: 2)] {
        MultipartProperties(bytes: bytes, limits: limits).check()
    }
    TextProperties(bytes: bytes).check()
    ProxyProperties(bytes: bytes).check()
    return 0
}

/// Where to cut an input: at every byte when it is short, else at places that the input itself decides.
func cuts(of bytes: [UInt8]) -> [Int] {
    guard bytes.count > 200 else { return Array(0..<bytes.count) }
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    let places = (0..<12).map { Int((hash >> (UInt64($0) * 5)) % UInt64(bytes.count)) }
    return places.sorted()
}
