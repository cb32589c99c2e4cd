/// What a client has sent and nobody has taken.
struct WebSocketInbox {
    /// From here on the client has to wait, until all has been taken.
    static let fullAtMessages = 16
    static let fullAtBytes = 64 << 10

    private var messages: [WebSocketMessage] = []
    private var byteCount = 0
    private(set) var isHeld = false

    /// - Returns: whether the client has to wait now.
    mutating func add(_ message: WebSocketMessage) -> Bool {
        messages.append(message)
        byteCount += message.bytes.count
        isHeld = isHeld || messages.count >= Self.fullAtMessages || byteCount >= Self.fullAtBytes
        return isHeld
    }

    mutating func take() -> WebSocketMessage? {
        guard !messages.isEmpty else { return nil }
        let message = messages.removeFirst()
        byteCount -= message.bytes.count
        return message
    }

    mutating func removeAll() {
        messages = []
        byteCount = 0
    }

    /// - Returns: whether the client may go on, which had to wait.
    mutating func releaseIfEmpty() -> Bool {
        guard isHeld, messages.isEmpty else { return false }
        isHeld = false
        return true
    }
}
