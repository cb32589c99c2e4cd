import CLinux
import Glibc

// What both backends share about streams: lists, flushing, closing.

extension Loop {
    func placeInWheel(_ stream: Stream) { wheel.place(stream) }

    /// Begins to hold and to watch a stream.
    func register(_ stream: Stream) throws(SystemError) {
        if ring == nil { try addToEpoll(stream) }
        let link = Unmanaged.passRetained(stream)
        stream.state.insert(.started)
        stream.listNext = streamList
        streamList?._withUnsafeGuaranteedRef { $0.listPrevious = link }
        streamList = link
        startedCount += 1
        if ring != nil { armReceive(stream) }
        if stream.deadlineMilliseconds != .max, !stream.state.contains(.inWheel) { wheel.place(stream) }
        if !stream.output.isEmpty { enqueueFlush(stream) }
    }

    /// Has the stream flushed at the end of the turn.
    @inline(__always)
    func enqueueFlush(_ stream: Stream) {
        let state = stream.state
        guard state.contains(.started), state.isDisjoint(with: [.inFlushList, .closing]) else { return }
        stream.state.insert(.inFlushList)
        stream.flushNext = flushList
        flushList = Unmanaged.passUnretained(stream)
        flushCount &+= 1
    }

    /// Offers the queue to the socket, with the backend's means. Calls nothing of the subclass's.
    @inline(__always)
    func offer(_ stream: Stream) {
        if ring == nil { offerToSocket(stream) } else { offerToRing(stream) }
    }

    /// Offers the queue, and then makes the callbacks that are due. Returns false when this thread lost the loop.
    @inline(__always)
    func flushAndSettle(_ stream: Stream, _ me: UnsafeMutableRawPointer) -> Bool {
        if stream.state.isDisjoint(with: [.closing, .failed, .writeBlocked]) { offer(stream) }
        return settle(stream, me)
    }

    /// Makes the callbacks that an offer left behind.
    @inline(__always)
    func settle(_ stream: Stream, _ me: UnsafeMutableRawPointer) -> Bool {
        let state = stream.state
        if state.isDisjoint(with: [.drainPending, .failPending, .closeWhenDrained, .endStashed]), stream.stash == nil {
            return true
        }
        return settleRest(stream, me)
    }

    @inline(never)
    private func settleRest(_ stream: Stream, _ me: UnsafeMutableRawPointer) -> Bool {
        if stream.state.contains(.closing) { return true }
        if stream.state.contains(.failPending) { return reportFailure(stream, me) }
        if stream.state.contains(.drainPending) {
            stream.state.remove(.drainPending)
            if stream.output.isEmpty {
                stream.writeDrained()
                if zzz_linux_current_loop() != me { return false }
            }
        }
        if stream.state.contains(.closeWhenDrained), stream.output.isEmpty { stream.close() }
        if stream.stash != nil || stream.state.contains(.endStashed) { return deliverStash(stream, me) }
        return true
    }

    @inline(never)
    private func reportFailure(_ stream: Stream, _ me: UnsafeMutableRawPointer) -> Bool {
        stream.state.remove(.failPending)
        if stream.state.contains(.closeWhenDrained) {
            stream.close()
            return true
        }
        stream.failed(stream.storedErrno)
        return zzz_linux_current_loop() == me
    }

    /// Notes that the queue has gone empty.
    @inline(__always)
    func noteDrained(_ stream: Stream) {
        stream.state.insert(.drainPending)
        stream.state.remove(.writeBlocked)
    }

    /// shutdown(2), when it was asked for and nothing is left to send.
    @inline(__always)
    func shutdownIfDue(_ stream: Stream) {
        if stream.state.contains(.shutdownRequested), !stream.state.contains(.shutdownDone), stream.output.isEmpty {
            stream.state.insert(.shutdownDone)
            stream.outputEnds()
            // ENOTCONN: the peer reset the connection, which the next read reports.
            _ = Glibc.shutdown(stream.fd, Int32(SHUT_WR))
        }
    }

    /// Notes that the socket failed, and stops watching it. `settle` reports it.
    @inline(never)
    func noteFailure(_ stream: Stream, _ errno: Int32) {
        guard stream.state.isDisjoint(with: .gone) else { return }
        stream.state.formUnion([.failed, .failPending])
        stream.storedErrno = errno
        if ring == nil { removeFromEpoll(stream) } else { cancelOperations(stream) }
    }

    func closeStream(_ stream: Stream) {
        if !stream.output.isEmpty, stream.state.isDisjoint(with: [.failed, .writeBlocked]) { offer(stream) }
        shutdownIfDue(stream)
        stream.state.insert(.closing)
        wheel.remove(stream)
        if ring == nil {
            removeFromEpoll(stream)
            enqueueClose(stream)
        } else {
            cancelOperations(stream)
            if stream.operations == 0 { enqueueClose(stream) }
        }
    }

    func enqueueClose(_ stream: Stream) {
        stream.wheelNext = closeList
        closeList = Unmanaged.passUnretained(stream)
    }

    /// Closes the socket and takes the stream out of everything, but does not let go of it.
    func unlinkForGood(_ stream: Stream) {
        wheel.remove(stream)
        stream.state.formUnion([.closing, .closed])
        stream.output.removeAll(pool)
        stream.unencoded.removeAll(pool)
        dropStash(stream)
        Glibc.close(stream.fd)
        let next = stream.listNext
        let previous = stream.listPrevious
        if let previous { previous._withUnsafeGuaranteedRef { $0.listNext = next } } else { streamList = next }
        next?._withUnsafeGuaranteedRef { $0.listPrevious = previous }
        stream.listNext = nil
        stream.listPrevious = nil
        startedCount -= 1
    }

    /// Reads on after a pause.
    func resumedReading(_ stream: Stream) {
        if ring == nil { pollForInput(stream) } else { resumedRingReading(stream) }
    }
}
