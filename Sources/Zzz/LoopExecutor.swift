import Glibc
import Synchronization
import ZzzAppABI

/// Runs a task piece by piece on a loop: the executor of that one task.
///
/// The first piece runs at once, on the thread that started it; each later one is a job on the loop.
class LoopExecutor: TaskExecutor, @unchecked Sendable {
    // Immutable or atomic; what subclasses add, they guard.
    final let host: Host
    /// The request that the task works for; nil: it works for the app alone.
    final let request: OpaquePointer?
    final let loop: OpaquePointer?

    /// The thread that is about to run whatever becomes ready, and the job that became ready on it.
    private let inlineThread = Atomic<UInt>(0)
    private let inlineJob = Atomic<UInt>(0)
    /// The thread that runs a piece of the task now.
    private let runningThread = Atomic<UInt>(0)

    init(_ host: Host, _ request: OpaquePointer?, loop: OpaquePointer?) {
        self.host = host
        self.request = request
        self.loop = loop
    }

    /// Called before a piece is left for later: keeps what the task works for.
    func keep() {}

    /// Takes a piece of the task that is ready to run: keeps it when this very thread is about to run it, posts it to
    /// the loop otherwise.
    final func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if inlineThread.load(ordering: .relaxed) == UInt(pthread_self()) {
            let (isKept, _) = inlineJob.compareExchange(
                expected: 0, desired: Self.address(of: job), ordering: .acquiringAndReleasing)
            if isKept { return }
        }
        keep()
        post {
            $0.run(job)
        } orElse: {
            // The mailbox is full, or the loop is gone: a task that never went on would keep its request forever.
            globalConcurrentExecutor.enqueue(ExecutorJob(job))
        }
    }

    /// Wakes the task from a call of the host's on the loop, and runs what becomes ready at once, without a turn
    /// through the mailbox.
    final func runInline(_ wake: () -> Void) {
        let thread = UInt(pthread_self())
        // The host may call back from inside a function that a piece of this task called: that piece has to return
        // first.
        guard runningThread.load(ordering: .relaxed) != thread else { return wake() }
        inlineThread.store(thread, ordering: .relaxed)
        wake()
        inlineThread.store(0, ordering: .relaxed)
        // Taken by exchange: when the host has moved the loop to another thread meanwhile, only one of the two runs it.
        let ready = inlineJob.exchange(0, ordering: .acquiringAndReleasing)
        if ready != 0 { run(Self.job(at: ready)) }
    }

    private func run(_ job: UnownedJob) {
        let thread = UInt(pthread_self())
        runningThread.store(thread, ordering: .relaxed)
        job.runSynchronously(on: asUnownedTaskExecutor())
        _ = runningThread.compareExchange(expected: thread, desired: 0, ordering: .relaxed)
    }

    /// A job is one pointer, which the runtime owns until it has run.
    private static func address(of job: UnownedJob) -> UInt { unsafeBitCast(job, to: UInt.self) }
    private static func job(at address: UInt) -> UnownedJob { unsafeBitCast(address, to: UnownedJob.self) }

    // MARK: Posting

    /// Whether this thread runs the loop.
    final var isOnLoop: Bool { host.loop?.pointee.current() == loop }

    /// Runs `body` on the loop, from another thread.
    final func onLoop<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withUnsafeThrowingContinuation { continuation in
            post { _ in
                continuation.resume(with: Result { try body() })
            } orElse: {
                continuation.resume(
                    throwing: HostError("post", code: HostStatus.limit, message: "too much waits for the loop"))
            }
        }
    }

    /// Runs `work` on the loop, on behalf of what the task works for.
    final func post(_ work: @escaping @Sendable (LoopExecutor) -> Void, orElse refused: () -> Void = {}) {
        let posted = Unmanaged.passRetained(PostedWork(self, work))
        let status =
            host.loop?.pointee.post(host.app, loop, request, Self.runPosted, posted.toOpaque())
            ?? HostStatus.unsupported
        if status < 0 {
            posted.release()
            refused()
        }
    }

    /// What a posted job carries through the host.
    private final class PostedWork {
        let executor: LoopExecutor
        let work: @Sendable (LoopExecutor) -> Void

        init(_ executor: LoopExecutor, _ work: @escaping @Sendable (LoopExecutor) -> Void) {
            self.executor = executor
            self.work = work
        }
    }

    private static let runPosted: zzz_job = { user in
        guard let user else { return }
        let posted = Unmanaged<PostedWork>.fromOpaque(user).takeRetainedValue()
        posted.work(posted.executor)
    }
}
