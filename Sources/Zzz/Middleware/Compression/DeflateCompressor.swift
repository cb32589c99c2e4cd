import CZlib

/// gzip and deflate, by zlib.
final class DeflateCompressor: Compressor {
    /// Where it is must not change: zlib's own state points back to it.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let hasBegun: Bool

    /// - Returns: nil without memory.
    init?(isGzip: Bool, level: Int, _ use: CompressionUse) {
        stream.initialize(to: z_stream())
        // deflateInit2 in zlib.h: memory is 2^(window + 2) + 2^(memory level + 9) bytes, 16 more in the window ask for
        // gzip's format. 256 KiB and 48 KiB.
        let (window, memoryLevel): (Int32, Int32) = use == .bodies ? (15, 8) : (13, 5)
        hasBegun = zzz_deflate_begin(stream, Int32(level), window + (isGzip ? 16 : 0), memoryLevel) == Z_OK
        if !hasBegun { return nil }
    }

    deinit {
        if hasBegun { deflateEnd(stream) }
        stream.deallocate()
    }

    func reset() -> Bool { deflateReset(stream) == Z_OK }

    func compress(_ bytes: UnsafeRawBufferPointer, isLast: Bool, into output: inout CompressedBytes) -> Bool {
        var left = bytes
        repeat {
            // avail_in has 32 bits.
            let piece = UnsafeRawBufferPointer(rebasing: left.prefix(1 << 30))
            left = UnsafeRawBufferPointer(rebasing: left.dropFirst(piece.count))
            let flush = left.isEmpty ? (isLast ? Z_FINISH : Z_SYNC_FLUSH) : Z_NO_FLUSH
            guard deflate(piece, flush, into: &output) else { return false }
        } while !left.isEmpty
        return true
    }

    private func deflate(
        _ bytes: UnsafeRawBufferPointer, _ flush: Int32, into output: inout CompressedBytes
    ) -> Bool {
        // zlib does not write to what it reads.
        stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = UInt32(bytes.count)
        // With room for everything, one call is enough; a flush adds some bytes.
        var wanted = Int(deflateBound(stream, UInt(bytes.count))) + 16
        while true {
            let room = output.room(wanted)
            let size = UInt32(clamping: room.count)
            stream.pointee.next_out = room.bindMemory(to: UInt8.self).baseAddress
            stream.pointee.avail_out = size
            let result = CZlib.deflate(stream, flush)
            output.fill(Int(size - stream.pointee.avail_out))
            if result == Z_STREAM_END { return true }
            // Z_BUF_ERROR: there was nothing to do, as when nothing came since the last flush.
            guard result == Z_OK || result == Z_BUF_ERROR else { return false }
            // "If deflate returns with avail_out == 0, this function must be called again" (zlib.h).
            if flush != Z_FINISH, stream.pointee.avail_out > 0 { return stream.pointee.avail_in == 0 }
            wanted = 16_384
        }
    }
}
