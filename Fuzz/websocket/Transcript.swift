import ZzzWebSocket

/// What became of what a peer sent.
struct Transcript: Equatable {
    enum Event: Equatable {
        case text([UInt8])
        case binary([UInt8])
        case pong([UInt8])
        /// With the code, and whether that is the peer's mistake.
        case ended(UInt16, isMistake: Bool)
    }

    /// A frame that was sent back. Of a close frame only the code.
    struct Answer: Equatable {
        var first: UInt8
        var payload: [UInt8]
    }

    var events: [Event] = []
    var answers: [Answer] = []

    var hasEnded: Bool {
        guard case .ended = events.last else { return false }
        return true
    }

    /// What was sent back, taken apart.
    static func answers(_ sent: [UInt8], from role: Role) -> [Answer] {
        var rest = sent[...]
        var answers: [Answer] = []
        while let frame = ReferenceFrame(&rest) {
            precondition(frame.isMasked == (role == .client) && frame.isShortestLength && frame.isWhole, "a bad frame")
            let payload = frame.opcode == 8 ? Array(frame.payload.prefix(2)) : frame.payload
            answers.append(Answer(first: frame.first, payload: payload))
        }
        precondition(rest.isEmpty, "part of a frame is sent")
        return answers
    }
}
