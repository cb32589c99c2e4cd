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

    // MARK: Events of the connection

    /// Everything that was queued has been written.
    func becameWritable() {
        guard let callback = onWritable else { return }
        onWritable = nil
        holds += 1
        guard call(callback) else { return }
        holds -= 1
        settle()
    }

    /// The response has ended: nobody reads the body any more, and nothing of it waits to be written for the app.
    func tellWaiting() {
        guard onBody != nil || onWritable != nil else { return }
        holds += 1
        if let callback = onBody {
            onBody = nil
            guard call(callback, UInt32(ZZZ_BODY_FAILED)) else { return }
        }
        if let callback = onWritable {
            onWritable = nil
            guard call(callback) else { return }
        }
        holds -= 1
    }

    /// The client has gone, and the connection with it.
    func connectionClosed() {
        connection = nil
        if response != .finished { countEnd(worker, isCut: true) }
        holds += 1
        if let callback = onBody {
            onBody = nil
            guard call(callback, UInt32(ZZZ_BODY_FAILED)) else { return }
        }
        if let callback = onClosed, response != .finished {
            onClosed = nil
            guard call(callback) else { return }
        }
        if let callback = onWritable {
            // A writer that waits finds out that the client has gone.
            onWritable = nil
            guard call(callback) else { return }
        }
        holds -= 1
        settle()
    }

    /// Into the app; false when another thread has taken the loop over meanwhile.
    private func call(_ callback: Callback) -> Bool {
        worker.callApp { callback.function(callback.user, handle.pointer) }
    }

    func call(
        _ callback: BodyCallback, _ event: UInt32,
        _ bytes: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)
    ) -> Bool {
        worker.callApp { callback.function(callback.user, handle.pointer, event, zzz_bytes(bytes)) }
    }
}
