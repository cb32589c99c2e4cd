/// The tasks that wait for a slow client.
struct WebSocketWriters {
    typealias Continuation = UnsafeContinuation<Void, any Error>

    /// Counts how often everything has been written that waited.
    private(set) var turn = 0
    /// The turn in which the host said that much is waiting.
    private var fullTurn = -1
    private var lastID = 0
    private var waiting: [Int: Continuation] = [:]

    /// The host has said, in this turn or a later one, that much is waiting.
    mutating func isFull(since turn: Int) { fullTurn = max(fullTurn, turn) }

    /// A number for one that has to wait; nil when it has not.
    mutating func next() -> Int? {
        guard fullTurn == turn else { return nil }
        lastID += 1
        return lastID
    }

    /// - Returns: false when it has to wait no more.
    mutating func wait(_ id: Int, _ continuation: Continuation) -> Bool {
        guard fullTurn == turn else { return false }
        waiting[id] = continuation
        return true
    }

    mutating func remove(_ id: Int) -> Continuation? { waiting.removeValue(forKey: id) }

    /// Those that waited, in their order.
    mutating func nextTurn() -> [Continuation] {
        turn += 1
        defer { waiting = [:] }
        return waiting.sorted { $0.key < $1.key }.map(\.value)
    }
}
