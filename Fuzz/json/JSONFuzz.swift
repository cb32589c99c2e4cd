// The fuzz target for JSON: one input is text that may be JSON. Compiled into one module with Sources/ZzzJSON by
// Fuzz/run. A broken property is a trap, which libFuzzer reports with the input; reading outside the text is reported
// by AddressSanitizer, since it is an allocation of its exact size.

/// Called by libFuzzer with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    let text = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 1)
    defer { text.deallocate() }
    text.copyMemory(from: UnsafeRawBufferPointer(start: data, count: size))
    JSONProperties(text: UnsafeRawBufferPointer(text)).check()
    return 0
}
