import ZzzAppABI
import ZzzHTTP
import ZzzIO

/// What an app is told about a request, and what it asks to be told.
extension Exchange {
    // MARK: How long it lives

    /// zzz_http.retain
    func retain() throws(Refusal) {
        guard retains < Self.maximumRetains else {
            throw Refusal(status: zzz_status(ZZZ_ERROR_LIMIT), text: "retained \(retains) times and never released")
        }
        retains += 1
    }

    private static var maximumRetains: UInt32 { 1 << 30 }

    /// zzz_http.release
    func release() throws(Refusal) {
        guard retains > 0 else { throw Self.state("released more often than retained") }
        retains -= 1
        if retains == 0, !isInHandler { forgetCallbacks() }
        settle()
    }

    // MARK: What it asks to be told

    /// zzz_http.read_body
    func readBody(_ callback: BodyCallback) throws(Refusal) {
        let connection = try liveConnection()
        guard onBody == nil else { throw Self.state("a read_body is waiting already") }
        guard response != .finished else { throw Self.state("the response has ended: the body is not read any more") }
        guard phaseAllowsReading else { throw Self.state("the body was handed over whole") }
        onBody = callback
        connection._withUnsafeGuaranteedRef { if !$0.isAdvancing { $0.scheduleResume() } }
    }

    private var phaseAllowsReading: Bool {
        isUpgraded || Int32(request.pointee.flags) & Int32(ZZZ_REQUEST_BODY_COMPLETE) == 0
            || request.pointee.body.count == 0
    }

    /// zzz_http.on_writable
    func notifyWritable(_ callback: Callback) throws(Refusal) {
        let connection = try liveConnection()
        guard onWritable == nil else { throw Self.state("an on_writable is waiting already") }
        onWritable = callback
        connection._withUnsafeGuaranteedRef { if $0.queuedBytes == 0 { $0.scheduleResume() } }
    }

    /// zzz_http.on_closed
    func notifyClosed(_ callback: Callback) throws(Refusal) {
        _ = try liveConnection()
        guard onClosed == nil else { throw Self.state("an on_closed is waiting already") }
        onClosed = callback
    }

    /// zzz_http.trailers
    func receivedTrailers() throws(Refusal) -> UnsafeMutableBufferPointer<zzz_header> {
        guard body.isComplete else { throw Self.state("the trailers come with the end of the body") }
        return trailers.list()
    }

    /// zzz_http.peer
    func peer() throws(Refusal) -> SocketAddress {
        let connection = try liveConnection()
        return connection._withUnsafeGuaranteedRef { $0.peer }
    }

    /// zzz_http.tls; nil without TLS.
    func tlsFacts() throws(Refusal) -> TLSFacts? {
        if tls == nil { tls = try liveConnection()._withUnsafeGuaranteedRef { $0.tlsFacts } }
        return tls
    }

    // MARK: Events of the connection

    /// Everything that was queued has been written.
    func becameWritable() {
        remoteWrites.noteDrained()
        guard let callback = onWritable else { return }
        onWritable = nil
        holds += 1
        guard call(callback, owing: 1) else { return }
        holds -= 1
        settle()
    }

    /// The response has ended: nobody reads the body any more, and nothing of it waits to be written for the app.
    /// - Returns: false when another thread has taken the loop over meanwhile.
    func tellWaiting() -> Bool {
        guard onBody != nil || onWritable != nil else { return true }
        holds += 1
        if let callback = onBody {
            onBody = nil
            guard call(callback, UInt32(ZZZ_BODY_FAILED), owing: 1) else { return false }
        }
        if let callback = onWritable {
            onWritable = nil
            guard call(callback, owing: 1) else { return false }
        }
        holds -= 1
        return true
    }

    /// The client has gone, and the connection with it; or the host has answered in the app's place, which for the app
    /// is the same.
    func connectionClosed() {
        connection = nil
        if response != .finished { countEnd(worker, isCut: true) }
        holds += 1
        if let callback = onBody {
            onBody = nil
            guard call(callback, UInt32(ZZZ_BODY_FAILED), owing: 1) else { return }
        }
        if let callback = onClosed, response != .finished || isAnsweredForApp {
            onClosed = nil
            guard call(callback, owing: 1) else { return }
        }
        if let callback = onWritable {
            // A writer that waits finds out that the client has gone.
            onWritable = nil
            guard call(callback, owing: 1) else { return }
        }
        holds -= 1
        settle()
    }

    /// A call into the app has come back on a thread that had lost the loop meanwhile, and takes back here what it
    /// owes. Whatever the thread would have done next is done now.
    func returned(owing debt: AppCall.Debt) {
        switch debt {
        case .nothing: break
        case .handler: isInHandler = false
        case .holds(let count): holds -= count
        }
        guard let connection else { return connectionClosed() }
        connection._withUnsafeGuaranteedRef { $0.callReturned(self) }
    }

    private func appCall(owing count: UInt32) -> AppCall {
        let app = site.flatMap { $0._withUnsafeGuaranteedRef { $0.app.pointer } }
        return AppCall(request: handle.bits, app: app, route: routeIndex, debt: .holds(count))
    }

    /// Into the app; false when another thread has taken the loop over meanwhile.
    private func call(_ callback: Callback, owing count: UInt32) -> Bool {
        worker.callApp(appCall(owing: count)) { callback.function(callback.user, handle.pointer) }
    }

    func call(
        _ callback: BodyCallback, _ event: UInt32,
        _ bytes: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0), owing count: UInt32
    ) -> Bool {
        worker.callApp(appCall(owing: count)) {
            callback.function(callback.user, handle.pointer, event, zzz_bytes(bytes))
        }
    }
}
