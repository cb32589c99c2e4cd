import ZzzWebSocket

/// RFC 6455 sections 5 to 8 and RFC 7692 section 7.2.2 once more, as slow and as plain as can be.
struct ReferenceReading {
    let agreement: Agreement
    let limits: WebSocketLimits
    private(set) var transcript = Transcript()
    /// The peer went beyond its window: what comes after `transcript` is open.
    private(set) var isOpen = false

    // The message that is not over.
    private var first: ReferenceFrame?
    private var payload: [UInt8] = []
    private var fragments = 0
    private var announced: UInt64 = 0
    /// What a compressed message may refer to.
    private var history: [UInt8] = []

    /// How the peer ends it.
    private enum End: Error {
        case close(code: UInt16)
        case mistake(code: UInt16)
        case open
    }

    init(_ bytes: [UInt8], _ agreement: Agreement, _ limits: WebSocketLimits) {
        self.agreement = agreement
        self.limits = limits
        do throws(End) {
            var rest = bytes[...]
            while let frame = ReferenceFrame(&rest) {
                try check(frame)
                if frame.isControl { try control(frame) } else { try data(frame) }
            }
        } catch {
            switch error {
            case .close(let code): end(code, isMistake: false)
            case .mistake(let code): end(code, isMistake: true)
            case .open: isOpen = true
            }
        }
    }

    private mutating func end(_ code: UInt16, isMistake: Bool) {
        transcript.events.append(.ended(code, isMistake: isMistake))
        answer(8, code == 1005 ? [] : [UInt8(code >> 8), UInt8(code & 0xFF)])
    }

    private mutating func answer(_ opcode: UInt8, _ payload: [UInt8]) {
        transcript.answers.append(Transcript.Answer(first: 0x80 | opcode, payload: payload))
    }

    /// Sections 5.1, 5.2 and 5.5.
    private func check(_ frame: ReferenceFrame) throws(End) {
        let isCompressed = frame.first & 0x40 != 0
        guard frame.first & 0x30 == 0, [0, 1, 2, 8, 9, 10].contains(frame.opcode), frame.isShortestLength,
            frame.length < 1 << 63, frame.isMasked == (agreement.role == .server),
            !isCompressed || agreement.compression != nil && (frame.opcode == 1 || frame.opcode == 2),
            !frame.isControl || frame.isFinal && frame.length <= 125
        else { throw .mistake(code: 1002) }
    }

    private mutating func control(_ frame: ReferenceFrame) throws(End) {
        guard frame.isWhole else { return }
        switch frame.opcode {
        case 9: answer(10, frame.payload)
        case 10: transcript.events.append(.pong(frame.payload))
        default:
            guard frame.length > 0 else { throw .close(code: 1005) }
            guard frame.length > 1 else { throw .mistake(code: 1002) }
            let code = UInt16(frame.payload[0]) << 8 | UInt16(frame.payload[1])
            // Section 7.4.2, and the registry.
            guard (1000...1014).contains(code) && ![1004, 1005, 1006].contains(code) || (3000...4999).contains(code)
            else { throw .mistake(code: 1002) }
            guard Self.isText(Array(frame.payload[2...])) else { throw .mistake(code: 1007) }
            throw .close(code: code)
        }
    }

    private mutating func data(_ frame: ReferenceFrame) throws(End) {
        guard (frame.opcode == 0) == (first != nil) else { throw .mistake(code: 1002) }
        if first == nil { (first, payload, fragments, announced) = (frame, [], 0, 0) }
        fragments += 1
        let isCompressed = (first?.first ?? 0) & 0x40 != 0
        let most = UInt64(limits.messageBytes + (isCompressed ? limits.messageBytes / 64 + 64 : 0))
        guard fragments <= limits.fragments, frame.length <= most - announced else { throw .mistake(code: 1009) }
        announced += frame.length
        payload += frame.payload
        let isOver = frame.isFinal && frame.isWhole
        let content = isCompressed ? try inflated(isOver: isOver) : payload
        let isText = first?.opcode == 1
        if isText { try checkText(content, isOver: isOver) }
        guard isOver else { return }
        transcript.events.append(isText ? .text(content) : .binary(content))
        first = nil
    }

    private func checkText(_ content: [UInt8], isOver: Bool) throws(End) {
        guard isOver ? Self.isText(content) : Self.isBeginningOfText(content) else { throw .mistake(code: 1007) }
    }

    /// What the message inflates to as far as it has come, judged after each step of the receiver's.
    private mutating func inflated(isOver: Bool) throws(End) -> [UInt8] {
        let steps = Array(stride(from: 128, through: payload.count, by: 128))
        for end in steps { _ = try inflated(Array(payload[..<end]), received: end) }
        guard isOver else { return try inflated(payload, received: nil) }
        let content = try inflated(payload + [0, 0, 0xFF, 0xFF], received: payload.count, isOver: true)
        history = agreement.keepsContext ? (history + content).suffix(32_768) : []
        return content
    }

    private func inflated(_ bytes: [UInt8], received: Int?, isOver: Bool = false) throws(End) -> [UInt8] {
        let inflate = ReferenceInflate(bytes, after: history, windowBytes: agreement.windowBytes)
        let content = Array(inflate.output[history.count...])
        if first?.opcode == 1 { try checkText(Array(content.prefix(limits.messageBytes)), isOver: false) }
        guard content.count <= limits.messageBytes else { throw .mistake(code: 1009) }
        switch inflate.ending {
        case .invalid: throw .mistake(code: 1007)
        case .beyondWindow: throw .open
        case .inside where isOver: throw .mistake(code: 1007)
        case .inside, .between: break
        }
        let most = max(limits.freeInflatedBytes, (received ?? .max / 1024) * limits.inflateRatio)
        guard content.count <= most else { throw .mistake(code: 1009) }
        return content
    }

    // MARK: Text

    static func isText(_ bytes: [UInt8]) -> Bool { String(validating: bytes, as: UTF8.self) != nil }

    /// Whether some ending makes it text.
    static func isBeginningOfText(_ bytes: [UInt8]) -> Bool {
        let endings: [[UInt8]] = [
            [], [0x80], [0x80, 0x80], [0xA0, 0x80], [0x80, 0x80, 0x80], [0x90, 0x80, 0x80],
        ]
        return endings.contains { isText(bytes + $0) }
    }
}
