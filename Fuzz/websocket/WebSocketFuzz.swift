// The fuzz target of WebSockets and channels. The first byte of an input says what its rest is: c a channels message,
// d compressed bytes, f frames, h fields of a handshake, m a message to send. The second says what was agreed on.
// Linked by Fuzz/run with the libraries, all with AddressSanitizer. A broken property is a trap, which libFuzzer
// reports with the input.

/// Called by libFuzzer with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    guard size >= 2, let data else { return 0 }
    let agreement = Agreement(data[1])
    let rest = Array(UnsafeBufferPointer(start: data + 2, count: size - 2))
    switch data[0] {
    case UInt8(ascii: "c"): ChannelProperties(bytes: rest).check()
    case UInt8(ascii: "d"): ReadingProperties(agreement: agreement, compressed: rest).check()
    case UInt8(ascii: "h"): HandshakeProperties(bytes: rest, option: data[1]).check()
    case UInt8(ascii: "m"): SendingProperties(bytes: rest, agreement: agreement).check()
    default: ReadingProperties(agreement: agreement, bytes: rest).check()
    }
    return 0
}
