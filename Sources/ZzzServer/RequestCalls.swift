import CContainment
import ZzzAppABI
import ZzzIO

/// What an app can do with a request handle, from any thread: on the request's own loop at once, elsewhere through the
/// loop's mailbox, with everything copied.
public enum RequestCalls {
    public typealias Refusal = Exchange.Refusal

    static var gone: Refusal { Refusal(status: zzz_status(ZZZ_ERROR_GONE), text: "the request has ended") }

    /// The exchange behind a handle that is still alive.
    @inline(__always)
    static func find(_ handle: Handle) -> Unmanaged<Exchange>? {
        guard let worker = WorkerRegistry.worker(handle.worker),
            let exchange = worker._withUnsafeGuaranteedRef({ $0.exchanges.exchange(slot: handle.slot) }),
            exchange._withUnsafeGuaranteedRef({ $0.serial.load(ordering: .acquiring) == UInt64(handle.serial) })
        else { return nil }
        return exchange
    }

    /// [loop] Whether the request has ended in a fault.
    @inline(__always)
    static func isAbandoned(_ handle: Handle) -> Bool {
        guard let worker = WorkerRegistry.worker(handle.worker),
            let exchange = worker._withUnsafeGuaranteedRef({ $0.exchanges.exchange(slot: handle.slot) })
        else { return false }
        return exchange._withUnsafeGuaranteedRef { $0.isAbandoned && $0.handle == handle }
    }

    /// Runs `here` when this thread runs the request's loop; otherwise has `posted` run there.
    ///
    /// - Parameter posted: is made only when needed, and copies what it needs.
    @inline(__always)
    static func run(
        _ pointer: OpaquePointer?, here: (Exchange) throws(Refusal) -> Void,
        posted: () -> @Sendable (Exchange) throws(Refusal) -> Void
    ) throws(Refusal) {
        let handle = Handle(pointer)
        guard let found = find(handle) else { throw gone }
        let isDone = try found.borrow { exchange throws(Refusal) in
            try exchange.withWorker { worker throws(Refusal) in
                try worker.runHere { () throws(Refusal) in try here(exchange) }
            }
        }
        if !isDone { try post(handle, found, posted()) }
    }

    @inline(never)
    private static func post(
        _ handle: Handle, _ exchange: Unmanaged<Exchange>,
        _ body: @escaping @Sendable (Exchange) throws(Refusal) -> Void
    ) throws(Refusal) {
        let remote = exchange._withUnsafeGuaranteedRef { $0.worker.loop.remote }
        let isPosted = remote.post {
            guard let exchange = find(handle)?.takeUnretainedValue() else { return }
            do throws(Refusal) {
                try body(exchange)
            } catch  where error.status != zzz_status(ZZZ_ERROR_GONE) {
                exchange.worker.report(exchange, "a call from another thread is refused: \(error.text)")
            } catch {
                // The client has left meanwhile, which is no fault of the app's.
            }
        }
        guard isPosted else {
            throw Refusal(status: zzz_status(ZZZ_ERROR_LIMIT), text: "the loop's mailbox is full")
        }
    }

    // MARK: One function for each of zzz_http

    @inline(__always)
    public static func respond(
        _ request: OpaquePointer?, _ response: UnsafePointer<zzz_http_response>
    ) throws(Refusal) {
        try run(request, here: { exchange throws(Refusal) in try exchange.respond(response) }) {
            let copy = OwnedResponse(response)
            return { exchange throws(Refusal) in
                try copy.with { pointer throws(Refusal) in try exchange.respond(pointer) }
            }
        }
    }

    /// `file` is open, and belongs to this call, whatever comes of it.
    public static func sendFile(
        _ request: OpaquePointer?, _ response: UnsafePointer<zzz_http_response>, file: Int32, offset: Int, length: Int
    ) throws(Refusal) {
        let file = OwnedFile(file)
        try run(
            request,
            here: { exchange throws(Refusal) in
                try exchange.respond(response, file: file, offset: offset, length: length)
            }
        ) {
            let copy = OwnedResponse(response)
            return { exchange throws(Refusal) in
                try copy.with { pointer throws(Refusal) in
                    try exchange.respond(pointer, file: file, offset: offset, length: length)
                }
            }
        }
    }

    /// `file` is open, and belongs to this call, whatever comes of it.
    public static func keepTemporaryFile(_ request: OpaquePointer?, _ file: Int32) throws(Refusal) {
        let file = OwnedFile(file)
        try run(request, here: { exchange throws(Refusal) in try exchange.keepTemporaryFile(file) }) {
            { exchange throws(Refusal) in try exchange.keepTemporaryFile(file) }
        }
    }

    public static func inform(
        _ request: OpaquePointer?, _ status: UInt16, _ headers: UnsafeBufferPointer<zzz_header>
    ) throws(Refusal) {
        try run(request, here: { exchange throws(Refusal) in try exchange.inform(status, headers) }) {
            let copy = OwnedHeaders(headers)
            return { exchange throws(Refusal) in
                try copy.with { list throws(Refusal) in try exchange.inform(status, list) }
            }
        }
    }

    public static func begin(
        _ request: OpaquePointer?, _ response: UnsafePointer<zzz_http_response>, contentLength: Int64
    ) throws(Refusal) {
        try run(
            request,
            here: { exchange throws(Refusal) in
                try exchange.begin(response, contentLength: contentLength)
            }
        ) {
            let copy = OwnedResponse(response)
            return { exchange throws(Refusal) in
                try copy.with { pointer throws(Refusal) in try exchange.begin(pointer, contentLength: contentLength) }
            }
        }
    }

    /// Whether more than the high-water mark is waiting; from another thread, more than that of what such threads have
    /// written.
    public static func write(_ request: OpaquePointer?, _ bytes: UnsafeRawBufferPointer) throws(Refusal) -> Bool {
        let handle = Handle(request)
        guard let found = find(handle) else { throw gone }
        let written: Result<Bool, Refusal>? = found._withUnsafeGuaranteedRef { exchange in
            exchange.withWorker { worker in
                guard worker.isCurrent else { return nil }
                return worker.callHost {
                    do throws(Refusal) { return .success(try exchange.write(bytes)) } catch { return .failure(error) }
                }
            }
        }
        if let written { return try written.get() }
        let isFull = found._withUnsafeGuaranteedRef { $0.remoteWrites.add(bytes.count, serial: handle.serial) }
        guard let isFull else { throw Exchange.tooMuchWaits }
        let copy = Array(bytes)
        do throws(Refusal) {
            try post(handle, found) { exchange throws(Refusal) in
                let refusal: Refusal? = copy.withUnsafeBytes { bytes in
                    do throws(Refusal) { try exchange.writeRemote(bytes) } catch { return error }
                    return nil
                }
                if let refusal { throw refusal }
            }
        } catch {
            found._withUnsafeGuaranteedRef { $0.remoteWrites.remove(bytes.count, serial: handle.serial) }
            throw error
        }
        return isFull
    }

    public static func finish(
        _ request: OpaquePointer?, _ trailers: UnsafeBufferPointer<zzz_header>
    ) throws(Refusal) {
        try run(request, here: { exchange throws(Refusal) in try exchange.finish(trailers) }) {
            let copy = OwnedHeaders(trailers)
            return { exchange throws(Refusal) in try copy.with { list throws(Refusal) in try exchange.finish(list) } }
        }
    }

    public static func upgrade(
        _ request: OpaquePointer?, _ headers: UnsafeBufferPointer<zzz_header>
    ) throws(Refusal) {
        try run(request, here: { exchange throws(Refusal) in try exchange.upgrade(headers) }) {
            let copy = OwnedHeaders(headers)
            return { exchange throws(Refusal) in try copy.with { list throws(Refusal) in try exchange.upgrade(list) } }
        }
    }

    public static func abort(_ request: OpaquePointer?) throws(Refusal) {
        try run(request, here: { exchange throws(Refusal) in try exchange.abort() }) {
            { exchange throws(Refusal) in try exchange.abort() }
        }
    }

    public static func retain(_ request: OpaquePointer?) throws(Refusal) {
        try run(request, here: { exchange throws(Refusal) in try exchange.retain() }) {
            { exchange throws(Refusal) in try exchange.retain() }
        }
    }

    public static func release(_ request: OpaquePointer?) throws(Refusal) {
        try run(request, here: { exchange throws(Refusal) in try exchange.release() }) {
            { exchange throws(Refusal) in try exchange.release() }
        }
    }

    public static func readBody(
        _ request: OpaquePointer?, _ function: @escaping zzz_body_callback, _ user: UnsafeMutableRawPointer?
    ) throws(Refusal) {
        nonisolated(unsafe) let callback = Exchange.BodyCallback(function: function, user: user)  // only handed back
        try run(request, here: { exchange throws(Refusal) in try exchange.readBody(callback) }) {
            { exchange throws(Refusal) in try exchange.readBody(callback) }
        }
    }

    public static func notifyWritable(
        _ request: OpaquePointer?, _ function: @escaping zzz_request_callback, _ user: UnsafeMutableRawPointer?
    ) throws(Refusal) {
        nonisolated(unsafe) let callback = Exchange.Callback(function: function, user: user)  // only handed back
        try run(request, here: { exchange throws(Refusal) in try exchange.notifyWritable(callback) }) {
            { exchange throws(Refusal) in try exchange.notifyWritable(callback) }
        }
    }

    public static func notifyClosed(
        _ request: OpaquePointer?, _ function: @escaping zzz_request_callback, _ user: UnsafeMutableRawPointer?
    ) throws(Refusal) {
        nonisolated(unsafe) let callback = Exchange.Callback(function: function, user: user)  // only handed back
        try run(request, here: { exchange throws(Refusal) in try exchange.notifyClosed(callback) }) {
            { exchange throws(Refusal) in try exchange.notifyClosed(callback) }
        }
    }

    /// The trailer fields, inside a call that the request's loop has made.
    public static func trailers(_ request: OpaquePointer?) throws(Refusal) -> UnsafeMutableBufferPointer<zzz_header> {
        nonisolated(unsafe) var trailers = UnsafeMutableBufferPointer<zzz_header>(start: nil, count: 0)
        try ask(request) { exchange throws(Refusal) in trailers = try exchange.receivedTrailers() }
        return trailers
    }

    /// The other end of the connection, inside a call that the request's loop has made.
    public static func peer(_ request: OpaquePointer?) throws(Refusal) -> SocketAddress {
        nonisolated(unsafe) var peer: SocketAddress?
        try ask(request) { exchange throws(Refusal) in peer = try exchange.peer() }
        guard let peer else { throw gone }
        return peer
    }

    /// The TLS of the connection, inside a call that the request's loop has made. The request keeps it.
    public static func tls(_ request: OpaquePointer?) throws(Refusal) -> TLSFacts {
        nonisolated(unsafe) var facts: TLSFacts?
        try ask(request) { exchange throws(Refusal) in facts = try exchange.tlsFacts() }
        guard let facts else { throw Refusal(status: zzz_status(ZZZ_ERROR_NOT_FOUND), text: "no TLS") }
        return facts
    }

    /// Has `body` run on the request's loop, and waits for it: at once on the thread that runs the loop; one that has
    /// lost it inside the call waits, and holds nobody up.
    private static func ask(
        _ request: OpaquePointer?, _ body: @escaping (Exchange) throws(Refusal) -> Void
    ) throws(Refusal) {
        let handle = Handle(request)
        guard let found = find(handle) else { throw gone }
        guard let thread = zzz_thread_self(), thread.pointee.is_in_app,
            found._withUnsafeGuaranteedRef({ thread.pointee.word == $0.worker.ownership.word })
        else {
            throw Refusal(status: zzz_status(ZZZ_ERROR_THREAD), text: "only in a call of the request's loop")
        }
        try wait(found, handle, body)
    }

    /// The same from any thread: one that is not the loop's waits for it.
    static func wait(
        _ request: OpaquePointer?, _ body: @escaping (Exchange) throws(Refusal) -> Void
    ) throws(Refusal) {
        let handle = Handle(request)
        guard let found = find(handle) else { throw gone }
        try wait(found, handle, body)
    }

    private static func wait(
        _ found: Unmanaged<Exchange>, _ handle: Handle, _ body: @escaping (Exchange) throws(Refusal) -> Void
    ) throws(Refusal) {
        nonisolated(unsafe) var refusal: Refusal?
        nonisolated(unsafe) let run = { (exchange: Exchange) in
            do throws(Refusal) { try body(exchange) } catch { refusal = error }
        }
        let isDone = found._withUnsafeGuaranteedRef { exchange in
            exchange.worker.isCurrent && exchange.worker.callHost { run(exchange) } != nil
        }
        if !isDone {
            let done = Completion()
            found._withUnsafeGuaranteedRef { $0.worker }.loop.remote.postAlways {
                if let exchange = find(handle)?.takeUnretainedValue() { run(exchange) } else { refusal = gone }
                done.signal()
            }
            done.wait()
        }
        if let refusal { throw refusal }
    }

    /// The number, within the server, of the loop that owns the request; nil when the request has ended.
    public static func loopIndex(of request: OpaquePointer?) -> Int? {
        find(Handle(request)).map { $0._withUnsafeGuaranteedRef { $0.worker.index } }
    }
}
