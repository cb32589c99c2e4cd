@testable import ZzzWebSocket

/// What must hold for any messages that are sent: the peer reads the same, whatever was agreed on.
struct SendingProperties {
    let bytes: [UInt8]
    let agreement: Agreement

    func check() {
        checkMasking()
        let half = bytes.count / 2
        // Short and long ones, and some that refer to the one before.
        let repeated = Array(repeating: bytes, count: min(8, 9000 / max(1, bytes.count))).flatMap { $0 }
        let messages = [bytes, Array(bytes[half...]), [], repeated, Array(bytes[..<half]), bytes]
        let wire = wire(messages)
        let isMasked = agreement.peer == .client
        var rest = wire[...]
        while let frame = ReferenceFrame(&rest) {
            precondition(frame.isMasked == isMasked && frame.isShortestLength && frame.isWhole, "a bad frame")
        }
        precondition(rest.isEmpty, "part of a frame is sent")
        for size in [wire.count, 1 + bytes.count % 31] { checkReading(wire, pieces: max(1, size), messages) }
    }

    /// What the peer sends: the messages, those that are text as such, and a ping and the end.
    private func wire(_ messages: [[UInt8]]) -> [UInt8] {
        var word: UInt32 = 0x9ABC_DEF0
        var session = WebSocketSession(
            agreement.peer, compression: agreement.compression, compressors: Compressors(level: 1 + bytes.count % 9)
        ) {
            word = word &* 1_664_525 &+ 1_013_904_223
            return word
        }
        var wire: [UInt8] = []
        for message in messages {
            let isSent = message.withUnsafeBytes { bytes in
                ReferenceReading.isText(message)
                    ? session.send(text: bytes) { wire += $0 } : session.send(binary: bytes) { wire += $0 }
            }
            precondition(isSent, "an open session sends nothing")
        }
        _ = bytes.prefix(125).withUnsafeBytes { bytes in session.ping(bytes) { wire += $0 } }
        precondition(session.close(.goingAway, reason: reason) { wire += $0 })
        let isLate = bytes.withUnsafeBytes { bytes in session.send(binary: bytes) { wire += $0 } }
        precondition(!isLate, "a message behind the close frame")
        return wire
    }

    private var reason: String { String(decoding: bytes, as: UTF8.self) }

    private func checkReading(_ wire: [UInt8], pieces size: Int, _ messages: [[UInt8]]) {
        var session = WebSocketSession(agreement.role, compression: agreement.compression) { 0x0403_0201 }
        var got: [[UInt8]] = []
        var told: String?
        var sent: [UInt8] = []
        for start in stride(from: 0, to: wire.count, by: size) {
            withExactCopy(of: wire[start..<min(start + size, wire.count)]) { piece in
                session.receive(UnsafeMutableRawBufferPointer(mutating: piece)) { sent += $0 } handle: { event in
                    switch event {
                    case .text(let bytes), .binary(let bytes): got.append(Array(bytes))
                    case .pong: preconditionFailure("nobody sent one")
                    case .ended(let ending):
                        precondition(ending.code == .goingAway && ending.error == nil, "our own frames are refused")
                        told = ending.reason
                    }
                }
            }
        }
        precondition(got == messages, "a message changes on its way")
        guard let told else { preconditionFailure("the end is not told") }
        precondition(reason.utf8.starts(with: told.utf8), "the reason changes on its way")
        precondition(told.utf8.count == reason.utf8.count || (120...123).contains(told.utf8.count), "cut too early")
        let pong = Transcript.Answer(first: 0x8A, payload: Array(bytes.prefix(125)))
        precondition(Transcript.answers(sent, from: agreement.role).first == pong, "a ping is not answered")
    }

    /// At every offset and alignment the same as byte by byte, and twice the same as never.
    private func checkMasking() {
        guard bytes.count > 4 else { return }
        let word = bytes[..<4].withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }
        let offset = Int(bytes[4])
        var masked = Array(bytes[(offset % 4)...])
        let plain = masked
        masked.withUnsafeMutableBytes { MaskingKey(word: word).apply(to: $0, offset: offset) }
        let expected = plain.enumerated().map { $1 ^ bytes[($0 + offset) % 4] }
        precondition(masked == expected, "the mask is another")
        masked.withUnsafeMutableBytes { MaskingKey(word: word).apply(to: $0, offset: offset) }
        precondition(masked == plain, "the mask is not taken off")
    }
}
