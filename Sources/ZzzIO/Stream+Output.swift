import Glibc

// Queueing. Bytes go to the end of the stream's chain of blocks; the loop offers them to the socket when the callback
// that wrote them returns, or at the end of the turn, all at once.

extension Stream {
    /// Bytes that are queued and have not reached the kernel, files included.
    public final var queuedBytes: Int { output.count }

    /// Whether what is written from now on is dropped: the stream was closed, or the socket has failed, which `failed`
    /// may not have said yet.
    public final var isGone: Bool { !state.isDisjoint(with: .gone) }

    /// Room for at least `minimum` contiguous bytes at the end of the queue: fill it, then `commit`. Nothing is queued
    /// before. Valid until the next call on this stream.
    public final func reserve(_ minimum: Int) -> UnsafeMutableRawPointer {
        withLoop { output.reserve(minimum, $0.pool) }
    }

    /// Contiguous bytes free behind what is queued: what `reserve` gives without taking another block.
    public final var reservableBytes: Int { output.tailRoom }

    /// Queues the first `count` bytes of what `reserve` returned last.
    public final func commit(_ count: Int) {
        guard isWritable else { return }
        output.commit(count)
        queued()
    }

    /// Queues a copy of `bytes`.
    public final func write(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress, bytes.count > 0, isWritable else { return }
        // Fill the block at hand, then take one for the rest.
        let first = min(bytes.count, max(output.tailRoom, 0))
        if first > 0 {
            reserve(first).copyMemory(from: base, byteCount: first)
            output.commit(first)
        }
        if first < bytes.count {
            let rest = bytes.count - first
            reserve(rest).copyMemory(from: base + first, byteCount: rest)
            output.commit(rest)
        }
        queued()
    }

    /// Queues a copy of `bytes` that many streams are sent: in a small buffer, so that those of a thousand streams fit
    /// a cache of the processor's.
    public final func write(toMany bytes: UnsafeRawBufferPointer) {
        if output.isEmpty, bytes.count <= Block.smallBytes, isWritable {
            withLoop { output.append($0.pool.pointee.takeSmall()) }
        }
        write(bytes)
    }

    /// Queues a copy of a string's UTF-8.
    public final func write(_ string: StaticString) {
        write(UnsafeRawBufferPointer(start: string.utf8Start, count: string.utf8CodeUnitCount))
    }

    /// Queues what was put together elsewhere, without a copy, and leaves `buffer` empty.
    public final func write(_ buffer: inout OutputBuffer) {
        guard isWritable else { return buffer.discard() }
        var chain = buffer.chain
        buffer.chain = BlockChain()
        guard let head = chain.head else { return }
        if let tail = output.tail { tail.pointee.next = head } else { output.head = head }
        output.tail = chain.tail
        output.count += chain.count
        chain = BlockChain()
        queued()
    }

    /// Queues foreign memory without a copy. `release(context)` is called on the loop's thread when it is not needed
    /// any more: sent, or dropped.
    public final func write(
        external base: UnsafeRawPointer, count: Int, context: UnsafeMutableRawPointer?,
        release: @escaping @convention(c) (UnsafeMutableRawPointer?) -> Void
    ) {
        guard isWritable, count > 0 else { return release(context) }
        let block = Block.allocate(kind: .external, bytes: 0)
        block.pointee.data = UnsafeMutableRawPointer(mutating: base)
        block.pointee.end = count
        block.pointee.release = release
        block.pointee.context = context
        append(block, count)
    }

    /// Queues `length` bytes of a file from `offset` on, to be sent with sendfile(2) after what is queued already. A
    /// file that turns out shorter fails the stream with EIO. With `closing`, the descriptor is closed when it is not
    /// needed any more.
    public final func sendFile(_ fd: Int32, offset: Int, length: Int, closing: Bool = true) {
        guard isWritable, length > 0 else {
            if closing { Glibc.close(fd) }
            return
        }
        let block = Block.allocate(kind: .file, bytes: 0)
        block.pointee.fd = fd
        block.pointee.start = offset
        block.pointee.end = offset + length
        block.pointee.context = closing ? UnsafeMutableRawPointer(bitPattern: 1) : nil
        append(block, length)
    }

    /// Offers what is queued to the socket now, rather than when the callback returns or at the end of the turn. With
    /// io_uring it is put into the submission queue, which the kernel sees at the end of the turn. Needed rarely: what
    /// a callback writes is offered when it returns anyway, and that way is the shortest.
    public final func flush() {
        guard state.contains(.started), state.isDisjoint(with: [.closing, .failed, .writeBlocked]) else { return }
        withLoop { loop in
            loop.offer(self)
            if !state.isDisjoint(with: [.drainPending, .failPending]) { loop.enqueueFlush(self) }
        }
    }

    /// Has the kernel take now what it has room for, with either backend: for who is about to find too much queued.
    /// With io_uring that is possible only while no send is in flight.
    public final func sendNow() {
        guard state.contains(.started), state.isDisjoint(with: [.closing, .failed, .writeBlocked]) else { return }
        withLoop { $0.ring == nil ? flush() : $0.sendBesideRing(self) }
    }

    private final func append(_ block: Block.Pointer, _ count: Int) {
        output.append(block)
        output.count += count
        queued()
    }

    /// The queue has grown: it is offered at the end of the turn at the latest.
    @inline(__always)
    private final func queued() {
        if state.contains(.inFlushList) { return }
        withLoop { $0.enqueueFlush(self) }
    }
}
