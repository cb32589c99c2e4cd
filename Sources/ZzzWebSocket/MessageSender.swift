/// Makes frames of what is to be sent (RFC 6455 section 6.1).
struct MessageSender: ~Copyable {
    private let role: Role
    private let compressors: Compressors?
    private let windowBits: Int
    private let keepsContext: Bool
    private let randomWord: (() -> UInt32)?
    /// The connection's own, which remembers what was sent.
    private var deflater: Deflater?

    /// Below that, compressing costs more than it saves.
    private static var compressedFromBytes: Int { 64 }

    init(
        _ role: Role, compression: CompressionParameters?, compressors: Compressors?, randomWord: (() -> UInt32)?
    ) {
        self.role = role
        self.randomWord = randomWord
        self.compressors = compression == nil ? nil : compressors
        windowBits = (role == .server ? compression?.serverWindowBits : compression?.clientWindowBits) ?? 15
        let isReset = role == .server ? compression?.serverNoContextTakeover : compression?.clientNoContextTakeover
        keepsContext = isReset == false
    }

    var isAtRest: Bool { compressors == nil }

    mutating func writeMessage(_ opcode: Opcode, _ payload: UnsafeRawBufferPointer, _ send: WebSocketSession.Send) {
        guard payload.count >= Self.compressedFromBytes, let deflater = currentDeflater() else {
            return write(opcode, payload, send)
        }
        write(opcode, deflater.compress(payload), isCompressed: true, send)
    }

    /// nil: messages are sent as they are.
    private mutating func currentDeflater() -> Deflater? {
        guard let compressors, windowBits >= 9 else { return nil }
        if !keepsContext { return compressors.deflater(windowBits: windowBits) }
        if deflater == nil { deflater = compressors.makeDeflater(windowBits: windowBits) }
        return deflater
    }

    /// One frame that is a whole message, or a control frame.
    func write(
        _ opcode: Opcode, _ payload: UnsafeRawBufferPointer, isCompressed: Bool = false, _ send: WebSocketSession.Send
    ) {
        let key = role == .client ? randomWord.map { MaskingKey(word: $0()) } : nil
        let header = FrameHeader(
            opcode, payloadBytes: payload.count, isCompressed: isCompressed, maskingKey: key)
        withUnsafeTemporaryAllocation(byteCount: FrameHeader.maximumBytes, alignment: 8) { bytes in
            send(UnsafeRawBufferPointer(rebasing: bytes[..<header.write(to: bytes)]))
        }
        guard payload.count > 0 else { return }
        guard let key else { return send(payload) }
        withUnsafeTemporaryAllocation(byteCount: payload.count, alignment: 8) { masked in
            masked.copyMemory(from: payload)
            key.apply(to: masked, offset: 0)
            send(UnsafeRawBufferPointer(masked))
        }
    }

    /// - Parameter code: `noStatus` sends an empty frame.
    func writeClose(_ code: CloseCode, reason: String, _ send: WebSocketSession.Send) {
        guard code != .noStatus else { return write(.close, UnsafeRawBufferPointer(start: nil, count: 0), send) }
        var payload = [UInt8(truncatingIfNeeded: code.rawValue >> 8), UInt8(truncatingIfNeeded: code.rawValue)]
        // Whole characters, as far as they fit behind the code (RFC 6455 section 5.5.1).
        for character in reason.unicodeScalars {
            let bytes = UTF8.encode(character).map(Array.init) ?? []
            guard payload.count + bytes.count <= 125 else { break }
            payload += bytes
        }
        payload.withUnsafeBytes { write(.close, $0, send) }
    }
}
