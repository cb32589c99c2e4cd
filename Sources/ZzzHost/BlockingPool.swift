import Synchronization

/// Threads for work that blocks, so that it holds no loop: made as needed up to a limit, and kept.
final class BlockingPool: Sendable {
    /// The most threads.
    static let maximumThreads = 32
    /// The most pieces of work that wait for a thread.
    static let maximumWaiting = 4096

    private struct State {
        var threads = 0
        var idle = 0
        var waiting = 0
    }

    private let queue = BlockingQueue<@Sendable () -> Void>()
    private let state = Mutex(State())

    /// Runs `work` on a thread of the pool.
    /// - Returns: false when `maximumWaiting` pieces wait already, or no thread could be made.
    func run(_ work: @escaping @Sendable () -> Void) -> Bool {
        let (isAccepted, needsThread) = state.withLock { state -> (Bool, Bool) in
            guard state.waiting < Self.maximumWaiting else { return (false, false) }
            state.waiting += 1
            let needsThread = state.waiting > state.idle && state.threads < Self.maximumThreads
            if needsThread { state.threads += 1 }
            return (true, needsThread)
        }
        guard isAccepted else { return false }
        if needsThread, !startThread() {
            let isHopeless = state.withLock { state in
                state.threads -= 1
                if state.threads == 0 { state.waiting -= 1 }
                return state.threads == 0
            }
            if isHopeless { return false }
        }
        return queue.push(work)
    }

    private func startThread() -> Bool {
        do throws(SystemError) {
            try HostThread.start("zzz-blocking") { [self] in serve() }
            return true
        } catch {
            return false
        }
    }

    private func serve() {
        while true {
            state.withLock { $0.idle += 1 }
            guard let work = queue.pop() else { return }
            state.withLock {
                $0.idle -= 1
                $0.waiting -= 1
            }
            work()
        }
    }
}
