/// Frames a body in the chunked transfer coding (RFC 9112 section 7.1), around data that the caller places itself:
/// size line, data, CRLF, and behind the last chunk the terminator.
public enum ChunkedEncoder {
    /// The most bytes of a size line: 16 digits and CRLF.
    @inlinable public static var maximumSizeLineBytes: Int { 18 }
    /// Bytes behind a chunk's data.
    @inlinable public static var chunkEndBytes: Int { 2 }
    /// Bytes of the last chunk with no trailers.
    @inlinable public static var terminatorBytes: Int { 5 }

    /// Bytes of the size line of a chunk with `count` bytes of data.
    @inlinable @inline(__always)
    public static func sizeLineBytes(_ count: Int) -> Int {
        digitCount(count) &+ 2
    }

    /// Writes the size line of a chunk with `count` bytes of data and returns where the data goes.
    ///
    /// - Precondition: `count` is above 0; a chunk of 0 would end the body.
    @inlinable @inline(__always)
    public static func writeSizeLine(_ count: Int, to target: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        precondition(count > 0, "an empty chunk ends the body")
        let digits = digitCount(count)
        var rest = count
        var index = digits
        while index > 0 {
            index = index &- 1
            let digit = UInt8(truncatingIfNeeded: rest & 15)
            target.storeBytes(of: digit < 10 ? 0x30 &+ digit : 0x57 &+ digit, toByteOffset: index, as: UInt8.self)
            rest >>= 4
        }
        return writeChunkEnd(to: target + digits)
    }

    /// Writes the CRLF that ends a size line or a chunk's data.
    @inlinable @inline(__always)
    public static func writeChunkEnd(to target: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        ResponseHead.write("\r\n", to: target)
    }

    /// Writes the last chunk and the end of the body, without trailers: "0", CRLF, CRLF.
    @inlinable @inline(__always)
    public static func writeTerminator(to target: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        ResponseHead.write("0\r\n\r\n", to: target)
    }

    /// Writes the last chunk only; trailers (`ResponseHead.writeField`) and `ResponseHead.writeEnd` follow.
    @inlinable @inline(__always)
    public static func writeLastChunk(to target: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        ResponseHead.write("0\r\n", to: target)
    }

    @inlinable @inline(__always)
    static func digitCount(_ count: Int) -> Int {
        max(1, (Int.bitWidth &- count.leadingZeroBitCount &+ 3) / 4)
    }
}
