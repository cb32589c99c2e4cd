import Synchronization
import ZzzAppABI
import ZzzHTTP
import ZzzRouter

/// One request and its response, from the first byte of the head until the response has ended and nobody retains it.
///
/// Loop-owned, reused for request after request. The request's bytes stay where they are for as long as the exchange
/// lives: in the connection's input buffer, or in `pinned` when an app retains the exchange beyond its response.
public final class Exchange {
    /// How far the response is.
    enum Response: UInt8 {
        case none
        /// The head is out, the body follows.
        case streaming
        case finished
    }

    /// What an app asked to be told, once.
    struct Callback {
        var function: zzz_request_callback
        var user: UnsafeMutableRawPointer?
    }
    struct BodyCallback {
        var function: zzz_body_callback
        var user: UnsafeMutableRawPointer?
    }

    /// As for `Connection`.
    private let workerReference: Unmanaged<Worker>
    var worker: Worker { workerReference._withUnsafeGuaranteedRef { $0 } }
    let slot: Int
    @exclusivity(unchecked) var nextFree: Unmanaged<Exchange>?
    /// The serial of the handle that an app has, or `noHandle`; read from any thread.
    let serial = Atomic<UInt64>(noHandle)
    /// No handle's serial: those have 32 bits.
    static var noHandle: UInt64 { .max }
    /// The serial of the last handle that was given out.
    @exclusivity(unchecked) private var lastSerial: UInt32 = 0
    let remoteWrites = RemoteWrites()

    /// nil once the connection is closed.
    @exclusivity(unchecked) var connection: Unmanaged<Connection>?
    @exclusivity(unchecked) var site: Unmanaged<Site>?
    @exclusivity(unchecked) var route: UnsafeMutablePointer<Endpoint>?
    @exclusivity(unchecked) var routeIndex: Int32 = -1

    @exclusivity(unchecked) var head = RequestHead()
    /// Where the head begins in the connection's input.
    @exclusivity(unchecked) var headStart: Int32 = 0
    @exclusivity(unchecked) var body = BodyReader()
    @exclusivity(unchecked) var response = Response.none
    @exclusivity(unchecked) var status: UInt16 = 0
    /// How often the app retains it.
    @exclusivity(unchecked) var retains: UInt32 = 0
    /// The host's own holds, while it calls the app about the request: apart from the app's, which may release too
    /// often.
    @exclusivity(unchecked) var holds: UInt32 = 0
    /// The handler is being called right now.
    @exclusivity(unchecked) var isInHandler = false
    @exclusivity(unchecked) var isChunkedResponse = false
    @exclusivity(unchecked) var isUpgraded = false
    /// The response's body ends with the connection.
    @exclusivity(unchecked) var isCloseDelimited = false
    /// The app gave up before the response was whole.
    @exclusivity(unchecked) var isCutByApp = false
    /// The app's code faulted while it handled the request. Whatever still points here, the exchange is never used
    /// again.
    @exclusivity(unchecked) var isAbandoned = false
    /// The host has answered because the app did not: for the app that is as if the client had gone.
    @exclusivity(unchecked) var isAnsweredForApp = false
    /// Bytes of the response's body still to come when its length was given; -1 otherwise.
    @exclusivity(unchecked) var responseBytesLeft: Int64 = -1
    @exclusivity(unchecked) var responseBodyBytes: UInt64 = 0
    /// When the head was whole, in the loop's nanoseconds; kept only for the access log.
    @exclusivity(unchecked) var startedAt: UInt64 = 0
    /// When the site was found, in ticks of `zzz_linux_ticks`.
    @exclusivity(unchecked) var startedTicks: UInt64 = 0

    @exclusivity(unchecked) var onWritable: Callback?
    @exclusivity(unchecked) var onClosed: Callback?
    @exclusivity(unchecked) var onBody: BodyCallback?
    /// The value of Allow for the handler of unmatched requests.
    @exclusivity(unchecked) var allow: ImmutableBytes?
    @exclusivity(unchecked) var trailers = TrailerFields()
    /// What the app was told about TLS, and may still look at.
    @exclusivity(unchecked) var tls: TLSFacts?
    /// Files without a name that the app has for the request.
    @exclusivity(unchecked) var temporaryFiles: [OwnedFile] = []
    /// The input that the request's slices point into, when the connection has gone on without it.
    @exclusivity(unchecked) var pinned = InputBuffer()

    /// What the app sees; and the arrays behind it, in one allocation that is made with the first request.
    let request: UnsafeMutablePointer<zzz_http_request>
    @exclusivity(unchecked) private(set) var fields: UnsafeMutablePointer<HeaderField>! = nil
    @exclusivity(unchecked) private(set) var headers: UnsafeMutablePointer<zzz_header>! = nil
    let parameters: UnsafeMutablePointer<RouteParameter>
    /// Where a path that has to be decoded is decoded to; made when first needed.
    @exclusivity(unchecked) private var scratch = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    init(worker: Worker, slot: Int) {
        workerReference = Unmanaged.passUnretained(worker)
        self.slot = slot
        request = .allocate(capacity: 1)
        request.initialize(to: zzz_http_request())
        request.pointee.size = UInt32(MemoryLayout<zzz_http_request>.size)
        parameters = .allocate(capacity: RoutePattern.maximumParameterCount)
    }

    deinit {
        body.free()
        pinned.free()
        request.deallocate()
        parameters.deallocate()
        fields?.deallocate()
        headers?.deallocate()
        scratch.deallocate()
    }

    /// The handle that the app has.
    var handle: Handle { Handle(worker: worker.number, slot: slot, serial: lastSerial) }

    /// Makes the handle that the app gets: until now nothing that an app makes up can reach this exchange.
    @inline(__always)
    func issueHandle(_ worker: Worker) -> Handle {
        lastSerial &+= 1
        if lastSerial == 0 { lastSerial = 1 }
        remoteWrites.reset(serial: lastSerial, highWater: highWaterBytes)
        serial.store(UInt64(lastSerial), ordering: .releasing)
        return Handle(worker: worker.number, slot: slot, serial: lastSerial)
    }

    /// Called when the exchange is taken from the pool. The limits of a worker can grow with its configuration.
    @inline(__always)
    func prepare(connection: Unmanaged<Connection>, fieldCapacity: Int) {
        if fields == nil { allocate(fieldCapacity) }
        self.connection = connection
    }

    @inline(never)
    private func allocate(_ fieldCapacity: Int) {
        fields = .allocate(capacity: fieldCapacity)
        headers = .allocate(capacity: fieldCapacity)
    }

    /// Room for a decoded path of `byteCount` bytes.
    func scratch(byteCount: Int) -> UnsafeMutableRawBufferPointer {
        if scratch.count < byteCount {
            scratch.deallocate()
            scratch = .allocate(byteCount: byteCount, alignment: 8)
        }
        return scratch
    }

    /// Gives the exchange back when its response has ended (or its client has gone), its handler has returned and
    /// nobody retains it. The handle is dead from here on. A request that nobody will answer any more is answered for.
    @inline(__always)
    func settle(_ worker: Worker) {
        guard retains == 0, !isInHandler, holds == 0 else { return }
        if response != .finished, connection != nil {
            forgetCallbacks()
            if !isTakenCareOf() { return }
        }
        recycle(worker)
    }

    func settle() { settle(worker) }

    /// Calls `body` with the worker, without counting references.
    @inline(__always)
    func withWorker<Value, Failure: Error>(_ body: (Worker) throws(Failure) -> Value) throws(Failure) -> Value {
        try workerReference.borrow(body)
    }

    /// After its last release an app is not called about the request any more.
    func forgetCallbacks() {
        onWritable = nil
        onClosed = nil
        onBody = nil
    }

    /// Ends a response that the app forgot. Whether the exchange can go now.
    @inline(never)
    private func isTakenCareOf() -> Bool {
        guard let connection else { return true }
        return connection._withUnsafeGuaranteedRef { $0.endForgottenResponse(of: self) }
    }

    /// Takes what `input` holds when somebody may still look at the request's slices.
    func keepInput(_ input: inout InputBuffer) {
        guard retains > 0 || holds > 0 || isInHandler || isAbandoned else { return }
        pinned = input
        input = InputBuffer()
    }

    /// A request that is refused before its head was read: nothing of the one before in this exchange may show.
    func clearRequest() {
        request.initialize(to: zzz_http_request())
        request.pointee.size = UInt32(MemoryLayout<zzz_http_request>.size)
        startedAt = worker.now
    }

    @inline(__always)
    private func recycle(_ worker: Worker) {
        if isAbandoned { return }
        serial.store(Self.noHandle, ordering: .releasing)
        endActivity(worker)
        if let connection { connection._withUnsafeGuaranteedRef { $0.exchangeEnded() } }
        connection = nil
        route = nil
        routeIndex = -1
        if body.hasStorage || body.kind != .none { body.reset() }
        response = .none
        status = 0
        isChunkedResponse = false
        isUpgraded = false
        isCloseDelimited = false
        isCutByApp = false
        isAnsweredForApp = false
        responseBytesLeft = -1
        responseBodyBytes = 0
        forgetCallbacks()
        if allow != nil {
            allow = nil
            request.pointee.allow = zzz_bytes()
        }
        trailers.removeAll()
        if tls != nil { tls = nil }
        if !temporaryFiles.isEmpty { temporaryFiles.removeAll() }
        if pinned.base != nil { pinned.recycle(to: worker.loop) }
        worker.exchanges.put(Unmanaged.passUnretained(self))
    }

    /// The request no longer counts as in flight for its site.
    @inline(__always)
    func endActivity(_ worker: Worker) {
        guard let site else { return }
        site._withUnsafeGuaranteedRef { $0.activity.end(loop: worker.index, isError: status >= 500 || isCutByApp) }
        self.site = nil
        if worker.hasRetiredSites { worker.releaseRetiredSites() }
    }
}
