import ZzzAppABI
import ZzzWebSocket

/// A socket whose messages an app handles itself. It belongs to the generation that accepted it.
final class AppSocket: WebSocket {
    private let callback: zzz_socket_callback
    private let user: UnsafeMutableRawPointer?
    private let site: Unmanaged<Site>?
    /// The app's name.
    var app: String { site?._withUnsafeGuaranteedRef { $0.name } ?? "" }
    /// A call of the app's that has lost the loop looks at it.
    private var kept: KeptInput?
    private var isInApp = false
    /// What came while the app was called, and waits for its return.
    private var ending: (code: CloseCode, reason: String)?
    private var becameWritableMeanwhile = false
    private var isHeldByApp = false
    /// References of the app's, which keep the handle and the generation.
    private var retains = 0
    /// The app has been told.
    private var hasEnded = false

    init(
        hub: SocketHub, settings: SocketSettings, compression: CompressionParameters?, site: Unmanaged<Site>?,
        callback: @escaping zzz_socket_callback, user: UnsafeMutableRawPointer?
    ) {
        self.callback = callback
        self.user = user
        self.site = site
        super.init(hub: hub, settings: settings, compression: compression)
        site?._withUnsafeGuaranteedRef { $0.activity.beginSocket(loop: hub.worker.index) }
    }

    override func received(_ kind: Int, _ bytes: UnsafeRawBufferPointer) -> Bool {
        hub.statistics.received &+= 1
        return call(kind, bytes)
    }

    override func becameWritable() {
        guard !isInApp else {
            becameWritableMeanwhile = true
            return
        }
        _ = call(ZZZ_SOCKET_WRITABLE)
    }

    override func ended(_ code: CloseCode, _ reason: String) {
        guard !isInApp else {
            ending = (code, reason)
            return
        }
        let text = ImmutableBytes(reason.utf8)
        guard call(ZZZ_SOCKET_CLOSED, text.buffer, code: code.rawValue) else { return }
        hasEnded = true
        finishUnlessRetained()
    }

    private func finishUnlessRetained() {
        if hasEnded, retains == 0 { finish() }
    }

    private func finish() {
        guard handle != nil else { return }
        hub.unlist(self)
        site?._withUnsafeGuaranteedRef { $0.activity.endSocket(loop: hub.worker.index) }
        if hub.worker.hasRetiredSites { hub.worker.releaseRetiredSites() }
    }

    /// Into the app; false when another thread has taken the loop over meanwhile.
    private func call(
        _ kind: Int, _ bytes: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0),
        code: UInt16 = 0
    ) -> Bool {
        guard let handle else { return true }
        var event = zzz_socket_event()
        event.size = UInt32(MemoryLayout<zzz_socket_event>.size)
        event.kind = UInt16(kind)
        event.close_code = code
        event.data = zzz_bytes(bytes)
        let app = site?._withUnsafeGuaranteedRef { $0.app.pointer }
        let (callback, user, worker) = (callback, user, hub.worker)
        isInApp = true
        let isCurrent = worker.callApp(AppCall(request: handle.bits, app: app, route: -1, debt: .nothing)) {
            callback(user, handle.pointer, &event)
        }
        guard isCurrent else {
            worker.postAlways { $0.hub.sockets[handle]?.returned(from: kind) }
            return false
        }
        isInApp = false
        return true
    }
}

// What the app says of it, beside what it sends.
extension AppSocket {
    typealias Refusal = SocketCalls.Refusal

    func hold() throws(Refusal) {
        guard connection != nil else { throw SocketCalls.gone }
        isHeldByApp = true
        isHeld = true
    }

    func goOn() throws(Refusal) {
        guard connection != nil else { throw SocketCalls.gone }
        isHeldByApp = false
        // Not when a call that has lost the loop looks at the last message still.
        if kept == nil { release() }
    }

    func retain() throws(Refusal) {
        guard !hasEnded else { throw SocketCalls.gone }
        retains += 1
    }

    func giveBack() throws(Refusal) {
        guard retains > 0 else {
            throw Refusal(status: zzz_status(ZZZ_ERROR_STATE), text: "the socket is not retained")
        }
        retains -= 1
        finishUnlessRetained()
    }
}

extension WebSocket {
    fileprivate func returned(from kind: Int) { (self as? AppSocket)?.callReturned(from: kind) }
}

extension AppSocket: AppCallee {
    /// The call goes on without the loop: nothing more is read until it is back. A job of the app's, on behalf of the
    /// socket, looks at no message.
    func goOnWithout(_ call: StalledCall) {
        guard isInApp, kept == nil else { return }
        isHeld = true
        kept = keepInput()
    }

    fileprivate func callReturned(from kind: Int) {
        isInApp = false
        kept = nil
        if kind == ZZZ_SOCKET_CLOSED {
            hasEnded = true
            return finishUnlessRetained()
        }
        if let ending { return ended(ending.code, ending.reason) }
        if !isHeldByApp { release() }
        guard becameWritableMeanwhile else { return }
        becameWritableMeanwhile = false
        becameWritable()
    }

    /// The app is told when it has returned, or at once where it was only a job.
    func callTookTooLong(_ call: StalledCall) {
        call.isOverdue.store(true, ordering: .releasing)
        guard connection != nil else { return }
        closeAfterFault()
        ended(.internalError, "")
    }

    /// What it was called with stays as it is for good: the frozen thread may look at it.
    func abandon() -> AppFault.Outcome {
        _ = Unmanaged.passRetained(self)
        if kept == nil { kept = keepInput() }
        closeAfterFault()
        // Nobody is left to release it.
        finish()
        return .cut
    }

    private func closeAfterFault() {
        isHeld = true
        close(.internalError, "")
        connection?._withUnsafeGuaranteedRef { connection in
            connection.socket = nil
            connection.beginClosing()
        }
        connection = nil
    }
}
