import ZzzWebSocket

/// What must hold for any bytes that a WebSocket peer sends.
struct ReadingProperties {
    let agreement: Agreement
    let bytes: [UInt8]

    static let limits = WebSocketLimits(messageBytes: 2000, fragments: 6, inflateRatio: 8, freeInflatedBytes: 256)

    init(agreement: Agreement, bytes: [UInt8]) {
        self.agreement = agreement
        self.bytes = bytes
    }

    /// Two compressed messages, the second in two frames.
    init(agreement: Agreement, compressed: [UInt8]) {
        self.agreement = agreement
        let half = compressed.count / 2
        let isMasked = agreement.role == .server
        bytes = ReferenceFrame.bytes(0xC2, compressed, isMasked: isMasked)
            + ReferenceFrame.bytes(0x42, Array(compressed[..<half]), isMasked: isMasked)
            + ReferenceFrame.bytes(0x80, Array(compressed[half...]), isMasked: isMasked)
    }

    func check() {
        let (whole, sent) = read(cutAt: [])
        for case .binary(let data) in whole.events {
            precondition(data.count <= Self.limits.messageBytes, "the limit does not hold")
        }
        let reference = ReferenceReading(bytes, agreement, Self.limits)
        guard !reference.isOpen else {
            precondition(whole.events.starts(with: reference.transcript.events), "the reference reads something else")
            return
        }
        precondition(whole == reference.transcript, "the reference reads something else")
        for places in [Array(1..<max(bytes.count, 1)), placesThatTheInputSays] {
            precondition(read(cutAt: places) == (whole, sent), "how it is cut matters")
        }
    }

    private var placesThatTheInputSays: [Int] {
        var places: [Int] = []
        var place = 0
        while place < bytes.count {
            places.append(place)
            place += 1 + Int(bytes[place]) % 61
        }
        return places
    }

    /// What a session makes of the bytes when they come in pieces, and what it sends.
    private func read(cutAt places: [Int]) -> (Transcript, [UInt8]) {
        var session = WebSocketSession(
            agreement.role, limits: Self.limits, compression: agreement.compression, randomWord: { 0x0403_0201 })
        var transcript = Transcript()
        var sent: [UInt8] = []
        for (start, end) in zip([0] + places, places + [bytes.count]) {
            withExactCopy(of: bytes[start..<end]) { piece in
                var input = UnsafeMutableRawBufferPointer(mutating: piece)
                while let event = session.next(&input, { sent += $0 }) {
                    precondition(!transcript.hasEnded, "something comes after the end")
                    transcript.events.append(Self.event(event))
                }
                precondition(input.isEmpty || transcript.hasEnded, "more is asked for while there is some")
            }
            // Whoever still looks at a message may keep its memory, and an idle session gives back what it can.
            if start % 3 == 1 { _ = session.takeMessageMemory() }
            if start % 5 == 1 { session.releaseBuffers() }
        }
        precondition(transcript.hasEnded == (session.phase == .ended), "an end that is not told")
        transcript.answers = Transcript.answers(sent, from: agreement.role)
        return (transcript, sent)
    }

    private static func event(_ event: WebSocketSession.Event) -> Transcript.Event {
        switch event {
        case .text(let bytes): return .text(Array(bytes))
        case .binary(let bytes): return .binary(Array(bytes))
        case .pong(let bytes): return .pong(Array(bytes))
        case .ended(let ending):
            precondition(ending.error == nil || ending.error?.closeCode == ending.code, "two codes")
            return .ended(ending.code.rawValue, isMistake: ending.error != nil)
        }
    }
}
