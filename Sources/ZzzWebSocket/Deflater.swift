import CZlib

/// Compresses messages for permessage-deflate (RFC 7692 section 7.2.1).
final class Deflater {
    /// zlib keeps a pointer to the stream, so it stays where it is.
    private let stream: UnsafeMutablePointer<z_stream>
    private let keepsContext: Bool
    private var output = MessageBuffer()

    /// - Parameters:
    ///   - windowBits: 9 to 15. Memory is about 2^(windowBits + 2) bytes and 128 KiB (zlib's zconf.h).
    ///   - keepsContext: a message may refer to those before it.
    ///   - level: 1 to 9; zlib's default is 6.
    /// - Returns: nil without memory.
    init?(windowBits: Int, keepsContext: Bool, level: Int) {
        precondition((9...15).contains(windowBits) && (1...9).contains(level), "9 to 15 bits, level 1 to 9")
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        self.keepsContext = keepsContext
        guard zzz_deflate_begin(stream, Int32(level), -Int32(windowBits), 8) == Z_OK else { return nil }
    }

    deinit {
        // Of a stream whose set-up failed it is refused, and does nothing (zlib.h).
        deflateEnd(stream)
        stream.deallocate()
    }

    /// The compressed message, valid until the next call.
    func compress(_ message: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        output.clear()
        guard let source = message.baseAddress, message.count > 0 else {
            // RFC 7692 section 7.2.3.6: an empty message is one empty block.
            output.reserve(1)[0] = 0
            output.commit(1)
            return output.bytes
        }
        var offset = 0
        repeat {
            let piece = min(message.count - offset, 1 << 30)
            let start = UnsafeMutableRawPointer(mutating: source + offset)
            stream.pointee.next_in = start.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_in = UInt32(piece)
            offset += piece
            drain(flush: offset == message.count ? Z_SYNC_FLUSH : Z_NO_FLUSH)
        } while offset < message.count
        if !keepsContext { deflateReset(stream) }
        // RFC 7692 section 7.2.1: the tail of the sync flush, 00 00 FF FF, is not sent.
        return UnsafeRawBufferPointer(rebasing: output.bytes.dropLast(4))
    }

    private func drain(flush: Int32) {
        repeat {
            let room = output.reserve(max(1024, Int(stream.pointee.avail_in) / 2))
            stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(clamping: room.count)
            let offered = Int(stream.pointee.avail_out)
            // It cannot fail: the state is sound, and there is room (zlib.h, deflate).
            deflate(stream, flush)
            output.commit(offered - Int(stream.pointee.avail_out))
        } while stream.pointee.avail_out == 0
    }
}
