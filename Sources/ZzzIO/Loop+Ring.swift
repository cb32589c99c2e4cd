import CLinux
import CUring
import Glibc

// The io_uring backend: what it waits for and how completions find their way. Each turn makes one system call, which
// submits everything that the last turn prepared and waits. A stream's socket stays open until the kernel has completed
// every operation on it, so that no entry can meet another socket of the same number.

extension Loop {
    /// Submits, and waits for `timeout` nanoseconds (`.max`: for ever) or the first completion.
    func pollRing(_ timeout: UInt64) {
        let ring = self.ring.unsafelyUnwrapped
        let io = ring.pointee.io
        let waiting = zzz_uring_ready(io)
        if looks > 0 {
            ring.pointee.submitAndLook()
        } else if timeout == 0 || waiting > 0 {
            ring.pointee.submit()
        } else {
            var first: UnsafeMutablePointer<io_uring_cqe>?
            let result: Int32
            if timeout == .max {
                result = io_uring_submit_and_wait(io, 1)
            } else {
                var time = __kernel_timespec(
                    tv_sec: Int64(timeout / 1_000_000_000), tv_nsec: Int64(timeout % 1_000_000_000))
                result = io_uring_submit_and_wait_timeout(io, &first, 1, &time, nil)
            }
            precondition(
                result >= 0 || result == -ETIME || result == -EINTR || result == -EAGAIN || result == -EBUSY,
                "io_uring_enter: \(result)")
        }
        ring.pointee.readyCount = min(zzz_uring_ready(io), UInt32(maxEvents))
        ring.pointee.receivedCount = 0
    }

    func runRingEvents(_ me: UnsafeMutableRawPointer) -> Bool {
        let ring = self.ring.unsafelyUnwrapped
        let io = ring.pointee.io
        while ring.pointee.readyCount > 0, let cqe = zzz_uring_peek(io) {
            ring.pointee.readyCount &-= 1
            let data = cqe.pointee.user_data
            let result = cqe.pointee.res
            let flags = cqe.pointee.flags
            io_uring_cq_advance(io, 1)
            if !completed(data, result, flags, me) { return false }
        }
        return true
    }

    @inline(__always)
    private func completed(_ data: UInt64, _ result: Int32, _ flags: UInt32, _ me: UnsafeMutableRawPointer) -> Bool {
        let tag = data & 15
        if tag == Ring.Tag.watch.rawValue { return completedWatch(data, result, flags, me) }
        if tag == Ring.Tag.ignored.rawValue { return true }
        let address = UnsafeRawPointer(bitPattern: UInt(truncatingIfNeeded: data & ~15)).unsafelyUnwrapped
        return Unmanaged<Stream>.fromOpaque(address)._withUnsafeGuaranteedRef { stream in
            if tag == Ring.Tag.receive.rawValue { return completedReceive(stream, result, flags, me) }
            if tag == Ring.Tag.send.rawValue { return completedSend(stream, result, me) }
            return completedPollOut(stream, me)
        }
    }

    static func data(_ stream: Stream, _ tag: Ring.Tag) -> UInt64 {
        UInt64(UInt(bitPattern: Unmanaged.passUnretained(stream).toOpaque())) | tag.rawValue
    }

    /// One operation less: a stream that is closing waits for the last one.
    @inline(__always)
    func endOperation(_ stream: Stream) {
        stream.operations &-= 1
        if stream.operations == 0, stream.state.contains(.closing) { enqueueClose(stream) }
    }

    /// Cancels every operation on a stream's socket.
    func cancelOperations(_ stream: Stream) {
        if stream.state.contains(.starved) {
            stream.state.remove(.starved)
            starved.removeAll { $0.toOpaque() == Unmanaged.passUnretained(stream).toOpaque() }
        }
        guard stream.operations > 0 else { return }
        let (sqe, _) = ring.unsafelyUnwrapped.pointee.entry()
        zzz_uring_prep_cancel_fd(sqe, stream.fd, Ring.Tag.ignored.rawValue)
    }

    // MARK: Watches

    /// The mailbox's eventfd is edge-triggered: one multishot poll. Others are polled anew after each event, which
    /// makes them level-triggered as with epoll.
    func armRingWatch(_ data: UInt64, _ fd: Int32, _ bits: UInt32) {
        let (sqe, _) = ring.unsafelyUnwrapped.pointee.entry()
        zzz_uring_prep_poll(sqe, fd, bits & ~PollBits.edge, bits & PollBits.edge != 0 ? 1 : 0, data)
    }

    func cancelRingWatch(_ data: UInt64) {
        let (sqe, _) = ring.unsafelyUnwrapped.pointee.entry()
        zzz_uring_prep_cancel(sqe, data, Ring.Tag.ignored.rawValue)
        // The caller may close the descriptor next; a poll that is not submitted yet must not meet its successor.
        ring.unsafelyUnwrapped.pointee.submit()
    }

    /// Another thread goes on with the loop. What completes once for each operation has been armed by the one before it
    /// and comes through that one; what completes again and again is armed anew: the mailbox's poll here, receives when
    /// they next complete (`adoptReceive`).
    func threadChanged() {
        guard ring != nil else { return }
        threadNumber &+= 1
        // Its completion arms it again.
        if let mailboxWatch { cancelRingWatch(mailboxWatch.data) }
    }

    private func completedWatch(
        _ data: UInt64, _ result: Int32, _ flags: UInt32, _ me: UnsafeMutableRawPointer
    ) -> Bool {
        guard let watch = watch(of: data) else { return true }
        // Before the call, which may not return; it is submitted after.
        if flags & UInt32(IORING_CQE_F_MORE) == 0 { armRingWatch(data, watch.fd, watch.bits) }
        // Cancelled with the thread that submitted it: it is armed again.
        if result == -ECANCELED { return true }
        return runWatch(data, result < 0 ? PollBits.error : UInt32(bitPattern: result), me)
    }
}
