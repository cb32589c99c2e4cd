/// Makes messages of the bytes that a peer sends (RFC 6455 sections 5 and 6.2, RFC 7692).
///
/// Call `next` until it says `needMore`; then with the bytes that came next. It unmasks in place, and a message that
/// arrives whole in one piece is handed out where it lies, without a copy.
public struct MessageReceiver: ~Copyable {
    /// What one call of `next` found. The bytes are valid until the next call, or until the input goes.
    public enum Event {
        case text(UnsafeRawBufferPointer)
        case binary(UnsafeRawBufferPointer)
        case ping(UnsafeRawBufferPointer)
        case pong(UnsafeRawBufferPointer)
        /// The code is `noStatus` when the frame had none.
        case close(CloseCode, reason: UnsafeRawBufferPointer)
        /// All input is used up.
        case needMore
        /// The peer broke a rule, or went past a limit; nothing more can be read.
        case failure(WebSocketError)
    }

    let role: Role
    let limits: WebSocketLimits
    let compression: CompressionParameters?

    // The frame that is being read.
    private var head = HeadBytes()
    private var frame: FrameHeader?
    private var payloadSeen = 0
    private var control = MessageBuffer()

    // The message that is being read.
    private var message: Opcode?
    private var isMessageCompressed = false
    private var fragments = 0
    /// Of the frames whose heads have come.
    private var announcedBytes = 0
    /// Of a compressed message, as it is sent.
    private var receivedBytes = 0
    private var utf8 = UTF8Validator()
    private var buffer = MessageBuffer()
    /// Somebody may be looking at the buffer.
    private var isHandedOut = false
    private var inflater: Inflater?
    private var error: WebSocketError?

    /// - Parameter role: whose side this is.
    public init(_ role: Role, limits: WebSocketLimits = WebSocketLimits(), compression: CompressionParameters? = nil) {
        self.role = role
        self.limits = limits
        self.compression = compression
    }

    /// Whether the peer has begun a frame or a message that has not ended.
    public var isInsideMessage: Bool { head.count > 0 || frame != nil || message != nil }

    /// Nothing is remembered for the next frame. Compression counts as a memory, whether it is one or not.
    var isAtRest: Bool { !isInsideMessage && compression == nil && error == nil }

    /// Gives back what only the next message needs. Between messages.
    public mutating func releaseBuffers() {
        guard !isInsideMessage else { return }
        isHandedOut = false
        buffer.release()
        control.release()
        if isReset { inflater = nil }
    }

    /// See `WebSocketSession.takeMessageMemory`.
    mutating func takeMessageMemory() -> MessageMemory? {
        guard isHandedOut else { return nil }
        isHandedOut = false
        return MessageMemory(buffer.take())
    }

    /// Reads on until there is something to report, and takes off `input` what was read.
    public mutating func next(_ input: inout UnsafeMutableRawBufferPointer) -> Event {
        if let error { return .failure(error) }
        if isHandedOut {
            buffer.clear()
            isHandedOut = false
        }
        do throws(WebSocketError) {
            while let event = try step(&input) {
                if let event { return event }
            }
            return .needMore
        } catch {
            self.error = error
            return .failure(error)
        }
    }

    // MARK: Frames

    /// - Returns: nil when input is missing; nil inside when there is nothing to report yet.
    private mutating func step(_ input: inout UnsafeMutableRawBufferPointer) throws(WebSocketError) -> Event?? {
        guard let frame = try currentFrame(&input) else { return nil }
        if frame.opcode.isControl {
            guard try takeControl(frame, &input) else { return nil }
            return .some(try controlEvent(frame.opcode))
        }
        let left = frame.payloadBytes - payloadSeen
        let piece = UnsafeMutableRawBufferPointer(rebasing: input[..<min(left, input.count)])
        guard piece.count > 0 || left == 0 else { return nil }
        input = UnsafeMutableRawBufferPointer(rebasing: input[piece.count...])
        frame.maskingKey?.apply(to: piece, offset: payloadSeen)
        payloadSeen += piece.count
        let endsFrame = piece.count == left
        let isWhole = endsFrame && frame.isFinal && payloadSeen == piece.count && fragments == 1
        if endsFrame { self.frame = nil }
        return .some(try take(UnsafeRawBufferPointer(piece), isWhole: isWhole, isLast: endsFrame && frame.isFinal))
    }

    /// The frame whose payload comes next, once its head has arrived.
    private mutating func currentFrame(
        _ input: inout UnsafeMutableRawBufferPointer
    ) throws(WebSocketError) -> FrameHeader? {
        if let frame { return frame }
        guard let parsed = try head.take(from: &input) else { return nil }
        guard (parsed.maskingKey != nil) == (role == .server) else {
            throw role == .server ? .unmaskedFrame : .maskedFrame
        }
        if !parsed.opcode.isControl { try beginDataFrame(parsed) }
        payloadSeen = 0
        frame = parsed
        return parsed
    }

    private mutating func beginDataFrame(_ frame: FrameHeader) throws(WebSocketError) {
        if frame.opcode == .continuation {
            guard message != nil else { throw .continuationWithoutMessage }
            guard !frame.isCompressed else { throw .reservedBits }
            fragments += 1
        } else {
            guard message == nil else { throw .messageInsideMessage }
            guard !frame.isCompressed || compression != nil else { throw .reservedBits }
            message = frame.opcode
            isMessageCompressed = frame.isCompressed
            fragments = 1
            announcedBytes = 0
            receivedBytes = 0
        }
        guard fragments <= limits.fragments else { throw .tooManyFragments }
        // As soon as the head says so; what is compressed may be longer than its message only by a little.
        let room = isMessageCompressed ? longestCompressed - announcedBytes : limits.messageBytes - announcedBytes
        guard frame.payloadBytes <= room else { throw .messageTooBig }
        announcedBytes += frame.payloadBytes
    }

    /// Blocks that are stored as they are cost a few bytes for each.
    private var longestCompressed: Int { limits.messageBytes + limits.messageBytes / 64 + 64 }

    // MARK: Messages

    private mutating func take(
        _ piece: UnsafeRawBufferPointer, isWhole: Bool, isLast: Bool
    ) throws(WebSocketError) -> Event? {
        guard let message else { preconditionFailure("a data frame outside a message") }
        if isWhole, !isMessageCompressed {
            if message == .text { try check(piece) }
            return try finish(message, piece)
        }
        if isMessageCompressed {
            try inflate(piece, isLast: isLast)
        } else {
            let before = buffer.count
            buffer.append(piece)
            if message == .text { try check(UnsafeRawBufferPointer(rebasing: buffer.bytes[before...])) }
        }
        guard isLast else { return nil }
        isHandedOut = true
        return try finish(message, buffer.bytes)
    }

    private mutating func check(_ text: UnsafeRawBufferPointer) throws(WebSocketError) {
        guard utf8.accepts(text) else { throw .invalidUTF8 }
    }

    private mutating func finish(_ message: Opcode, _ bytes: UnsafeRawBufferPointer) throws(WebSocketError) -> Event {
        guard utf8.isComplete else { throw .invalidUTF8 }
        self.message = nil
        return message == .text ? .text(bytes) : .binary(bytes)
    }

    /// Whether each message of the peer's is compressed by itself.
    private var isReset: Bool {
        guard let compression else { return true }
        return role == .server ? compression.clientNoContextTakeover : compression.serverNoContextTakeover
    }

    /// Of how many bytes of a compressed message it is asked whether they inflate to too much. Counted from its
    /// beginning, so that the verdict is the same however the network cuts it. They inflate to 132 KB at most.
    private static var inflateStepBytes: Int { 128 }

    private mutating func inflate(_ piece: UnsafeRawBufferPointer, isLast: Bool) throws(WebSocketError) {
        var rest = piece
        while rest.count > 0 {
            let left = Self.inflateStepBytes - receivedBytes % Self.inflateStepBytes
            let step = UnsafeRawBufferPointer(rebasing: rest.prefix(left))
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(left))
            receivedBytes += step.count
            try inflateStep(step)
            if step.count == left { try checkInflateRatio() }
        }
        guard isLast else { return }
        try inflateStep(nil)
        try checkInflateRatio()
        if isReset { inflater?.reset() }
    }

    /// Inflates some bytes, or the end of the message for nil. What is wrong first in what comes out is told.
    private mutating func inflateStep(_ bytes: UnsafeRawBufferPointer?) throws(WebSocketError) {
        let before = buffer.count
        var failure: WebSocketError?
        do throws(WebSocketError) { try inflateToBuffer(bytes) } catch { failure = error }
        if message == .text {
            try check(UnsafeRawBufferPointer(rebasing: buffer.bytes[before..<min(buffer.count, limits.messageBytes)]))
        }
        guard buffer.count <= limits.messageBytes else { throw .messageTooBig }
        if let failure { throw failure }
    }

    private mutating func inflateToBuffer(_ bytes: UnsafeRawBufferPointer?) throws(WebSocketError) {
        guard let compression else { preconditionFailure("compressed without an agreement") }
        let windowBits = role == .server ? compression.clientWindowBits : compression.serverWindowBits
        if inflater == nil { inflater = Inflater(windowBits: windowBits) }
        guard inflater != nil else { throw .invalidCompression }
        if let bytes {
            try inflater?.inflate(bytes, to: &buffer, limit: limits.messageBytes)
        } else {
            try inflater?.finishMessage(to: &buffer, limit: limits.messageBytes)
        }
    }

    private func checkInflateRatio() throws(WebSocketError) {
        let product = receivedBytes.multipliedReportingOverflow(by: limits.inflateRatio)
        guard product.overflow || buffer.count <= max(limits.freeInflatedBytes, product.partialValue) else {
            throw .inflatesTooMuch
        }
    }

    // MARK: Control frames

    /// - Returns: false when input is missing.
    private mutating func takeControl(
        _ frame: FrameHeader, _ input: inout UnsafeMutableRawBufferPointer
    ) throws(WebSocketError) -> Bool {
        if payloadSeen == 0 { control.clear() }
        let piece = UnsafeMutableRawBufferPointer(
            rebasing: input[..<min(frame.payloadBytes - payloadSeen, input.count)])
        input = UnsafeMutableRawBufferPointer(rebasing: input[piece.count...])
        frame.maskingKey?.apply(to: piece, offset: payloadSeen)
        payloadSeen += piece.count
        control.append(UnsafeRawBufferPointer(piece))
        guard payloadSeen == frame.payloadBytes else { return false }
        self.frame = nil
        return true
    }

    private func controlEvent(_ opcode: Opcode) throws(WebSocketError) -> Event {
        switch opcode {
        case .ping: .ping(control.bytes)
        case .pong: .pong(control.bytes)
        default: try close(control.bytes)
        }
    }

    /// RFC 6455 section 5.5.1.
    private func close(_ payload: UnsafeRawBufferPointer) throws(WebSocketError) -> Event {
        guard payload.count > 0 else { return .close(.noStatus, reason: payload) }
        guard payload.count >= 2 else { throw .truncatedCloseCode }
        let code = CloseCode(rawValue: UInt16(payload[0]) << 8 | UInt16(payload[1]))
        guard code.isSendable else { throw .invalidCloseCode }
        let reason = UnsafeRawBufferPointer(rebasing: payload[2...])
        var utf8 = UTF8Validator()
        guard utf8.accepts(reason), utf8.isComplete else { throw .invalidCloseReason }
        return .close(code, reason: reason)
    }
}
