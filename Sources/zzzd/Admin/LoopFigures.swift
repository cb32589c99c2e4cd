import Synchronization
import ZzzServer

/// The loops' counters, where a loop that does not answer has those it gave last: a counter does not go back, or away,
/// because an app holds a loop.
final class LoopFigures: Sendable {
    private let latest = Mutex<[Int: Server.Snapshot.LoopSnapshot]>([:])

    /// Asks every loop, and waits for up to a second.
    func snapshot(of server: Server) -> Server.Snapshot {
        var snapshot = server.snapshot()
        snapshot.loops = latest.withLock { latest in
            for loop in snapshot.loops { latest[loop.index] = loop }
            return latest.values.sorted { $0.index < $1.index }
        }
        return snapshot
    }
}
