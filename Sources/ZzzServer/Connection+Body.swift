import ZzzAppABI
import ZzzHTTP
import ZzzIO

/// Request bodies: collected for handlers that want them whole, handed on piece by piece to handlers that stream.
///
/// From the moment a body is read, everything behind the head is in `next`, so that it can move while the head stays.
extension Connection {
    /// Moves what is behind the head from `input` to `next`.
    func separateBody() {
        guard !input.isEmpty else { return }
        precondition(next.base == nil, "input behind a head while another request was in flight")
        next = InputBuffer(copying: input.bytes)
        input.truncate()
    }

    /// body -> handling, when the whole body has come.
    func collectBody() -> Bool {
        guard let exchange else { preconditionFailure("a body is collected without an exchange") }
        return exchange._withUnsafeGuaranteedRef { collectBody(of: $0) }
    }

    private func collectBody(of exchange: Exchange) -> Bool {
        sendContinueIfAwaited(exchange)
        while true {
            switch exchange.body.step(next.bytes) {
            case .data(let bytes, let consumed):
                exchange.body.collect(bytes)
                next.start += Int32(consumed)
            case .trailer(let field, let consumed):
                exchange.trailers.append(field, in: next.bytes)
                next.start += Int32(consumed)
            case .end(let consumed):
                next.start += Int32(consumed)
                exchange.request.pointee.body = zzz_bytes(exchange.body.collected)
                callWithWholeBody(exchange)
                return true
            case .needsMore(let consumed):
                next.start += Int32(consumed)
                waitForBody(exchange)
                return false
            case .failure(let status):
                refuse(status: Int(status), status == 413 ? "the body is too large" : "the body is malformed")
                return false
            }
        }
    }

    private func waitForBody(_ exchange: Exchange) {
        if next.isEmpty { next.recycle(to: self) }
        if hasPeerEnded { return close() }
        resumeReading()
        let pause = exchange.site?._withUnsafeGuaranteedRef { $0.limits.bodyIdleMilliseconds } ?? 30_000
        setDeadline(afterMilliseconds: pause)
    }

    /// 100 Continue, when the client waits for it and has sent nothing of the body yet (RFC 9110 section 10.1.1).
    private func sendContinueIfAwaited(_ exchange: Exchange) {
        guard exchange.body.awaitsContinue else { return }
        exchange.body.awaitsContinue = false
        guard next.isEmpty, exchange.response == .none else { return }
        write("HTTP/1.1 100 Continue\r\n\r\n")
        flush()
    }

    /// The next piece of the body for a handler that has asked for it.
    /// - Returns: whether `advance` goes on.
    func advanceHandling() -> Bool {
        guard let exchange else { return false }
        return exchange._withUnsafeGuaranteedRef { advanceHandling($0) }
    }

    private func advanceHandling(_ exchange: Exchange) -> Bool {
        guard let callback = exchange.onBody else {
            if !next.isEmpty { pauseReading() }
            return false
        }
        if exchange.body.isComplete {
            deliver(exchange, callback, UInt32(ZZZ_BODY_END))
            return true
        }
        sendContinueIfAwaited(exchange)
        switch exchange.body.step(next.bytes) {
        case .data(let bytes, let consumed):
            next.start += Int32(consumed)
            deliver(exchange, callback, UInt32(ZZZ_BODY_DATA), bytes)
            return phase == .handling
        case .trailer(let field, let consumed):
            exchange.trailers.append(field, in: next.bytes)
            next.start += Int32(consumed)
            return true
        case .end(let consumed):
            next.start += Int32(consumed)
            deliver(exchange, callback, UInt32(ZZZ_BODY_END))
            return phase == .handling
        case .needsMore(let consumed):
            next.start += Int32(consumed)
            return waitForStreamedBody(exchange, callback)
        case .failure(let status):
            bodyFailed(exchange, callback, status: status)
            return false
        }
    }

    private func waitForStreamedBody(_ exchange: Exchange, _ callback: Exchange.BodyCallback) -> Bool {
        if hasPeerEnded, exchange.body.kind == .untilClose {
            exchange.body.endAtClose()
            return true
        }
        if hasPeerEnded {
            bodyFailed(exchange, callback, status: 400)
            return false
        }
        if exchange.body.kind == .untilClose {
            if next.isEmpty { next.recycle(to: self) }
            resumeReading()
            return false
        }
        waitForBody(exchange)
        return false
    }

    /// The body cannot be completed: the app is told, and the client, when nothing has been sent to it yet.
    func bodyFailed(_ exchange: Exchange, _ callback: Exchange.BodyCallback?, status: UInt16) {
        exchange.retains += 1
        closesAfterResponse = true
        if let callback { deliver(exchange, callback, UInt32(ZZZ_BODY_FAILED)) }
        let mayAnswer = exchange.response == .none && !exchange.isClaimed.exchange(true, ordering: .relaxed)
        if phase == .handling {
            if mayAnswer { refuse(status: Int(status), status == 413 ? "the body is too large" : "the body is incomplete") }
            else if exchange.response == .streaming { close() }
        }
        exchange.retains -= 1
        exchange.settle()
    }

    /// Into the app: one event of the body.
    func deliver(
        _ exchange: Exchange, _ callback: Exchange.BodyCallback, _ event: UInt32,
        _ bytes: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)
    ) {
        exchange.onBody = nil
        exchange.retains += 1
        _ = worker.callApp { callback.function(callback.user, exchange.handle.pointer, event, zzz_bytes(bytes)) }
        exchange.retains -= 1
        exchange.settle()
    }

    /// Drops what has come of a body that the handler did not read. Whether that was all of it: then the connection can be kept.
    func discardReceivedBody(_ exchange: Exchange) -> Bool {
        guard exchange.head.hasBody, !exchange.body.isComplete else { return true }
        guard !exchange.body.awaitsContinue, !exchange.isUpgraded else { return false }
        separateBody()
        while true {
            switch exchange.body.step(next.bytes) {
            case .data(_, let consumed), .trailer(_, let consumed): next.start += Int32(consumed)
            case .end(let consumed):
                next.start += Int32(consumed)
                return true
            case .needsMore, .failure: return false
            }
        }
    }
}
