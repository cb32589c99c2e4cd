import Synchronization

/// What a symboliser was told, and whether it may ask again.
final class SymbolMemory: Sendable {
    struct Key: Hashable, Sendable {
        let content: ImageContent
        let offset: UInt64
        let isReturnAddress: Bool

        init(_ content: ImageContent, _ frame: FrameAddress) {
            self.content = content
            offset = frame.offset
            isReturnAddress = frame.isReturnAddress
        }
    }

    private struct State {
        var locations: [Key: [SymbolizedFrame.Location]] = [:]
        var pausedUntil: ContinuousClock.Instant?
    }

    /// How many frames it remembers. With one more it forgets them all: they come back with one question.
    let limit: Int
    private let state = Mutex(State())

    init(limit: Int) {
        self.limit = limit
    }

    func locations(_ key: Key) -> [SymbolizedFrame.Location]? {
        state.withLock { $0.locations[key] }
    }

    func remember(_ locations: [SymbolizedFrame.Location], for key: Key) {
        state.withLock { state in
            if state.locations.count >= limit { state.locations.removeAll() }
            state.locations[key] = locations
        }
    }

    func pause(until end: ContinuousClock.Instant) {
        state.withLock { $0.pausedUntil = end }
    }

    func isPaused(at now: ContinuousClock.Instant) -> Bool {
        state.withLock { $0.pausedUntil.map { now < $0 } ?? false }
    }
}
