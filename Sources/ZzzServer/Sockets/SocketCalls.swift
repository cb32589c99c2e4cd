import ZzzAppABI
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
        let handle = Handle(pointer)
        guard handle.kind == .socket else { throw gone }
        try RemoteCall.run(
            on: handle, copying: byteCount, find: { $0.sockets[handle] as? AppSocket }, gone: gone, here: here,
            posted: posted)
    }
}
