import Synchronization

/// Every worker of the process by number, so that a request handle can be resolved on any thread.
enum WorkerRegistry {
    static let capacity = 256

    private struct Table: @unchecked Sendable {
        // @unchecked: an entry is an aligned word, set before a handle with its number exists and cleared when its
        // server, and with it every app that could hold such a handle, has stopped.
        let entries: UnsafeMutablePointer<Unmanaged<Worker>?>
        init() {
            entries = .allocate(capacity: WorkerRegistry.capacity)
            entries.initialize(repeating: nil, count: WorkerRegistry.capacity)
        }
    }

    private static let table = Table()
    private static let numbers = Mutex<Set<Int>>([])

    /// A number that no living worker has, or nil when there are none left.
    static func takeNumber() -> Int? {
        numbers.withLock { taken in
            let number = (0..<capacity).first { !taken.contains($0) }
            if let number { taken.insert(number) }
            return number
        }
    }

    static func add(_ worker: Worker) {
        table.entries[worker.number] = Unmanaged.passUnretained(worker)
    }

    static func remove(_ worker: Worker) {
        table.entries[worker.number] = nil
        numbers.withLock { _ = $0.remove(worker.number) }
    }

    @inline(__always)
    static func worker(_ number: Int) -> Unmanaged<Worker>? {
        table.entries[number & (capacity - 1)]
    }
}
