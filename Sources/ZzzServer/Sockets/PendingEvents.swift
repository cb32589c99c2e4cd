/// Something that a channel has yet to handle, with what it needs of its own.
struct PendingEvent: Sendable {
    enum Kind: Sendable {
        case message(ref: String)
        case broadcast
        case info(topic: String)
        case handOver
        /// `ZZZ_CHANNEL_TERMINATE`, for that reason.
        case terminate(Int)
        /// The client leaves; `ref` is its message's.
        case leave(ref: String?)
        /// In the generation that is the current one now.
        case rejoin
    }

    var kind: Kind
    var event = ""
    var payload: [UInt8] = []
    var isBinary = false
}

/// What waits for one channel.
final class PendingEvents {
    private var events: [PendingEvent] = []
    private var start = 0

    var count: Int { events.count - start }

    func append(_ event: PendingEvent) { events.append(event) }

    /// Before all others, in this order.
    func prepend(_ list: [PendingEvent]) {
        events.replaceSubrange(0..<start, with: list)
        start = 0
    }

    func next() -> PendingEvent? {
        guard start < events.count else { return nil }
        let event = events[start]
        events[start].payload = []
        start += 1
        if start == events.count {
            events.removeAll(keepingCapacity: false)
            start = 0
        }
        return event
    }

    func removeAll() {
        events = []
        start = 0
    }
}
