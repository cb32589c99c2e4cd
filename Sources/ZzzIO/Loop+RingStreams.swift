import CLinux
import CUring
import Glibc

// The io_uring backend: receiving and sending. A stream has one receive armed as long as it reads (multishot where the
// kernel can), and at most one send in flight; blocks that are being sent stay at the head of the queue until the send
// completes.

extension Loop {
    // MARK: Receiving

    func armReceive(_ stream: Stream) {
        let ring = self.ring.unsafelyUnwrapped
        let (sqe, _) = ring.pointee.entry()
        zzz_uring_prep_receive(sqe, stream.fd, ring.pointee.usesMultishot ? 1 : 0, Loop.data(stream, .receive))
        stream.state.insert(.receiveArmed)
        stream.receiveThread = threadNumber
        stream.operations &+= 1
    }

    /// Has a multishot receive of a thread that has lost the loop end, and armed anew by this one. Until then each of
    /// its completions wakes that thread, which may be blocked, frozen or busy (io_uring(7): task work runs in the
    /// thread that has submitted).
    @inline(never)
    private func adoptReceive(_ stream: Stream) {
        guard !stream.state.contains(.receiveCancelled) else { return }
        cancelReceive(stream)
    }

    /// What comes of it is a completion with ECANCELED, after which the receive is armed again if it is wanted.
    private func cancelReceive(_ stream: Stream) {
        stream.state.insert(.receiveCancelled)
        let (sqe, _) = ring.unsafelyUnwrapped.pointee.entry()
        zzz_uring_prep_cancel(sqe, Loop.data(stream, .receive), Ring.Tag.ignored.rawValue)
    }

    /// Arms a receive if the stream wants one and has none.
    private func armReceiveIfWanted(_ stream: Stream) {
        let hindrances: StreamState = [
            .receiveArmed, .starved, .paused, .endReceived, .endStashed, .closing, .failed,
        ]
        if stream.state.isDisjoint(with: hindrances) { armReceive(stream) }
    }

    @inline(__always)
    func completedReceive(_ stream: Stream, _ result: Int32, _ flags: UInt32, _ me: UnsafeMutableRawPointer) -> Bool {
        if flags & UInt32(IORING_CQE_F_MORE) == 0 {
            stream.state.subtract([.receiveArmed, .receiveCancelled])
            endOperation(stream)
            // Before the call, which may not return.
            if result > 0 { armReceiveIfWanted(stream) }
        } else if _slowPath(stream.receiveThread != threadNumber) {
            adoptReceive(stream)
        }
        guard result > 0, stream.state.isDisjoint(with: [.closing, .failed, .paused]), stream.stash == nil else {
            return completedReceiveRarely(stream, result, flags, me)
        }
        let ring = self.ring.unsafelyUnwrapped
        let id = Int(flags >> UInt32(IORING_CQE_BUFFER_SHIFT))
        let base = UnsafeMutableRawPointer(ring.pointee.blocks[id]) + Block.headerBytes
        ring.pointee.heldCount &+= 1
        ring.pointee.receivedCount &+= 1
        return deliver(
            stream, ReadBuffer(base: base, count: Int(result), capacity: ring.pointee.bufferBytes, id: id), me)
    }

    @inline(__always)
    private func deliver(_ stream: Stream, _ buffer: ReadBuffer, _ me: UnsafeMutableRawPointer) -> Bool {
        stream.received(buffer)
        if zzz_linux_current_loop() != me { return false }
        if !stream.output.isEmpty, stream.state.isDisjoint(with: [.closing, .failed, .sendInFlight]) {
            offerToRing(stream)
            return settle(stream, me)
        }
        return true
    }

    @inline(never)
    private func completedReceiveRarely(
        _ stream: Stream, _ result: Int32, _ flags: UInt32, _ me: UnsafeMutableRawPointer
    ) -> Bool {
        let ring = self.ring.unsafelyUnwrapped
        if flags & UInt32(IORING_CQE_F_BUFFER) != 0 {
            let id = Int(flags >> UInt32(IORING_CQE_BUFFER_SHIFT))
            if result > 0, stream.state.isDisjoint(with: .gone) {
                stash(stream, id, Int(result))
                return true
            }
            ring.pointee.provide(id)
        }
        if !stream.state.isDisjoint(with: .gone) { return true }
        switch -result {
        case 0:
            stream.state.insert(.endStashed)
            if stream.state.contains(.paused) || stream.stash != nil { return true }
            return deliverStash(stream, me)
        case ENOBUFS:
            // Buffers that no stream holds are free by now, or in the batch: more are needed only when streams hold
            // many. One peer that sends faster than it is read would have all there may be otherwise.
            let isShort = ring.pointee.heldCount > ring.pointee.bufferCount / 2
            let hasMore = isShort && ring.pointee.addBuffers(ring.pointee.bufferCount)
            if hasMore || ring.pointee.heldCount < ring.pointee.bufferCount {
                armReceiveIfWanted(stream)
            } else {
                stream.state.insert(.starved)
                starved.append(.passUnretained(stream))
            }
            return true
        case ECANCELED, EINTR, EAGAIN:
            // Cancelled by a pause that is over, or with the thread that submitted it.
            armReceiveIfWanted(stream)
            return true
        default:
            noteFailure(stream, -result)
            return settle(stream, me)
        }
    }

    /// Gives a provided buffer back to the kernel, and lets the streams that found none try again.
    @inline(__always)
    func provideAgain(_ id: Int) {
        let ring = self.ring.unsafelyUnwrapped
        ring.pointee.takeBack(id)
        if _slowPath(!starved.isEmpty) { feedStarved() }
    }

    /// All of them: the first may not want the buffer any more. Those that find none again are back in the next turn.
    @inline(never)
    private func feedStarved() {
        let streams = starved
        starved = []
        for stream in streams {
            stream._withUnsafeGuaranteedRef {
                $0.state.remove(.starved)
                armReceiveIfWanted($0)
            }
        }
    }

    // MARK: Pausing

    func resumedRingReading(_ stream: Stream) {
        if stream.stash != nil || stream.state.contains(.endStashed) { enqueueFlush(stream) }
        armReceiveIfWanted(stream)
    }

    /// Keeps what arrived for a stream that is paused, and has the kernel stop. `stash` is the newest, and its `next`
    /// the oldest.
    private func stash(_ stream: Stream, _ id: Int, _ count: Int) {
        let ring = self.ring.unsafelyUnwrapped
        ring.pointee.heldCount &+= 1
        let block = ring.pointee.blocks[id]
        block.pointee.end = count
        block.pointee.fd = Int32(id)
        if let newest = stream.stash {
            block.pointee.next = newest.pointee.next
            newest.pointee.next = block
        } else {
            block.pointee.next = block
        }
        stream.stash = block
        if stream.state.contains(.paused), stream.state.contains(.receiveArmed),
            !stream.state.contains(.receiveCancelled)
        {
            cancelReceive(stream)
        }
    }

    private func popStash(_ stream: Stream) -> Block.Pointer? {
        guard let newest = stream.stash else { return nil }
        let oldest = newest.pointee.next.unsafelyUnwrapped
        if oldest == newest {
            stream.stash = nil
        } else {
            newest.pointee.next = oldest.pointee.next
        }
        return oldest
    }

    /// Delivers what arrived during a pause, as far as the stream wants it.
    func deliverStash(_ stream: Stream, _ me: UnsafeMutableRawPointer) -> Bool {
        while stream.state.isDisjoint(with: [.paused, .closing, .failed]), let block = popStash(stream) {
            let buffer = ReadBuffer(
                base: block.pointee.data, count: block.pointee.end, capacity: block.pointee.capacity,
                id: Int(block.pointee.fd))
            // The call may not return: what is left is then delivered by whoever goes on.
            if stream.stash != nil || stream.state.contains(.endStashed) { enqueueFlush(stream) }
            stream.received(buffer)
            if zzz_linux_current_loop() != me { return false }
        }
        if stream.stash == nil, stream.state.contains(.endStashed),
            stream.state.isDisjoint(with: [.paused, .closing, .failed])
        {
            stream.state.remove(.endStashed)
            stream.state.insert(.endReceived)
            stream.receivedEnd()
            return zzz_linux_current_loop() == me
        }
        return true
    }

    func dropStash(_ stream: Stream) {
        while let block = popStash(stream) { provideAgain(Int(block.pointee.fd)) }
    }

    // MARK: Sending

    /// Prepares a send of what is queued, unless one is in flight.
    @inline(__always)
    func offerToRing(_ stream: Stream) {
        if !stream.state.isDisjoint(with: [.sendInFlight, .pollInFlight, .encodes]) { return offerEncoded(stream) }
        guard let block = stream.output.head else { return shutdownIfDue(stream) }
        if block.pointee.next != nil || block.pointee.kind == .file { return offerRestToRing(stream) }
        let (sqe, _) = ring.unsafelyUnwrapped.pointee.entry()
        zzz_uring_prep_send(
            sqe, stream.fd, block.pointee.data + block.pointee.start, block.pointee.end &- block.pointee.start, 0,
            Loop.data(stream, .send))
        stream.state.insert(.sendInFlight)
        stream.operations &+= 1
    }

    /// The rare cases of `offerToRing`: something is in flight already, or must be encoded first.
    @inline(never)
    private func offerEncoded(_ stream: Stream) {
        if !stream.state.isDisjoint(with: [.sendInFlight, .pollInFlight]) { return }
        stream.encodeQueued()
        if stream.state.contains(.failed) { return }
        if stream.output.isEmpty { shutdownIfDue(stream) } else { sendPartsOnRing(stream) }
    }

    @inline(never)
    private func offerRestToRing(_ stream: Stream) {
        var budget = 16
        while let block = stream.output.head, block.pointee.kind == .file {
            if budget == 0 { return pollOut(stream) }
            budget -= 1
            let sent = sendFilePart(stream, block)
            if sent >= 0 {
                stream.output.consume(sent, pool)
            } else if errno == EAGAIN {
                return pollOut(stream)
            } else if errno != EINTR {
                return noteFailure(stream, errno)
            }
        }
        guard stream.output.head != nil else {
            noteDrained(stream)
            return shutdownIfDue(stream)
        }
        sendPartsOnRing(stream)
    }

    private func sendPartsOnRing(_ stream: Stream) {
        let ring = self.ring.unsafelyUnwrapped
        let (sqe, slot) = ring.pointee.entry()
        let message = ring.pointee.messages + slot
        var next = stream.output.head
        var count: UInt32 = 0
        while let block = next, count < Loop.maxParts, block.pointee.kind != .file {
            zzz_uring_set_part(
                message, count, block.pointee.data + block.pointee.start, block.pointee.end - block.pointee.start)
            count += 1
            next = block.pointee.next
        }
        zzz_uring_prep_send_parts(sqe, stream.fd, message, count, next == nil ? 0 : 1, Loop.data(stream, .send))
        stream.state.insert(.sendInFlight)
        stream.operations &+= 1
    }

    /// Sends without the ring, which goes on with what the socket does not take.
    func sendBesideRing(_ stream: Stream) {
        guard stream.state.isDisjoint(with: [.sendInFlight, .pollInFlight]) else { return }
        if stream.state.contains(.encodes) { stream.encodeQueued() }
        while let block = stream.output.head, block.pointee.kind != .file {
            let sent = sendParts(stream)
            guard sent > 0 else { return }
            stream.output.consume(sent, pool)
            if stream.output.isEmpty, stream.state.contains(.encodes) { stream.encodeQueued() }
        }
        guard stream.output.isEmpty, stream.state.isDisjoint(with: .failed) else { return }
        noteDrained(stream)
        enqueueFlush(stream)
    }

    private func pollOut(_ stream: Stream) {
        let (sqe, _) = ring.unsafelyUnwrapped.pointee.entry()
        zzz_uring_prep_poll(sqe, stream.fd, PollBits.output, 0, Loop.data(stream, .pollOut))
        stream.state.formUnion([.pollInFlight, .writeBlocked])
        stream.operations &+= 1
    }

    @inline(__always)
    func completedSend(_ stream: Stream, _ result: Int32, _ me: UnsafeMutableRawPointer) -> Bool {
        stream.state.remove(.sendInFlight)
        endOperation(stream)
        if !stream.state.isDisjoint(with: .gone) { return true }
        if result >= 0 {
            stream.output.consume(Int(result), pool)
            if stream.output.isEmpty, stream.state.contains(.encodes) { stream.encodeQueued() }
            if stream.output.isEmpty {
                noteDrained(stream)
                shutdownIfDue(stream)
            } else {
                offerToRing(stream)
            }
        } else {
            sendFailed(stream, -result)
        }
        return settle(stream, me)
    }

    @inline(never)
    private func sendFailed(_ stream: Stream, _ error: Int32) {
        switch error {
        case EAGAIN, ENOBUFS: pollOut(stream)
        // Interrupted, or cancelled with the thread that submitted it: once more.
        case EINTR, ECANCELED: offerToRing(stream)
        default: noteFailure(stream, error)
        }
    }

    @inline(never)
    func completedPollOut(_ stream: Stream, _ me: UnsafeMutableRawPointer) -> Bool {
        stream.state.subtract([.pollInFlight, .writeBlocked])
        endOperation(stream)
        return flushAndSettle(stream, me)
    }
}
