import ZzzAppABI

/// What waits for a client that polls (Phoenix.Transports.LongPoll).
final class LongPoll {
    func add(_ bytes: UnsafeRawBufferPointer, isBinary: Bool) -> WebSocket.Sending { .gone }
    func end() {}
}
