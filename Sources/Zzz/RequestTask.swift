// How an async handler runs: one object per request, which is the executor of its task, and knows the request that
// each piece of work is done for.
import Glibc
import Synchronization
import ZzzAppABI

/// The life of one async request.
///
/// start -> the first piece runs at once, inside the host's call -> (only if it suspends) retain, on_closed; each
/// later piece is a job on the request's loop -> finish -> release.
///
/// What changes is either under `state`, or atomic, or, like `context`, used by the task alone. The task runs one piece
/// at a time, and child tasks have no way to the context, which is not Sendable.
final class RequestTask: TaskExecutor, @unchecked Sendable {
    let host: Host
    let request: OpaquePointer
    let loop: OpaquePointer?
    private var context: Context?
    private let handler: @Sendable (Context) async throws -> Void

    /// Who waits for the host. One at a time of each kind, since a context is used by one task.
    struct State {
        var writable: UnsafeContinuation<Void, any Error>?
        var body: UnsafeContinuation<BodyEvent, any Error>?
        var task: Task<Void, Never>?
        var hasFinished = false
        var clientHasLeft = false
    }
    let state = Mutex(State())

    /// The thread that is about to run whatever becomes ready, and the job that became ready on it.
    private let inlineThread = Atomic<UInt>(0)
    private let inlineJob = Atomic<UInt>(0)
    /// The thread that runs a piece of the task now.
    private let runningThread = Atomic<UInt>(0)
    private let isRetained = Atomic<Bool>(false)

    private init(
        _ context: Context, _ request: OpaquePointer, _ handler: @escaping @Sendable (Context) async throws -> Void
    ) {
        host = context.instance.host
        self.request = request
        self.context = context
        self.handler = handler
        loop = host.loop?.pointee.current() ?? host.loop?.pointee.of_request(request)
    }

    var clientHasLeft: Bool { state.withLock { $0.clientHasLeft } }

    /// Runs the handler until it first suspends, on this thread.
    static func start(_ context: Context, _ handler: @escaping @Sendable (Context) async throws -> Void) {
        guard let request = context.request else { return }
        let task = RequestTask(context, request, handler)
        context.task = task
        task.runInline {
            let running = Task.detached(executorPreference: task) { await task.run() }
            task.state.withLock { if !$0.hasFinished { $0.task = running } }
        }
        guard !task.state.withLock({ $0.hasFinished }) else { return }
        // The handler has suspended: from here on the request must outlive this call. The callback's pointer is valid
        // until `finish`.
        task.retainRequest()
        _ = task.host.http.pointee.on_closed(request, clientClosed, Unmanaged.passUnretained(task).toOpaque())
    }

    private func run() async {
        guard let context else { return }
        do {
            try await handler(context)
            try await context.sendHeldAnswer()
            if context.phase != .answered { context.endWithoutAnswer() }
        } catch {
            context.fail(error)
        }
        await sendHeldErrorPage(context)
        finish(context)
    }

    /// An error page may have something to wait for, too.
    private func sendHeldErrorPage(_ context: Context) async {
        guard context.phase == .held else { return }
        do { try await context.sendHeldAnswer() } catch { context.fail(error) }
    }

    /// The last thing that the task does.
    private func finish(_ finished: Context) {
        finished.task = nil
        finished.end()
        context = nil
        state.withLock {
            $0.hasFinished = true
            $0.task = nil
        }
        guard isRetained.load(ordering: .acquiring) else { return }
        // After the release the host calls back no more with a pointer to this object. On the loop's thread none of
        // its calls can be under way.
        guard isOnLoop else {
            post { task in _ = task.host.http.pointee.release(task.request) }
            return
        }
        _ = host.http.pointee.release(request)
        // A thread that has lost its loop meanwhile has posted the release: this job, behind it, keeps the object.
        if !isOnLoop { post { _ in } }
    }

    private var isOnLoop: Bool { host.loop?.pointee.current() == loop }

    private func retainRequest() {
        if !isRetained.exchange(true, ordering: .acquiringAndReleasing) {
            _ = host.http.pointee.retain(request)
        }
    }
}

// MARK: - The executor

extension RequestTask {
    /// Takes a piece of the task that is ready to run: keeps it when this very thread is about to run it, posts it to
    /// the loop otherwise.
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if inlineThread.load(ordering: .relaxed) == UInt(pthread_self()) {
            let (isKept, _) = inlineJob.compareExchange(
                expected: 0, desired: Self.address(of: job), ordering: .acquiringAndReleasing)
            if isKept { return }
        }
        retainRequest()
        post {
            $0.run(job)
        } orElse: {
            // The mailbox is full, or the loop is gone: a task that never went on would keep its request forever.
            globalConcurrentExecutor.enqueue(ExecutorJob(job))
        }
    }

    /// Wakes the task from a call of the host's on the loop, and runs what becomes ready at once, without a turn
    /// through the mailbox.
    func runInline(_ wake: () -> Void) {
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

    /// Runs `work` on the request's loop, on behalf of the request.
    private func post(_ work: @escaping @Sendable (RequestTask) -> Void, orElse refused: () -> Void = {}) {
        let posted = Unmanaged.passRetained(PostedWork(self, work))
        let status =
            host.loop?.pointee.post(host.app, loop, request, runPosted, posted.toOpaque()) ?? HostStatus.unsupported
        if status < 0 {
            posted.release()
            refused()
        }
    }

    /// What a posted job carries through the host.
    private final class PostedWork {
        let task: RequestTask
        let work: @Sendable (RequestTask) -> Void

        init(_ task: RequestTask, _ work: @escaping @Sendable (RequestTask) -> Void) {
            self.task = task
            self.work = work
        }
    }

    private static let runPosted: zzz_job = { user in
        guard let user else { return }
        let posted = Unmanaged<PostedWork>.fromOpaque(user).takeRetainedValue()
        posted.work(posted.task)
    }

    private var runPosted: zzz_job { Self.runPosted }
}
