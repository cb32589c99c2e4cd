import CZlib

/// Inflates the messages of one peer (RFC 7692 section 7.2.2).
struct Inflater: ~Copyable {
    /// zlib keeps a pointer to the stream, so it stays where it is.
    private let stream: UnsafeMutablePointer<z_stream>
    /// Whether what came ends where a block ends.
    private var isBetweenBlocks = true

    /// - Returns: nil without memory. It needs 7 KiB and the window's bytes (zlib's zconf.h).
    init?(windowBits: Int) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard zzz_inflate_begin(stream, -Int32(windowBits)) == Z_OK else {
            stream.deallocate()
            return nil
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Appends what a piece of a message inflates to, and stops when `target` has more than `limit` bytes.
    mutating func inflate(
        _ piece: UnsafeRawBufferPointer, to target: inout MessageBuffer, limit: Int
    ) throws(WebSocketError) {
        guard let source = piece.baseAddress else { return }
        stream.pointee.next_in = UnsafeMutablePointer(mutating: source.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(piece.count)  // what one read of a socket brings
        var result: Int32
        repeat {
            let room = target.reserve(max(1024, min(piece.count * 4, 64 << 10)))
            stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(room.count)
            result = CZlib.inflate(stream, Z_SYNC_FLUSH)
            target.commit(room.count - Int(stream.pointee.avail_out))
            switch result {
            // Z_BUF_ERROR: nothing was left to do. 128 says that a block has just ended, and the lowest six bits how
            // many bits are left behind it (zlib.h, inflate).
            case Z_OK, Z_BUF_ERROR: isBetweenBlocks = stream.pointee.data_type & (128 | 63) == 128
            // A peer may end a block for good inside a message (RFC 7692 section 7.2.3.4); more may follow.
            case Z_STREAM_END:
                isBetweenBlocks = true
                inflateResetKeep(stream)
            default: throw .invalidCompression
            }
            guard target.count <= limit else { return }
        } while stream.pointee.avail_in > 0 || stream.pointee.avail_out == 0 && result != Z_STREAM_END
    }

    /// The next message refers to none before it.
    mutating func reset() { inflateReset(stream) }

    /// The end of a message: what its sender left out (RFC 7692 section 7.2.2). With it the last block is whole.
    mutating func finishMessage(to target: inout MessageBuffer, limit: Int) throws(WebSocketError) {
        var tail: (UInt8, UInt8, UInt8, UInt8) = (0, 0, 0xFF, 0xFF)
        try withUnsafeBytes(of: &tail) { (bytes) throws(WebSocketError) in
            try inflate(bytes, to: &target, limit: limit)
        }
        guard isBetweenBlocks || target.count > limit else { throw .invalidCompression }
    }
}
