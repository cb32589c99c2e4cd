import ZzzAppABI
import ZzzHTTP
import ZzzIO

/// Request bodies: collected for handlers that want them whole, handed on piece by piece to handlers that stream.
///
/// From the moment a body is read, everything behind the head is in `next`, so that it can move while the head stays.
extension Connection {
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
                if hasPeerEnded { endWithoutAnswer() } else { waitForBody(exchange) }
                return false
            case .failure(let status):
                refuse(status: Int(status), Self.explanation(ofBodyFailure: status))
                return true
            }
        }
    }

    private static func explanation(ofBodyFailure status: UInt16) -> StaticString {
        switch status {
        case 408: "the request's body took too long"
        case 413: "the body is too large"
        default: "the body is malformed or incomplete"
        }
    }

    /// 100 Continue, when the client waits for it and has sent nothing of the body yet (RFC 9110 section 10.1.1).
    private func sendContinueIfAwaited(_ exchange: Exchange) {
        guard exchange.body.awaitsContinue else { return }
        exchange.body.awaitsContinue = false
        guard next.isEmpty, exchange.response == .none else { return }
        writeContinue()
    }

    /// The next piece of the body for a handler that has asked for it.
    /// - Returns: whether `advance` goes on.
    func advanceHandling() -> Bool {
        guard let exchange else { return false }
        return exchange._withUnsafeGuaranteedRef { advanceHandling($0) }
    }

    private func advanceHandling(_ exchange: Exchange) -> Bool {
        // When the response has ended, `resume` comes and tells who still waits for the body.
        guard let callback = exchange.onBody, exchange.response != .finished else {
            if !next.isEmpty { pauseReading() }
            return false
        }
        bodyDeadline = .max
        if exchange.body.isComplete {
            deliver(exchange, callback, UInt32(ZZZ_BODY_END))
            return true
        }
        sendContinueIfAwaited(exchange)
        switch exchange.body.step(next.bytes) {
        case .data(let bytes, let consumed):
            next.start += Int32(consumed)
            deliver(exchange, callback, UInt32(ZZZ_BODY_DATA), bytes)
        case .trailer(let field, let consumed):
            exchange.trailers.append(field, in: next.bytes)
            next.start += Int32(consumed)
        case .end(let consumed):
            next.start += Int32(consumed)
            deliver(exchange, callback, UInt32(ZZZ_BODY_END))
        case .needsMore(let consumed):
            next.start += Int32(consumed)
            return waitForStreamedBody(exchange, callback)
        case .failure(let status):
            bodyFailed(exchange, callback, status: status)
        }
        return true
    }

    private func waitForStreamedBody(_ exchange: Exchange, _ callback: Exchange.BodyCallback) -> Bool {
        if hasPeerEnded {
            if exchange.isUpgraded { exchange.body.endAtClose() } else { bodyFailed(exchange, callback, status: 400) }
            return true
        }
        guard exchange.isUpgraded else {
            waitForBody(exchange)
            return false
        }
        if next.isEmpty { next.recycle(to: self) }
        resumeReading()
        return false
    }

    /// The body cannot be completed: the app is told, and the client, when nothing has been sent to it yet.
    func bodyFailed(_ exchange: Exchange, _ callback: Exchange.BodyCallback, status: UInt16) {
        closesAfterResponse = true
        exchange.holds += 1
        guard deliver(exchange, callback, UInt32(ZZZ_BODY_FAILED), owing: 2) else { return }
        if phase == .handling, exchange.connection != nil {
            switch exchange.response {
            case .none: respond(exchange, status: status, "\(Self.explanation(ofBodyFailure: status))")
            case .streaming: cut()
            case .finished: break
            }
        }
        exchange.holds -= 1
        if exchange.retains > 0 { conclude(exchange) } else { exchange.settle() }
    }

    /// Into the app: one event of the body.
    /// - Parameter count: the holds that this call and its caller have.
    /// - Returns: false when another thread has taken the loop over meanwhile.
    @discardableResult
    private func deliver(
        _ exchange: Exchange, _ callback: Exchange.BodyCallback, _ event: UInt32,
        _ bytes: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0), owing count: UInt32 = 1
    ) -> Bool {
        exchange.onBody = nil
        exchange.holds += 1
        guard exchange.call(callback, event, bytes, owing: count) else { return false }
        exchange.holds -= 1
        if exchange.retains > 0 {
            awaitAnswer(exchange)
            conclude(exchange)
        } else {
            exchange.settle()
        }
        return worker.isCurrent
    }

    /// Drops what has come of a body that the handler did not read. Whether that was all of it: then the connection can
    /// be kept.
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
