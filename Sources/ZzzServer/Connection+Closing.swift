import Glibc
import ZzzIO

/// The several ways in which a connection ends.
extension Connection {
    /// How much a peer may still send after the last response.
    static var maximumLingerBytes: Int { 1 << 20 }
    /// How long a peer may take to close after the last response.
    static var lingerMilliseconds: UInt64 { 2_000 }

    /// Ends the connection now: what is queued is offered to the socket once, and no step is taken any more.
    func cut() {
        phase = .closed
        close()
    }

    /// The same, after everything that the peer was owed: it is told so.
    func cutPolitely() {
        endOutput()
        cut()
    }

    /// The same with a reset, so that the peer does not take what it has got for the whole.
    func cutWithReset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        // The socket is open, and the option known: it cannot fail (socket(7)).
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
        cut()
    }

    /// The peer has ended its side, and no response is owed but those that are queued.
    func endWithoutAnswer() {
        if queuedBytes == 0 { cutPolitely() } else { beginClosing() }
    }

    /// The last response has been given to the stream.
    func beginClosing() {
        phase = .closing
        input.recycle(to: self)
        if queuedBytes == 0 { finishClosing() } else {
            // The end goes out with the last bytes.
            if !hasPeerEnded { shutdownWrite() }
            watchWriting()
            flush()
        }
    }

    /// The last response is out. A peer that may still be sending is given the time to read it: closing with unread
    /// input would reset the connection, and could destroy the response on its way (RFC 9112 section 9.6).
    func finishClosing() {
        guard !hasPeerEnded else { return cutPolitely() }
        phase = .lingering
        next.recycle(to: self)
        shutdownWrite()
        resumeReading()
        setDeadline(afterMilliseconds: Self.lingerMilliseconds)
    }

    /// How long an idle connection has for a request that is on its way when another process takes over.
    static var handOverGraceMilliseconds: UInt64 { 1_000 }

    /// The daemon is going down, or the listener with it: an idle connection ends now, another one after its response.
    /// With a grace nothing is closed that has not been told so: the next response says it (RFC 9112 section 9.6).
    func drain() {
        if worker.drainGraceMilliseconds > 0 {
            if phase == .idle, !isResumeScheduled { awaitLastRequest() }
            return
        }
        closesAfterResponse = true
        if phase == .idle || phase == .proxyHeader, !isResumeScheduled { endWithoutAnswer() }
    }

    /// An idle connection while draining: it ends now, or waits for its last request.
    @inline(never)
    func endOrAwaitLastRequest() {
        if hasPeerEnded || worker.drainGraceMilliseconds == 0 { beginClosing() } else { awaitLastRequest() }
    }

    private func awaitLastRequest() {
        resumeReading()
        if queuedBytes == 0 {
            setDeadline(
                afterMilliseconds: min(worker.drainGraceMilliseconds, worker.limits.keepAliveIdleMilliseconds))
        } else {
            watchWriting()
        }
    }
}
