import ZzzAppABI

/// Serves one WebSocket with a function that runs as a task on the socket's loop.
final class WebSocketTask: WebSocketHandler {
    // Used by the host's calls, one at a time.
    private let host: Host
    private let loop: OpaquePointer?
    private let source: String
    private let serve: @Sendable (AsyncWebSocket) async throws -> Void
    private var socket: AsyncWebSocket?

    init(_ context: Context, _ serve: @escaping @Sendable (AsyncWebSocket) async throws -> Void) {
        host = context.instance.host
        loop = context.task?.loop
        source = context.endpoint.source
        self.serve = serve
    }

    func opened(_ socket: WebSocket) {
        let asyncSocket = AsyncWebSocket(socket, LoopExecutor(host, socket.handle, loop: loop))
        self.socket = asyncSocket
        asyncSocket.start(source: source, serve)
    }

    func received(_ message: borrowing Payload, from socket: WebSocket) { self.socket?.received(message) }
    func writable(_ socket: WebSocket) { self.socket?.becameWritable() }
    func closed(_ code: WebSocketCloseCode, reason: String) { socket?.ended(code, reason: reason) }
}
