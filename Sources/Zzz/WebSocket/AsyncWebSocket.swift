import Synchronization
import ZzzAppABI

/// One WebSocket, seen from the function that serves it, and from any task that it starts.
///
/// ```swift
/// webSocket("/echo") { _ in
///     { socket in
///         for try await message in socket.messages { try await socket.send(message) }
///     }
/// }
/// ```
public final class AsyncWebSocket: Sendable {
    private let handle: WebSocket
    private let executor: LoopExecutor
    private let state = Mutex(State())

    /// Used by the host's calls, on the loop, and by tasks.
    private struct State {
        var inbox = WebSocketInbox()
        var reader: UnsafeContinuation<WebSocketMessage?, any Error>?
        var writers = WebSocketWriters()
        var task: Task<Void, Never>?
        var hasFinished = false
        /// Nothing is sent any more, and what comes is dropped.
        var isClosing = false
        var closed: (code: WebSocketCloseCode, reason: String)?
    }

    init(_ handle: WebSocket, _ executor: LoopExecutor) {
        self.handle = handle
        self.executor = executor
    }

    // MARK: Receiving

    /// What the client sends, in order, for one task at a time. It ends when the socket has closed: see ``closed``.
    ///
    /// A few messages wait when they come faster than they are taken. Beyond them the client itself has to wait: the
    /// daemon reads no more from it.
    public var messages: Messages { Messages(socket: self) }

    public struct Messages: AsyncSequence, Sendable {
        let socket: AsyncWebSocket

        public func makeAsyncIterator() -> Iterator { Iterator(socket: socket) }

        public struct Iterator: AsyncIteratorProtocol {
            let socket: AsyncWebSocket

            /// - Throws: CancellationError when the task is cancelled while the socket is open.
            public mutating func next() async throws -> WebSocketMessage? { try await socket.next() }
        }
    }

    /// Why it has closed: 1006 when the connection ended without a closing handshake. Nil while it is open.
    public var closed: (code: WebSocketCloseCode, reason: String)? { state.withLock { $0.closed } }

    private func next() async throws -> WebSocketMessage? {
        let (message, goesOn) = state.withLock { state in
            let message = state.inbox.take()
            return (message, state.inbox.releaseIfEmpty())
        }
        if goesOn { handle.goOn() }
        if let message { return message }
        return try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                let answer: Result<WebSocketMessage?, any Error>? = state.withLock { state in
                    if let message = state.inbox.take() { return .success(message) }
                    if state.closed != nil { return .success(nil) }
                    if Task.isCancelled { return .failure(CancellationError()) }
                    guard state.reader == nil else { return .failure(MisuseError("two tasks read one WebSocket")) }
                    state.reader = continuation
                    return nil
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            state.withLock { $0.reader.take() }?.resume(throwing: CancellationError())
        }
    }

    // MARK: Sending

    /// Sends a text. Returns when more may be sent: at once, or when a client that reads slowly has caught up.
    /// - Throws: ``HostError``, with `isGone` when the socket has closed. CancellationError when the task is cancelled
    ///   while it waits: the message is on its way then.
    public func send(_ text: String) async throws { try await send(text) { try $0.send($1) } }

    /// Sends bytes.
    public func send(_ bytes: [UInt8]) async throws { try await send(bytes) { try $0.send($1) } }

    /// Sends what has come, as it has come.
    public func send(_ message: WebSocketMessage) async throws { try await send(message) { try $0.send($1) } }

    /// Sends a value as JSON, as text.
    public func send(json value: some Encodable) async throws { try await send(WebSocketMessage(json: value)) }

    private func send<Content: Sendable>(
        _ content: Content, _ body: @escaping @Sendable (WebSocket, Content) throws -> Bool
    ) async throws {
        // Whoever comes while others wait does not send before them.
        try await waitUntilWritable()
        let turn = state.withLock { $0.writers.turn }
        do {
            // Only on the loop is it known whether there is room.
            let handle = handle
            let isWritable =
                executor.isOnLoop
                ? try body(handle, content) : try await executor.onLoop { try body(handle, content) }
            if isWritable { return }
        } catch let error as HostError where error.isGone {
            state.withLock { $0.isClosing = true }
            throw error
        }
        state.withLock { $0.writers.isFull(since: turn) }
        try await waitUntilWritable()
    }

    private func waitUntilWritable() async throws {
        guard let id = state.withLock({ $0.writers.next() }) else { return }
        try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                let answer: Result<Void, any Error>? = state.withLock { state in
                    if state.closed != nil { return .failure(Self.gone) }
                    if Task.isCancelled { return .failure(CancellationError()) }
                    return state.writers.wait(id, continuation) ? nil : .success(())
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            state.withLock { $0.writers.remove(id) }?.resume(throwing: CancellationError())
        }
    }

    private static var gone: HostError { HostError("send", code: HostStatus.gone, message: "the socket has closed") }

    // MARK: Closing

    /// Closes it, as the end of the function that serves it does. What the client has sent and nobody has taken is
    /// dropped, and ``messages`` ends when the client has agreed, or takes too long.
    /// - Parameter reason: at most 123 bytes.
    public func close(_ code: WebSocketCloseCode = .normal, reason: String = "") throws {
        try handle.close(code, reason: reason)
        let goesOn = state.withLock { state in
            state.isClosing = true
            state.inbox.removeAll()
            return state.inbox.releaseIfEmpty()
        }
        // The client's answer has to be read.
        if goesOn { handle.goOn() }
    }
}

// MARK: - The task

extension AsyncWebSocket {
    /// Serves it with a function, as a task on its loop. The generation of the app is kept until that has returned.
    func start(source: String, _ serve: @escaping @Sendable (AsyncWebSocket) async throws -> Void) {
        handle.retain()
        let task = Task.detached(executorPreference: executor) { await self.run(source, serve) }
        let isOver = state.withLock { state in
            if !state.hasFinished { state.task = task }
            return state.closed != nil
        }
        if isOver { task.cancel() }
    }

    private func run(_ source: String, _ serve: @Sendable (AsyncWebSocket) async throws -> Void) async {
        do {
            try await serve(self)
        } catch where isEnd(error) {
        } catch {
            handle.close(after: error, source: source, executor.host)
        }
        // Of no effect when it has closed, or is about to.
        try? close()
        state.withLock { state in
            state.hasFinished = true
            state.task = nil
        }
        handle.release()
    }

    /// Whether the error only says that the socket has closed.
    private func isEnd(_ error: any Error) -> Bool {
        guard error is CancellationError || (error as? HostError)?.isGone == true else { return false }
        return state.withLock { $0.isClosing || $0.closed != nil }
    }
}

// MARK: - From the host, on the loop

extension AsyncWebSocket {
    func received(_ payload: borrowing Payload) {
        let message = WebSocketMessage(copying: payload)
        var isFull = false
        let reader = state.withLock { state -> UnsafeContinuation<WebSocketMessage?, any Error>? in
            guard !state.isClosing else { return nil }
            if let reader = state.reader.take() { return reader }
            isFull = state.inbox.add(message)
            return nil
        }
        if let reader { executor.runInline { reader.resume(returning: message) } }
        guard isFull else { return }
        handle.hold()
        // Another thread may have taken them all meanwhile.
        if state.withLock({ !$0.inbox.isHeld }) { handle.goOn() }
    }

    func becameWritable() {
        let writers = state.withLock { $0.writers.nextTurn() }
        executor.runInline { for writer in writers { writer.resume() } }
    }

    func ended(_ code: WebSocketCloseCode, reason: String) {
        let (reader, writers, task) = state.withLock { state in
            state.closed = (code, reason)
            return (state.reader.take(), state.writers.nextTurn(), state.task.take())
        }
        executor.runInline {
            task?.cancel()
            reader?.resume(returning: nil)
            for writer in writers { writer.resume(throwing: Self.gone) }
        }
    }
}
