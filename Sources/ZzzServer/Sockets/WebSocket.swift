import ZzzAppABI
import ZzzIO
import ZzzWebSocket

/// What a connection is once it speaks WebSocket (RFC 6455). Loop-owned, as the connection.
///
/// What becomes of messages is the subclass's: an app's callback (`AppSocket`), or channels (`ChannelSocket`).
class WebSocket {
    /// It lives as long as its loop.
    unowned(unsafe) final let hub: SocketHub
    final let settings: SocketSettings
    /// nil once the connection has ended, and for the socket of a client that polls.
    final var connection: Unmanaged<Connection>?
    /// nil while the socket is open, at rest, and compresses nothing: an idle one needs none.
    @exclusivity(unchecked) private final var box: SessionBox?
    /// What the app knows it by; nil before it is listed, and when it has ended.
    final var handle: Handle?
    /// When the client last sent anything, in the loop's milliseconds.
    final var lastHeard: UInt64
    /// A ping is out.
    final var isPinged = false
    /// The next message has to wait: the app is handling one elsewhere, or has too many.
    final var isHeld = false
    /// Somebody waits for the queue to be written.
    final var wantsWritable = false
    /// When the client must have answered our close frame; 0: none is out.
    final var closeDeadline: UInt64 = 0

    init(hub: SocketHub, settings: SocketSettings, compression: CompressionParameters?) {
        self.hub = hub
        self.settings = settings
        lastHeard = hub.worker.loop.nowMilliseconds
        if compression != nil { box = hub.takeSession(settings, compression) }
    }

    // MARK: The session

    final var phase: WebSocketSession.Phase { box?.session.phase ?? .open }

    /// Made when it is needed.
    final var session: WebSocketSession {
        _read {
            if box == nil { box = hub.takeSession(settings, nil) }
            yield box!.session
        }
        _modify {
            if box == nil { box = hub.takeSession(settings, nil) }
            yield &box!.session
        }
    }

    /// Gives the session to the next socket when this one has no use for it.
    final func putSessionAway() {
        guard let box, box.session.isAtRest else { return }
        self.box = nil
        hub.putSession(box)
    }

    /// The client has been silent for a while.
    final func releaseBuffers() { box?.session.releaseBuffers() }

    /// Whether somebody still looks at the last message.
    final func takeMessageMemory() -> MessageMemory? { box?.session.takeMessageMemory() }

    // MARK: What subclasses override

    /// A message has come: `ZZZ_SOCKET_TEXT`, `_BINARY` or `_PONG`. The bytes stay where they are until the app has
    /// handled them: see `keepInput`.
    /// - Returns: false when another thread has taken the loop over meanwhile.
    func received(_ kind: Int, _ bytes: UnsafeRawBufferPointer) -> Bool { true }

    /// Everything that waited has been written, and somebody wanted to know.
    func becameWritable() {}

    /// The last call: nothing is received or sent any more.
    func ended(_ code: CloseCode, _ reason: String) {}

    // MARK: Sending

    enum Sending {
        case sent
        /// The same, and a good part of what may wait is waiting.
        case waits
        /// Too much waits: nothing was sent.
        case dropped
        /// The socket has ended, or is about to.
        case gone
    }

    /// A message of its own.
    @discardableResult
    final func send(_ bytes: UnsafeRawBufferPointer, isBinary: Bool) -> Sending {
        sending { connection in
            guard let box else { return connection.writeFrame(isBinary ? .binary : .text, bytes) }
            _ =
                isBinary
                ? box.session.send(binary: bytes) { connection.writePlain($0) }
                : box.session.send(text: bytes) { connection.writePlain($0) }
        }
    }

    /// A frame that many sockets are sent, with its head.
    @discardableResult
    final func send(frame: UnsafeRawBufferPointer) -> Sending {
        sending { connection in
            connection.write(toMany: frame)
            connection.writtenBytes &+= UInt64(frame.count)
        }
    }

    @inline(__always)
    private func sending(_ write: (Connection) -> Void) -> Sending {
        guard let connection, phase == .open else { return .gone }
        return connection._withUnsafeGuaranteedRef { connection in
            guard connection.phase == .webSocket, !connection.isGone else { return .gone }
            let limit = settings.limits.queuedBytes
            if connection.queuedBytes > limit {
                // It may have come in this turn, and not been offered to the client.
                connection.sendNow()
                guard connection.queuedBytes <= limit else { return tooSlow() }
            }
            write(connection)
            connection.watchWriting()
            return connection.queuedBytes > limit / 2 ? .waits : .sent
        }
    }

    @inline(never)
    private func tooSlow() -> Sending {
        hub.statistics.dropped &+= 1
        if settings.limits.dropsWhenSlow { return .dropped }
        hub.statistics.tooSlow &+= 1
        close(.tryAgainLater, "too much is waiting for this client")
        return .gone
    }

    /// False when the socket has ended, or is about to.
    final func ping(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let connection else { return false }
        return connection._withUnsafeGuaranteedRef { connection in
            guard session.ping(bytes, { connection.writePlain($0) }) else { return false }
            connection.watchWriting()
            return true
        }
    }

    /// Begins the closing handshake.
    final func close(_ code: CloseCode, _ reason: String) {
        guard let connection else { return closedWithoutConnection(code, reason) }
        connection._withUnsafeGuaranteedRef { connection in
            guard session.close(code, reason: reason, { connection.writePlain($0) }) else { return }
            closeDeadline = connection.loop.nowMilliseconds &+ settings.limits.closeTimeoutMilliseconds
            connection.watchWriting()
        }
    }

    /// For a socket that never had one.
    func closedWithoutConnection(_ code: CloseCode, _ reason: String) {}

    // MARK: The connection

    /// When the connection has to be looked at, whatever is being written.
    final var nextDeadline: UInt64 {
        if closeDeadline > 0 { return closeDeadline }
        let (ping, idle) = (settings.limits.pingAfterMilliseconds, settings.limits.idleTimeoutMilliseconds)
        return lastHeard &+ (isPinged || ping == 0 ? idle : min(ping, idle))
    }

    /// The app's call has lost the loop, and still looks at what the message lies in: that memory is not the
    /// connection's any more.
    final func keepInput() -> KeptInput? {
        guard let connection else { return nil }
        return connection._withUnsafeGuaranteedRef { connection in
            connection.isAdvancing = false
            return KeptInput(connection.exchangeInput(), takeMessageMemory(), hub.worker.loop)
        }
    }

    /// What held the input up is over.
    final func release() {
        guard isHeld else { return }
        isHeld = false
        connection?._withUnsafeGuaranteedRef { $0.scheduleResume() }
        goesOn()
    }

    /// Nothing holds the client's messages up any more.
    func goesOn() {}
}

/// A session in memory of its own.
final class SessionBox {
    @exclusivity(unchecked) var session: WebSocketSession
    /// What the session was made with.
    @exclusivity(unchecked) var settings: SocketSettings

    init(_ session: consuming WebSocketSession, _ settings: SocketSettings) {
        self.session = session
        self.settings = settings
    }
}

extension SocketHub {
    /// How many sessions are kept for the next sockets that need one.
    private static var keptSessions: Int { 64 }

    func takeSession(_ settings: SocketSettings, _ compression: CompressionParameters?) -> SessionBox {
        if compression == nil, let box = freeSessions.last, box.settings === settings {
            // It is at rest, and as good as new.
            return freeSessions.removeLast()
        }
        let session = WebSocketSession(
            .server, limits: settings.limits.webSocket, compression: compression,
            compressors: compression == nil ? nil : compressors)
        guard let box = freeSessions.popLast() else { return SessionBox(session, settings) }
        box.session = session
        box.settings = settings
        return box
    }

    func putSession(_ box: SessionBox) {
        if freeSessions.count < Self.keptSessions { freeSessions.append(box) }
    }
}

extension Connection {
    /// A message in a frame of its own, not compressed.
    func writeFrame(_ opcode: Opcode, _ bytes: UnsafeRawBufferPointer) {
        let header = FrameHeader(opcode, payloadBytes: bytes.count)
        let start = reserve(FrameHeader.maximumBytes)
        let count = header.write(to: UnsafeMutableRawBufferPointer(start: start, count: FrameHeader.maximumBytes))
        commit(count)
        writtenBytes &+= UInt64(count)
        writePlain(bytes)
    }
}

/// The memory of a message that somebody may still look at.
final class KeptInput {
    private var input: InputBuffer
    private let memory: MessageMemory?
    private let loop: Loop

    init(_ input: InputBuffer, _ memory: MessageMemory?, _ loop: Loop) {
        self.input = input
        self.memory = memory
        self.loop = loop
    }

    deinit { input.recycle(to: loop) }
}
