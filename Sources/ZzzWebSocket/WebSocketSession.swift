/// One side of a WebSocket connection, without the connection: bytes that came go in, messages come out, and what is
/// to be sent goes to a function (RFC 6455, RFC 7692). Pings are answered, the closing handshake is made.
///
///     while let event = session.next(&bytes, write) {
///         switch event {
///         case .text(let text): ...
///         case .ended(let ending): close(after: ending)
///         default: break
///         }
///     }
public struct WebSocketSession: ~Copyable {
    /// Takes bytes that are to be sent now; they are not valid after it returns.
    public typealias Send = (UnsafeRawBufferPointer) -> Void

    public enum Event {
        case text(UnsafeRawBufferPointer)
        case binary(UnsafeRawBufferPointer)
        /// The answer to a ping of ours, or a pong that nobody asked for.
        case pong(UnsafeRawBufferPointer)
        /// Nothing is sent or received any more: close the transport once what was sent is out.
        case ended(Ending)
    }

    /// Why and how it ended.
    public struct Ending: Sendable, Equatable {
        /// What the peer's close frame said, or what it was sent because of its mistake.
        public var code: CloseCode
        public var reason: String
        /// The peer's mistake.
        public var error: WebSocketError?
    }

    public enum Phase: Sendable {
        case open
        /// Our close frame is out; the peer's is awaited.
        case closing
        case ended
    }

    public private(set) var phase = Phase.open
    private var receiver: MessageReceiver
    private var sender: MessageSender

    /// - Parameters:
    ///   - compression: what the handshake agreed on.
    ///   - compressors: those of the thread that the session is used on; they must outlive it.
    ///   - randomWord: makes masking keys, for a client.
    public init(
        _ role: Role, limits: WebSocketLimits = WebSocketLimits(), compression: CompressionParameters? = nil,
        compressors: Compressors? = nil, randomWord: (() -> UInt32)? = nil
    ) {
        precondition(role == .server || randomWord != nil, "a client masks what it sends (RFC 6455 section 5.1)")
        receiver = MessageReceiver(role, limits: limits, compression: compression)
        sender = MessageSender(role, compression: compression, compressors: compressors, randomWord: randomWord)
    }

    // MARK: Receiving

    /// Reads on until there is something to tell, and takes off `input` what was read. Unmasks in place; the bytes of
    /// an event are valid until the next call, and as long as the input is.
    /// - Returns: nil when all of the input is read, or the session has ended.
    public mutating func next(_ input: inout UnsafeMutableRawBufferPointer, _ send: Send) -> Event? {
        while phase != .ended {
            switch receiver.next(&input) {
            case .needMore: return nil
            // After our close frame nobody waits for messages any more (RFC 6455 section 5.5.1).
            case .text(let text): if phase == .open { return .text(text) }
            case .binary(let data): if phase == .open { return .binary(data) }
            case .pong(let payload): if phase == .open { return .pong(payload) }
            case .ping(let payload): if phase == .open { sender.write(.pong, payload, send) }
            case .close(let code, let reason):
                if phase == .open { sender.writeClose(code, reason: "", send) }
                phase = .ended
                return .ended(Ending(code: code, reason: String(decoding: reason, as: UTF8.self), error: nil))
            case .failure(let error):
                let text = "\(error.message)"
                if phase == .open { sender.writeClose(error.closeCode, reason: text, send) }
                phase = .ended
                return .ended(Ending(code: error.closeCode, reason: text, error: error))
            }
        }
        return nil
    }

    /// Hands every event that `bytes` brings to `handle`.
    public mutating func receive(
        _ bytes: UnsafeMutableRawBufferPointer, send: Send, handle: (borrowing Event) -> Void
    ) {
        var input = bytes
        while let event = next(&input, send) { handle(event) }
    }

    /// The memory of the last message, when that lay in the session's own: the next call then leaves it alone. Nil when
    /// the message lay in the input.
    public mutating func takeMessageMemory() -> MessageMemory? { receiver.takeMessageMemory() }

    // MARK: Sending

    /// Sends a message. False when the connection is closing, and nothing is sent.
    public mutating func send(text: UnsafeRawBufferPointer, _ send: Send) -> Bool {
        guard phase == .open else { return false }
        sender.writeMessage(.text, text, send)
        return true
    }

    public mutating func send(binary data: UnsafeRawBufferPointer, _ send: Send) -> Bool {
        guard phase == .open else { return false }
        sender.writeMessage(.binary, data, send)
        return true
    }

    /// Asks the peer for a sign of life. At most 125 bytes of payload.
    public mutating func ping(_ payload: UnsafeRawBufferPointer, _ send: Send) -> Bool {
        precondition(payload.count <= 125, "a control frame has at most 125 bytes (RFC 6455 section 5.5)")
        guard phase == .open else { return false }
        sender.write(.ping, payload, send)
        return true
    }

    /// Begins the closing handshake; `ended` comes with the peer's answer, for which the owner waits no longer than it
    /// likes. A reason longer than 123 bytes is cut.
    public mutating func close(_ code: CloseCode, reason: String = "", _ send: Send) -> Bool {
        precondition(code.isSendable || code == .noStatus, "\(code) may not be sent (RFC 6455 section 7.4)")
        guard phase == .open else { return false }
        sender.writeClose(code, reason: reason, send)
        phase = .closing
        return true
    }

    // MARK: Rest

    /// Gives back memory that only the next message needs.
    public mutating func releaseBuffers() { receiver.releaseBuffers() }

    /// Whether a new session would do as well: it is open, between messages, and remembers nothing.
    public var isAtRest: Bool { phase == .open && receiver.isAtRest && sender.isAtRest }

    /// Whether a message has come in part.
    public var isInsideMessage: Bool { receiver.isInsideMessage }
}
