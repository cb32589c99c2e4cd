import Synchronization
import ZzzAppABI

extension Context {
    /// Waits on the loop's own timer: cheaper than `Task.sleep`, which wakes through the runtime's. Throws
    /// CancellationError when the client leaves.
    public func sleep(for duration: Duration) async throws {
        let (seconds, attoseconds) = duration.components
        let microseconds = seconds.multipliedReportingOverflow(by: 1_000_000)
        guard let task, !microseconds.overflow else { return try await Task.sleep(for: duration) }
        let total = microseconds.partialValue.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        try await LoopTimer(task).sleep(microseconds: total.overflow ? .max : UInt64(Swift.max(0, total.partialValue)))
    }

    /// Runs `work` on a thread of the daemon's blocking pool, and comes back to the loop with its result: for calls
    /// that wait, and for long computation. Throws what `work` throws, and a ``HostError`` when too much is waiting
    /// for the pool.
    public func blocking<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        guard let task, let api = instance.host.loop else { throw MisuseError("blocking work needs an async handler") }
        return try await withUnsafeThrowingContinuation { continuation in
            let job = Unmanaged.passRetained(BlockingJob(task, work, continuation))
            do {
                _ = try hostCall("blocking") {
                    api.pointee.blocking(
                        task.host.app, task.loop, task.request, BlockingWork.runCallback, BlockingWork.doneCallback,
                        job.toOpaque(), $0)
                }
            } catch {
                job.release()
                continuation.resume(throwing: error)
            }
        }
    }
}

/// Blocking work on its way through the host. `run` happens on the pool, then `done` on the loop: never both at once.
class BlockingWork: @unchecked Sendable {
    func run() {}
    func done() {}

    static let runCallback: zzz_job = { user in
        guard let user else { return }
        Unmanaged<BlockingWork>.fromOpaque(user).takeUnretainedValue().run()
    }

    static let doneCallback: zzz_job = { user in
        guard let user else { return }
        Unmanaged<BlockingWork>.fromOpaque(user).takeRetainedValue().done()
    }
}

private final class BlockingJob<Value: Sendable>: BlockingWork, @unchecked Sendable {
    private let task: LoopExecutor
    private let work: @Sendable () throws -> Value
    private let continuation: UnsafeContinuation<Value, any Error>
    private var result: Result<Value, any Error>?

    init(
        _ task: LoopExecutor, _ work: @escaping @Sendable () throws -> Value,
        _ continuation: UnsafeContinuation<Value, any Error>
    ) {
        self.task = task
        self.work = work
        self.continuation = continuation
    }

    override func run() { result = Result { try work() } }

    override func done() {
        let result = result ?? .failure(CancellationError())
        task.runInline { continuation.resume(with: result) }
    }
}
