import Synchronization

/// Records on their way from any thread to the log thread. It is bounded in number and in bytes; what does not fit is
/// dropped and counted. The lock is held for an append or a swap, never while formatting or writing.
final class LogQueue: Sendable {
    /// How many records wait at most.
    static let recordLimit = 8192
    /// How many bytes they hold together at most, about.
    static let byteLimit = 8 << 20

    private struct State {
        var records: [LogRecord] = []
        var cost = 0
        var dropped = 0
    }

    private let state = Mutex(State())
    private let recordLimit: Int
    private let byteLimit: Int

    init(recordLimit: Int = LogQueue.recordLimit, byteLimit: Int = LogQueue.byteLimit) {
        self.recordLimit = recordLimit
        self.byteLimit = byteLimit
    }

    /// Takes a record, or drops and counts it.
    func append(_ record: LogRecord) {
        let cost = record.cost
        state.withLock { state in
            guard state.records.count < recordLimit, state.cost + cost <= byteLimit else {
                state.dropped += 1
                return
            }
            state.records.append(record)
            state.cost += cost
        }
    }

    /// Whether nothing waits, not even news of records that were dropped.
    var isEmpty: Bool {
        state.withLock { $0.records.isEmpty && $0.dropped == 0 }
    }

    /// Hands over all records, and how many were dropped since the last time.
    func takeAll() -> (records: [LogRecord], dropped: Int) {
        state.withLock { state in
            let taken = (state.records, state.dropped)
            state = State()
            return taken
        }
    }
}
