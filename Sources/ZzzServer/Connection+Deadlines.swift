import ZzzIO

/// The times a peer may take. A stream has one deadline: it is set to the earliest that matters in the phase, and when
/// it comes, what is due follows from the phase and from the deadlines themselves, so that one of an earlier phase does
/// nothing in a later one.
///
/// A head's deadline is absolute. A body's counts from the last piece that came, while somebody waits for more. The one
/// for writing runs while anything is queued, and starts anew only when the peer has taken some.
extension Connection {
    /// A byte now and then does not move the deadline of a head.
    func waitForHead() {
        if hasPeerEnded { return endWithoutAnswer() }
        if headDeadline == 0 { headDeadline = loop.nowMilliseconds &+ worker.limits.headerDeadlineMilliseconds }
        setDeadline(atMilliseconds: min(headDeadline, writeDeadline))
    }

    /// Somebody waits for more of the body.
    func waitForBody(_ exchange: Exchange) {
        if next.isEmpty { next.recycle(to: self) }
        resumeReading()
        let pause = exchange.site?._withUnsafeGuaranteedRef { $0.limits.bodyIdleMilliseconds } ?? 30_000
        bodyDeadline = loop.nowMilliseconds &+ pause
        // It is the peer's turn, not the handler's.
        answerDeadline = .max
        setDeadline(atMilliseconds: min(bodyDeadline, writeDeadline))
    }

    /// Something is queued: gives the peer time to take some of it, unless that time is running already.
    func watchWriting() {
        if writeDeadline == .max { beginWriteDeadline() }
        setDeadline(atMilliseconds: earliestDeadline)
    }

    private func beginWriteDeadline() {
        sentAtDeadline = sentBytes
        writeDeadline = loop.nowMilliseconds &+ writeStallMilliseconds
    }

    /// Bytes that have reached the kernel.
    private var sentBytes: UInt64 { writtenBytes &- UInt64(queuedBytes) }

    var earliestDeadline: UInt64 {
        switch phase {
        case .idle, .closing, .lingering, .closed: writeDeadline
        case .proxyHeader, .head: min(headDeadline, writeDeadline)
        case .body, .handling: min(bodyDeadline, writeDeadline, answerDeadline)
        case .webSocket: min(socket?.nextDeadline ?? .max, writeDeadline)
        }
    }

    private var writeStallMilliseconds: UInt64 {
        guard let site = exchange?._withUnsafeGuaranteedRef({ $0.site }) else {
            return worker.limits.writeStallMilliseconds
        }
        return site._withUnsafeGuaranteedRef { $0.limits.writeStallMilliseconds }
    }

    /// The stream's deadline has come.
    func deadlinePassed() {
        let now = loop.nowMilliseconds
        if phase == .lingering { return cut() }
        if now >= writeDeadline, !hasMadeProgress() {
            worker.statistics.stalled &+= 1
            return cut()
        }
        switch phase {
        case .proxyHeader where now >= headDeadline: return refuseProxy(.timeout)
        case .idle:
            // A response that has just ended: `resume` sets the next deadline.
            if isResumeScheduled { return }
            if writeDeadline == .max { return cutPolitely() }
        case .head where now >= headDeadline:
            // An empty line alone is no request (RFC 9112 section 2.2).
            if input.isEmptyLine { return endWithoutAnswer() }
            return refuse(status: 408, "the request's head took too long")
        case .body where now >= bodyDeadline:
            return refuse(status: 408, "the request's body took too long")
        case .handling where now >= bodyDeadline:
            bodyDeadline = .max
            if let exchange { exchange._withUnsafeGuaranteedRef { bodyTookTooLong($0) } }
            return
        case .handling where now >= answerDeadline:
            answerDeadline = .max
            if let exchange { return exchange._withUnsafeGuaranteedRef { answerTookTooLong($0) } }
        case .webSocket: return socketDeadlinePassed(now)
        case .proxyHeader, .head, .body, .handling, .closing, .lingering, .closed: break
        }
        let next = earliestDeadline
        if next != .max { setDeadline(atMilliseconds: next) }
    }

    private func bodyTookTooLong(_ exchange: Exchange) {
        if let callback = exchange.onBody { bodyFailed(exchange, callback, status: 408) }
    }

    /// Whether the peer has taken anything since the deadline was set; it gets another one then.
    private func hasMadeProgress() -> Bool {
        guard sentBytes > sentAtDeadline else { return false }
        beginWriteDeadline()
        return true
    }

    /// Everything that was queued has reached the kernel.
    func becameWritable() {
        switch phase {
        case .idle where isResumeScheduled: break
        case .idle where closesAfterResponse || !input.isEmpty: advance()
        case .idle where hasPeerEnded || worker.isDraining: endOrAwaitLastRequest()
        case .idle: setDeadline(afterMilliseconds: worker.limits.keepAliveIdleMilliseconds)
        case .handling: if let exchange { exchange._withUnsafeGuaranteedRef { $0.becameWritable() } }
        case .webSocket: socketBecameWritable()
        case .proxyHeader, .head, .body, .closing, .lingering, .closed: break
        }
    }
}
