import Synchronization
import ZzzAppABI
import ZzzIO
import ZzzWebSocket

/// What an app can do with a socket's handle, from any thread: on the socket's own loop at once, elsewhere through the
/// loop's mailbox, with everything copied.
public enum SocketCalls {
    public typealias Refusal = RequestCalls.Refusal

    static var gone: Refusal { Refusal(status: zzz_status(ZZZ_ERROR_GONE), text: "the socket has ended") }

    /// Makes the request a socket whose messages the app handles itself.
    /// - Returns: its handle.
    public static func accept(
        _ request: OpaquePointer?, _ options: SocketOptions, _ callback: @escaping zzz_socket_callback,
        _ user: UnsafeMutableRawPointer?
    ) throws(Refusal) -> OpaquePointer? {
        var handle: OpaquePointer?
        try RequestCalls.wait(request) { exchange throws(Refusal) in
            let hub: SocketHub = exchange.worker.hub
            let limits = options.limits(over: exchange.worker.limits.sockets)
            let socket = try exchange.accept(
                subprotocols: options.subprotocols, compression: limits.compression?.policy,
                headers: OwnedHeaders(options.headers)
            ) { compression throws(Refusal) in
                let socket = AppSocket(
                    hub: hub, settings: hub.settings(limits), compression: compression, site: exchange.site,
                    callback: callback, user: user)
                try hub.list(socket)
                return socket
            }
            handle = socket.handle?.pointer
        }
        return handle
    }

    /// - Returns: whether the app should wait for `ZZZ_SOCKET_WRITABLE`.
    public static func send(
        _ socket: OpaquePointer?, _ bytes: UnsafeRawBufferPointer, isBinary: Bool
    ) throws(Refusal) -> Bool {
        var waits = false
        try run(
            socket, copying: bytes.count,
            here: { socket throws(Refusal) in waits = try send(socket, bytes, isBinary) }
        ) {
            let copy = Array(bytes)
            return { socket throws(Refusal) in
                let failure: Refusal? = copy.withUnsafeBytes { bytes in
                    do throws(Refusal) { _ = try send(socket, bytes, isBinary) } catch { return error }
                    return nil
                }
                if let failure { throw failure }
            }
        }
        return waits
    }

    private static func send(
        _ socket: AppSocket, _ bytes: UnsafeRawBufferPointer, _ isBinary: Bool
    ) throws(Refusal) -> Bool {
        socket.hub.statistics.sent &+= 1
        switch socket.send(bytes, isBinary: isBinary) {
        case .sent: return false
        case .waits:
            socket.wantsWritable = true
            return true
        case .dropped:
            throw Refusal(status: zzz_status(ZZZ_ERROR_LIMIT), text: "too much is waiting for the client: dropped")
        case .gone: throw gone
        }
    }

    /// At most 125 bytes.
    public static func ping(_ socket: OpaquePointer?, _ bytes: UnsafeRawBufferPointer) throws(Refusal) {
        guard bytes.count <= 125 else {
            throw Refusal(
                status: zzz_status(ZZZ_ERROR_INVALID),
                text: "data: \(bytes.count) bytes, and a ping has at most 125 (RFC 6455 section 5.5)")
        }
        try run(
            socket, copying: bytes.count,
            here: { socket throws(Refusal) in guard socket.ping(bytes) else { throw gone } }
        ) {
            let copy = Array(bytes)
            return { socket throws(Refusal) in _ = copy.withUnsafeBytes { socket.ping($0) } }
        }
    }

    public static func close(_ socket: OpaquePointer?, _ code: UInt16, reason: String) throws(Refusal) {
        let code = CloseCode(rawValue: code)
        guard code.isSendable else {
            throw Refusal(
                status: zzz_status(ZZZ_ERROR_INVALID),
                text: "code: \(code) may not be sent (RFC 6455 section 7.4)")
        }
        try tell(socket) { socket throws(Refusal) in
            guard socket.connection != nil else { throw gone }
            socket.close(code, reason)
        }
    }

    /// No messages until `goOn`.
    public static func hold(_ socket: OpaquePointer?) throws(Refusal) {
        try tell(socket) { socket throws(Refusal) in try socket.hold() }
    }

    public static func goOn(_ socket: OpaquePointer?) throws(Refusal) {
        try tell(socket) { socket throws(Refusal) in try socket.goOn() }
    }

    /// Keeps the handle beyond its end.
    public static func retain(_ socket: OpaquePointer?) throws(Refusal) {
        try tell(socket) { socket throws(Refusal) in try socket.retain() }
    }

    public static func release(_ socket: OpaquePointer?) throws(Refusal) {
        try tell(socket) { socket throws(Refusal) in try socket.giveBack() }
    }

    private static func tell(
        _ pointer: OpaquePointer?, _ body: @escaping @Sendable (AppSocket) throws(Refusal) -> Void
    ) throws(Refusal) {
        try run(pointer, copying: 0, here: body) { body }
    }

    private static func run(
        _ pointer: OpaquePointer?, copying byteCount: Int, here: (AppSocket) throws(Refusal) -> Void,
        posted: () -> @Sendable (AppSocket) throws(Refusal) -> Void
    ) throws(Refusal) {
        let handle = RequestHandle(pointer)
        guard handle.kind == .socket else { throw gone }
        try RemoteCall.run(
            on: handle, copying: byteCount, find: { $0.sockets[handle] as? AppSocket }, gone: gone, here: here,
            posted: posted)
    }
}

/// A call about something of a loop's: at once on the loop's thread, elsewhere through its mailbox.
enum RemoteCall {
    typealias Refusal = RequestCalls.Refusal

    /// Bytes that may wait in a loop's mailbox for sockets and channels.
    private static var mostBytes: Int { 64 << 20 }

    private enum Outcome {
        case done
        case refused(Refusal)
        case elsewhere
    }

    @inline(__always)
    static func run<Object>(
        on handle: RequestHandle, copying byteCount: Int, find: @escaping @Sendable (SocketHub) -> Object?,
        gone: Refusal, here: (Object) throws(Refusal) -> Void,
        posted: () -> @Sendable (Object) throws(Refusal) -> Void
    ) throws(Refusal) {
        guard let worker = WorkerRegistry.worker(handle.worker) else { throw gone }
        let outcome: Outcome = worker._withUnsafeGuaranteedRef { worker in
            guard worker.isCurrent else { return .elsewhere }
            return worker.callHost {
                guard let object = find(worker.hub) else { return .refused(gone) }
                do throws(Refusal) {
                    try here(object)
                    return .done
                } catch {
                    return .refused(error)
                }
            } ?? .elsewhere
        }
        switch outcome {
        case .done: return
        case .refused(let refusal): throw refusal
        case .elsewhere: try post(worker, byteCount, find, posted())
        }
    }

    /// What the loop answers: a thread that does not run it waits.
    static func answer<Answer: Sendable>(
        on handle: RequestHandle, _ body: @escaping @Sendable (SocketHub) throws(Refusal) -> Answer
    ) throws(Refusal) -> Answer {
        let gone = Refusal(status: zzz_status(ZZZ_ERROR_GONE), text: "there is no such loop")
        guard let worker = WorkerRegistry.worker(handle.worker) else { throw gone }
        let ask: @Sendable (Worker) -> Result<Answer, Refusal> = { worker in
            Result { () throws(Refusal) in try body(worker.hub) }
        }
        let result: Result<Answer, Refusal>? = worker._withUnsafeGuaranteedRef { worker in
            if worker.isCurrent, let result = worker.callHost({ ask(worker) }) { return result }
            let answers = LoopAnswers<Result<Answer, Refusal>>()
            worker.postAlways { answers.add(ask($0)) }
            return answers.wait(for: 1, seconds: longestWaitSeconds).first
        }
        guard let result else {
            throw Refusal(status: zzz_status(ZZZ_ERROR_LIMIT), text: "the loop has not answered in time")
        }
        return try result.get()
    }

    private static var longestWaitSeconds: Int { 30 }

    @inline(never)
    private static func post<Object>(
        _ worker: Unmanaged<Worker>, _ byteCount: Int, _ find: @escaping @Sendable (SocketHub) -> Object?,
        _ body: @escaping @Sendable (Object) throws(Refusal) -> Void
    ) throws(Refusal) {
        try worker.borrow { worker throws(Refusal) in
            let bytes = worker.hub.remoteBytes
            guard byteCount == 0 || bytes.count.load(ordering: .relaxed) <= mostBytes else {
                throw Refusal(
                    status: zzz_status(ZZZ_ERROR_LIMIT), text: "the loop does not keep up: too much waits for it")
            }
            bytes.count.add(byteCount, ordering: .relaxed)
            worker.postAlways { worker in
                bytes.count.subtract(byteCount, ordering: .relaxed)
                guard let object = find(worker.hub) else { return }
                do throws(Refusal) {
                    try body(object)
                } catch  where error.status != zzz_status(ZZZ_ERROR_GONE) {
                    worker.events?.misuse(
                        app: "", generation: 0, route: nil, "a call from another thread is refused: \(error.text)")
                } catch {
                    // The client has left meanwhile, which is no fault of the app's.
                }
            }
        }
    }
}

/// Bytes that threads without the loop have given it.
final class RemoteBytes: Sendable {
    let count = Atomic<Int>(0)
}
