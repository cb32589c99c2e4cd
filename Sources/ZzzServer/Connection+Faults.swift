import CLinux
import ZzzIO

/// Requests that the host ends because the app does not: a fault in its code, or a handler that takes too long.
extension Connection {
    /// Gives the app its time to begin the response, when it has not yet.
    func awaitAnswer(_ exchange: Exchange) {
        guard exchange.response == .none else { return }
        answerDeadline = loop.nowMilliseconds &+ exchange.requestTimeoutMilliseconds
        setDeadline(atMilliseconds: earliestDeadline)
    }

    /// The handler's time is over.
    func answerTookTooLong(_ exchange: Exchange) {
        switch exchange.response {
        case .none where phase == .handling:
            exchange.isAnsweredForApp = true
            worker.report(exchange, "no response within \(exchange.requestTimeoutMilliseconds) ms: answered 503")
            countTimeout(exchange)
            respond(exchange, status: 503, "the app has not answered in time")
            detach(exchange)
            // The app hears of it as of a client that has gone, so that an async handler is cancelled.
            exchange.connectionClosed()
        case .streaming:
            countTimeout(exchange)
            cutResponse(exchange)
        case .none, .finished: break
        }
    }

    private func countTimeout(_ exchange: Exchange) {
        worker.statistics.timeouts &+= 1
        exchange.site?._withUnsafeGuaranteedRef { $0.routeActivity.countTimeout(route: Int(exchange.routeIndex)) }
    }

    /// The app's code has faulted, and will not answer: the connection goes on without the exchange.
    func end(abandoned exchange: Exchange) -> AppFault.Outcome {
        isAdvancing = false
        guard phase == .handling else { return .nobodyWaited }
        switch exchange.response {
        case .none:
            respond(exchange, status: 500, "")
            detach(exchange)
            return .answered(500)
        case .streaming:
            cutResponse(exchange)
            return .cut
        case .finished:
            detach(exchange)
            return .answered(exchange.status)
        }
    }

    /// A call that had lost the loop has come back, and there may be more to do for the request.
    func callReturned(_ exchange: Exchange) {
        guard phase != .closed else { return }  // closed() tells the app
        if exchange.response == .finished {
            conclude(exchange)
        } else if exchange.retains > 0 {
            awaitAnswer(exchange)
        } else {
            exchange.settle()
        }
        guard worker.isCurrent else { return }
        scheduleResume()
    }

    /// An app that is in quarantine.
    func answerUnavailable(_ exchange: Exchange, _ site: Site) {
        respond(
            exchange, status: 503, "the app is not available", retryAfterSeconds: site.retryAfterSeconds)
    }
}

extension Exchange {
    /// How long its handler may take to begin the response.
    var requestTimeoutMilliseconds: UInt64 {
        if let route { return route.pointee.requestTimeoutMilliseconds }
        return site?._withUnsafeGuaranteedRef { $0.limits.requestTimeoutMilliseconds } ?? 60_000
    }

    /// A fault in the app has ended what was done for this request.
    ///
    /// The frozen thread, and other threads of the app, may point to what the exchange holds: it keeps all of that, and
    /// goes to no pool again. Its handle is dead from here on.
    func abandon() -> AppFault.Outcome {
        guard !isAbandoned else { return .nobodyWaited }
        isAbandoned = true
        serial.store(Self.noHandle, ordering: .releasing)
        forgetCallbacks()
        for file in temporaryFiles { file.emptyIfUnnamed() }
        temporaryFiles.removeAll()
        let outcome = connection.map { $0._withUnsafeGuaranteedRef { $0.end(abandoned: self) } } ?? .nobodyWaited
        endActivity(worker)
        worker.exchanges.giveUp()
        return outcome
    }

    /// The time of a call that has lost the loop is over, unless it has written something of its response lately.
    func callTookTooLong(_ call: StalledCall) {
        if response == .streaming, let connection {
            let time = requestTimeoutMilliseconds
            let due = connection._withUnsafeGuaranteedRef { $0.lastWriteMilliseconds } &+ time
            let now = worker.loop.nowMilliseconds
            guard now >= due else {
                return call.deadline.store(zzz_linux_monotonic_ns() &+ (due - now) &* 1_000_000, ordering: .relaxed)
            }
        }
        call.isOverdue.store(true, ordering: .releasing)
        if call.hasComputed, let route { route.pointee.forecast.hasComputed() }
        connection?._withUnsafeGuaranteedRef { $0.answerTookTooLong(self) }
    }
}
