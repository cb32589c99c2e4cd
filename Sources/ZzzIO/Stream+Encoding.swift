import Glibc

// Streams whose subclass puts other bytes in place of those that are written: TLS. Everything above writes plain bytes
// as ever. When the loop offers the queue to the socket, they are taken off it, given to `encode`, and what comes of
// them is queued as sealed blocks. So between two offers `output` is: sealed blocks, then what was written since.
//
// `queuedBytes` counts both, and files too; no more than `encodedBytesAtOnce` is ahead of the socket.

extension Stream {
    /// Encoded bytes that may wait for the socket before the rest is encoded.
    static var encodedBytesAtOnce: Int { 128 << 10 }
    /// Bytes given to `encode` in one call: what fits one record of TLS (RFC 8446 section 5.1).
    static var encodedPieceBytes: Int { 16_384 }

    /// From now on what is written goes through `encode`. Before `start()`.
    public final func beginEncoding() { state.insert(.encodes) }

    /// From now on what is written is sent as it is. Nothing may be queued that is not encoded yet.
    public final func endEncoding() {
        precondition(unencoded.isEmpty, "bytes wait to be encoded")
        state.remove(.encodes)
    }

    /// A buffer of the loop's to be filled, and then handed on like one that was received.
    public final func takeReadBuffer() -> ReadBuffer {
        withLoop { loop in
            let block = loop.pool.pointee.take()
            return ReadBuffer(
                base: UnsafeMutableRawPointer(block) + Block.headerBytes, count: 0,
                capacity: loop.pool.pointee.dataBytes, id: -1)
        }
    }

    /// Queues bytes that are not encoded again, before everything that waits to be encoded.
    public final func appendEncoded(_ bytes: UnsafeRawBufferPointer) {
        guard var source = bytes.baseAddress, state.isDisjoint(with: .gone) else { return }
        separateUnencoded()
        withLoop { loop in
            let size = loop.pool.pointee.dataBytes
            var left = bytes.count
            while left > 0 {
                let block: Block.Pointer
                if let tail = output.tail, tail.pointee.end < size {
                    block = tail
                } else {
                    block = loop.pool.pointee.take()
                    block.pointee.kind = .sealed
                    block.pointee.start = 0
                    block.pointee.end = 0
                    output.append(block)
                }
                let part = min(left, size - block.pointee.end)
                memcpy(block.pointee.data + block.pointee.end, source, part)
                block.pointee.end += part
                // Nothing that is written finds room behind it.
                block.pointee.capacity = block.pointee.end
                source += part
                left -= part
            }
            output.count += bytes.count
            loop.enqueueFlush(self)
        }
    }

    /// Moves what was written since the last offer from `output` to `unencoded`. `output.count` goes on counting it.
    private final func separateUnencoded() {
        guard let tail = output.tail, tail.pointee.kind != .sealed else { return }
        var lastSealed: Block.Pointer?
        var next = output.head
        while let block = next, block.pointee.kind == .sealed {
            lastSealed = block
            next = block.pointee.next
        }
        if let last = unencoded.tail { last.pointee.next = next } else { unencoded.head = next }
        unencoded.tail = tail
        if let lastSealed {
            lastSealed.pointee.next = nil
            output.tail = lastSealed
        } else {
            output.head = nil
            output.tail = nil
        }
    }

    /// Encodes what waits, as far as the socket should have it now. Called by the loop before it offers the queue.
    final func encodeQueued() {
        separateUnencoded()
        while let block = unencoded.head, encodedCount < Stream.encodedBytesAtOnce {
            guard encodePiece(of: block) else { return }
        }
        guard unencoded.isEmpty, state.contains(.shutdownRequested), !state.contains(.endEncoded) else { return }
        state.insert(.endEncoded)
        encodeEnd()
    }

    private final var encodedCount: Int {
        var count = 0
        var next = output.head
        while let block = next {
            count += block.pointee.end - block.pointee.start
            next = block.pointee.next
        }
        return count
    }

    /// False when that failed: then the stream fails, once what is encoded has been sent.
    private final func encodePiece(of block: Block.Pointer) -> Bool {
        let count = min(block.pointee.end - block.pointee.start, Stream.encodedPieceBytes)
        let failure = block.pointee.kind == .file
            ? encodeFilePiece(block, count)
            : encodeBytes(UnsafeRawBufferPointer(start: block.pointee.data + block.pointee.start, count: count))
        return withLoop { loop in
            if failure != 0 {
                if output.isEmpty { loop.noteFailure(self, failure) }
                return false
            }
            output.count -= count
            unencoded.consume(count, loop.pool)
            return true
        }
    }

    /// - Returns: an errno, or 0.
    private final func encodeBytes(_ bytes: UnsafeRawBufferPointer) -> Int32 { encode(bytes) ? 0 : EPROTO }

    private final func encodeFilePiece(_ block: Block.Pointer, _ count: Int) -> Int32 {
        let buffer = takeReadBuffer()
        defer { recycle(buffer) }
        var filled = 0
        while filled < count {
            let read = pread(
                block.pointee.fd, buffer.base + filled, min(count, buffer.capacity) - filled,
                off_t(block.pointee.start + filled))
            if read < 0, errno == EINTR { continue }
            // The file ended before the length that was promised to the peer.
            guard read > 0 else { return read < 0 ? errno : EIO }
            filled += read
        }
        return encodeBytes(UnsafeRawBufferPointer(start: buffer.base, count: filled))
    }
}
