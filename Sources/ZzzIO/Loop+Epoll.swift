import CLinux
import Glibc

// The epoll backend. Streams are level-triggered with EPOLLIN only, so a request costs one read, one send and its share
// of an epoll_wait; interest changes only when a stream is paused with data waiting, or its socket's buffer is full. An
// event carries the stream's address: it stays valid to the end of the turn, even when the stream is closed in it.

extension Loop {
    /// Marks an event that belongs to a `Watch`, in the lowest bit of its data.
    static var watchMark: UInt64 { 1 }

    private static func data(_ stream: Stream) -> UInt64 {
        UInt64(UInt(bitPattern: Unmanaged.passUnretained(stream).toOpaque()))
    }

    /// Fills the batch. Waits for `timeout` nanoseconds; `.max` is for ever.
    func pollEpoll(_ timeout: UInt64) {
        // Rounded up, so that a timer is due when its wait is over.
        let milliseconds = timeout == .max ? -1 : Int32(min((timeout &+ 999_999) / 1_000_000, 3_600_000))
        let count = epoll_wait(epollFD, events, maxEvents, milliseconds)
        if count < 0 { precondition(errno == EINTR, "epoll_wait: errno \(errno)") }
        eventIndex = 0
        eventCount = max(count, 0)
    }

    func runEpollEvents(_ me: UnsafeMutableRawPointer) -> Bool {
        while eventIndex < eventCount {
            let bits = zzz_linux_event_bits(events, eventIndex)
            let data = zzz_linux_event_data(events, eventIndex)
            eventIndex &+= 1
            if data & Loop.watchMark != 0 {
                if !runWatch(data, bits, me) { return false }
                continue
            }
            let stream = Unmanaged<Stream>.fromOpaque(
                UnsafeRawPointer(bitPattern: UInt(truncatingIfNeeded: data)).unsafelyUnwrapped)
            if !stream._withUnsafeGuaranteedRef({ ready($0, bits, me) }) { return false }
        }
        return true
    }

    @inline(__always)
    private func ready(_ stream: Stream, _ bits: UInt32, _ me: UnsafeMutableRawPointer) -> Bool {
        if bits == PollBits.input,
            stream.state.isDisjoint(with: [.closing, .failed, .paused, .endReceived])
        {
            return read(stream, me)
        }
        return readyRarely(stream, bits, me)
    }

    /// Everything but plain input: room to write, errors, input that nobody wants now.
    @inline(never)
    private func readyRarely(_ stream: Stream, _ bits: UInt32, _ me: UnsafeMutableRawPointer) -> Bool {
        if !stream.state.isDisjoint(with: .gone) { return true }
        let trouble = bits & (PollBits.error | PollBits.hangUp)
        if stream.state.contains(.pollsOut), bits & (PollBits.output | trouble) != 0 {
            stream.state.remove(.writeBlocked)
            if !flushAndSettle(stream, me) { return false }
            if !stream.state.isDisjoint(with: .gone) { return true }
        }
        if stream.state.isDisjoint(with: [.paused, .endReceived]) {
            return bits & PollBits.input | trouble == 0 ? true : read(stream, me)
        }
        if bits & PollBits.error != 0 {
            let error = zzz_linux_socket_error(stream.fd)
            if error != 0 {
                noteFailure(stream, error)
                return settle(stream, me)
            }
        }
        if bits & PollBits.hangUp != 0 {
            // Both directions are down: epoll would report that for ever. `resumeReading` adds the stream again.
            removeFromEpoll(stream)
        } else if stream.state.contains(.pollsIn) {
            stream.state.remove(.pollsIn)
            updateInterest(stream)
        }
        return true
    }

    /// Reads until the socket is empty, the stream has had its share, or does not want more. A read that does not fill
    /// its buffer has emptied the socket, so no second one asks (the next event would tell).
    @inline(__always)
    private func read(_ stream: Stream, _ me: UnsafeMutableRawPointer) -> Bool {
        var share = 4
        while true {
            let block = pool.pointee.take()
            let capacity = pool.pointee.dataBytes
            let base = UnsafeMutableRawPointer(block) + Block.headerBytes
            let count = Glibc.read(stream.fd, base, capacity)
            if _slowPath(count <= 0) { return readNothing(stream, block, count, me) }
            stream.received(ReadBuffer(base: base, count: count, capacity: capacity, id: -1))
            if _slowPath(zzz_linux_current_loop() != me) { return false }
            if !stream.output.isEmpty, !answer(stream, me) { return false }
            if _fastPath(count < capacity) { return true }
            share &-= 1
            if share == 0 || !stream.state.isDisjoint(with: [.closing, .failed, .paused, .endReceived]) {
                return true
            }
        }
    }

    /// Sends what a callback queued: in line, when it is one block, the socket takes it all, and nothing else goes on.
    @inline(__always)
    private func answer(_ stream: Stream, _ me: UnsafeMutableRawPointer) -> Bool {
        unlinkFlush(stream)
        let block = stream.output.head.unsafelyUnwrapped
        if _slowPath(block.pointee.next != nil || block.pointee.kind != .pooled) { return answerRarely(stream, me) }
        if _slowPath(!stream.state.isDisjoint(with: .answeringNeedsCare)) { return answerRarely(stream, me) }
        let size = block.pointee.end &- block.pointee.start
        let sent = zzz_linux_send(stream.fd, block.pointee.data + block.pointee.start, size, 0)
        if _slowPath(sent != size) { return answeredPartly(stream, sent, me) }
        stream.output = BlockChain()
        pool.pointee.givePooled(block)
        stream.writeDrained()
        return zzz_linux_current_loop() == me
    }

    @inline(never)
    private func answerRarely(_ stream: Stream, _ me: UnsafeMutableRawPointer) -> Bool {
        flushAndSettle(stream, me)
    }

    @inline(never)
    private func answeredPartly(_ stream: Stream, _ sent: Int, _ me: UnsafeMutableRawPointer) -> Bool {
        // It took a part, so it is full.
        if wrote(stream, sent) { waitForRoom(stream) }
        return settle(stream, me)
    }

    /// Takes a stream off the flush list where that costs nothing: at its head.
    @inline(__always)
    private func unlinkFlush(_ stream: Stream) {
        if let head = flushList, head.toOpaque() == Unmanaged.passUnretained(stream).toOpaque() {
            flushList = stream.flushNext
            flushCount &-= 1
            stream.state.remove(.inFlushList)
        }
    }

    @inline(never)
    private func readNothing(
        _ stream: Stream, _ block: Block.Pointer, _ count: Int, _ me: UnsafeMutableRawPointer
    ) -> Bool {
        let error = errno
        pool.pointee.givePooled(block)
        if count == 0 {
            stream.state.insert(.endReceived)
            stream.receivedEnd()
            return zzz_linux_current_loop() == me
        }
        // EAGAIN: nothing there after all. EINTR: the event comes again.
        if error == EAGAIN || error == EINTR { return true }
        noteFailure(stream, error)
        return settle(stream, me)
    }

    // MARK: Writing

    /// Offers what is queued to the socket until it is empty or the socket full; then waits for EPOLLOUT.
    @inline(never)
    func offerToSocket(_ stream: Stream) {
        if stream.state.contains(.encodes) {
            stream.encodeQueued()
            if stream.state.contains(.failed) { return }
        }
        if stream.output.isEmpty {
            // Nothing to send: only a shutdown can be due.
            shutdownIfDue(stream)
            return
        }
        var budget = 16
        while let block = stream.output.head {
            if budget == 0 { return waitForRoom(stream) }
            budget -= 1
            let sent = block.pointee.kind == .file ? sendFilePart(stream, block) : sendParts(stream)
            if !wrote(stream, sent) { return }
            if stream.output.isEmpty, stream.state.contains(.encodes) { stream.encodeQueued() }
        }
        if stream.state.contains(.failed) { return }
        drained(stream)
    }

    private func drained(_ stream: Stream) {
        noteDrained(stream)
        if stream.state.contains(.pollsOut) {
            stream.state.remove(.pollsOut)
            updateInterest(stream)
        }
        shutdownIfDue(stream)
    }

    /// Books what a send returned. Returns false when there is no point in sending more now.
    @inline(never)
    private func wrote(_ stream: Stream, _ sent: Int) -> Bool {
        if sent >= 0 {
            stream.output.consume(sent, pool)
            return true
        }
        switch errno {
        case EINTR: return true
        case EAGAIN, ENOBUFS: waitForRoom(stream)
        default: noteFailure(stream, errno)
        }
        return false
    }

    @inline(never)
    private func waitForRoom(_ stream: Stream) {
        stream.state.insert(.writeBlocked)
        if !stream.state.contains(.pollsOut) {
            stream.state.insert(.pollsOut)
            updateInterest(stream)
        }
    }

    /// Sends the blocks of memory at the head of the queue with one call.
    func sendParts(_ stream: Stream) -> Int {
        var next = stream.output.head
        if let only = next, only.pointee.next == nil {
            let size = only.pointee.end - only.pointee.start
            return zzz_linux_send(stream.fd, only.pointee.data + only.pointee.start, size, 0)
        }
        var count = 0
        while let block = next, count < Loop.maxParts, block.pointee.kind != .file {
            parts[count] = iovec(
                iov_base: block.pointee.data + block.pointee.start, iov_len: block.pointee.end - block.pointee.start)
            count += 1
            next = block.pointee.next
        }
        return zzz_linux_send_parts(stream.fd, parts, Int32(count), next == nil ? 0 : 1)
    }

    /// Sends a piece of the file at the head of the queue: at most 1 MiB, so that other streams have their turn.
    func sendFilePart(_ stream: Stream, _ block: Block.Pointer) -> Int {
        var offset = off_t(block.pointee.start)
        let size = min(block.pointee.end - block.pointee.start, 1 << 20)
        let sent = sendfile(stream.fd, block.pointee.fd, &offset, size)
        if sent == 0 {
            // The file ended before the length that was promised to the peer.
            errno = EIO
            return -1
        }
        return sent
    }

    // MARK: Interest

    func addToEpoll(_ stream: Stream) throws(SystemError) {
        stream.state.formUnion([.polled, .pollsIn])
        if zzz_linux_epoll_ctl(epollFD, EPOLL_CTL_ADD, stream.fd, interest(stream), Loop.data(stream)) != 0 {
            stream.state.subtract([.polled, .pollsIn])
            throw .last("epoll_ctl", "descriptor \(stream.fd)")
        }
    }

    /// Watches a stream for input again.
    func pollForInput(_ stream: Stream) {
        if stream.state.contains(.endReceived) { return }
        if !stream.state.contains(.polled) {
            do throws(SystemError) { try addToEpoll(stream) } catch {
                noteFailure(stream, error.errno)
                enqueueFlush(stream)
            }
        } else if !stream.state.contains(.pollsIn) {
            stream.state.insert(.pollsIn)
            updateInterest(stream)
        }
    }

    /// Takes the socket out of the set by hand rather than by close(2), which does not as long as a child process holds
    /// a copy.
    func removeFromEpoll(_ stream: Stream) {
        guard stream.state.contains(.polled) else { return }
        stream.state.subtract([.polled, .pollsIn, .pollsOut])
        _ = zzz_linux_epoll_ctl(epollFD, EPOLL_CTL_DEL, stream.fd, 0, 0)
    }

    private func interest(_ stream: Stream) -> UInt32 {
        (stream.state.contains(.pollsIn) ? PollBits.input : 0)
            | (stream.state.contains(.pollsOut) ? PollBits.output : 0)
    }

    @inline(never)
    private func updateInterest(_ stream: Stream) {
        guard stream.state.contains(.polled) else { return }
        _ = zzz_linux_epoll_ctl(epollFD, EPOLL_CTL_MOD, stream.fd, interest(stream), Loop.data(stream))
    }
}
