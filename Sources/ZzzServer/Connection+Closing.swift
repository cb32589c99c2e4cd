import ZzzIO

/// Deadlines, and the several ways in which a connection ends.
extension Connection {
    /// How much a peer may still send after the last response.
    static var maximumLingerBytes: Int { 1 << 20 }
    /// How long a peer may take to close after the last response.
    static var lingerMilliseconds: UInt64 { 2_000 }

    /// The deadline that was set last has come; what it meant follows from the phase.
    func deadlinePassed() {
        let now = loop.nowMilliseconds
        switch phase {
        case .idle:
            if queuedBytes > 0 { checkWriting() } else { close() }
        case .head:
            if headDeadline == 0 { headDeadline = now }
            if now >= headDeadline { refuse(status: 408, "the request's head took too long") }
            else { setDeadline(atMilliseconds: headDeadline) }
        case .body:
            refuse(status: 408, "the request's body took too long")
        case .handling:
            if queuedBytes > 0 { return checkWriting() }
            guard let exchange else { return }
            exchange._withUnsafeGuaranteedRef {
                if let callback = $0.onBody, $0.body.kind != .untilClose { bodyFailed($0, callback, status: 408) }
            }
        case .closing: checkWriting()
        case .lingering: close()
        case .closed: break
        }
        if phase != .closed { flush() }
    }

    /// Gives the peer time to take what waits to be written.
    func watchWriting() {
        queuedAtDeadline = queuedBytes
        setDeadline(afterMilliseconds: writeStallMilliseconds)
    }

    /// A peer that has taken nothing since the deadline was set is cut off; any progress gives it another one.
    private func checkWriting() {
        if queuedBytes >= queuedAtDeadline {
            worker.statistics.stalled &+= 1
            close()
        } else {
            watchWriting()
        }
    }

    private var writeStallMilliseconds: UInt64 {
        guard let site = exchange?._withUnsafeGuaranteedRef({ $0.site }) else { return worker.limits.writeStallMilliseconds }
        return site._withUnsafeGuaranteedRef { $0.limits.writeStallMilliseconds }
    }

    /// Less than before is waiting to be written.
    func becameWritable() {
        switch phase {
        case .idle: setDeadline(afterMilliseconds: worker.limits.keepAliveIdleMilliseconds)
        case .handling: if let exchange { exchange._withUnsafeGuaranteedRef { $0.becameWritable() } }
        case .head, .body, .closing, .lingering, .closed: break
        }
    }

    /// The last response has been given to the stream.
    func beginClosing() {
        phase = .closing
        input.recycle(to: self)
        if queuedBytes == 0 { finishClosing() } else {
            watchWriting()
            flush()
        }
    }

    /// The last response is out. A peer that may still be sending is given the time to read it: closing with unread input would
    /// reset the connection, and could destroy the response on its way (RFC 9112 section 9.6).
    func finishClosing() {
        guard !hasPeerEnded else { return close() }
        phase = .lingering
        next.recycle(to: self)
        shutdownWrite()
        resumeReading()
        setDeadline(afterMilliseconds: Self.lingerMilliseconds)
    }

    /// The daemon is going down, or the listener with it: an idle connection ends now, another one after its response.
    func drain() {
        if phase == .idle, queuedBytes == 0 { close() } else { closesAfterResponse = true }
    }
}
