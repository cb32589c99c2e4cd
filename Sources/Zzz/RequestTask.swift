// How an async handler runs: one object per request, which is the executor of its task, and knows the request that
// each piece of work is done for.
import Synchronization
import ZzzAppABI

/// The life of one async request.
///
/// start -> the first piece runs at once, inside the host's call -> (only if it suspends) retain, on_closed; each
/// later piece is a job on the request's loop -> finish -> release.
///
/// What changes is either under `state`, or atomic, or, like `context`, used by the task alone. The task runs one piece
/// at a time, and child tasks have no way to the context, which is not Sendable.
final class RequestTask: LoopExecutor, @unchecked Sendable {
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

    private let isRetained = Atomic<Bool>(false)

    private init(
        _ context: Context, _ request: OpaquePointer, _ handler: @escaping @Sendable (Context) async throws -> Void
    ) {
        let host = context.instance.host
        self.context = context
        self.handler = handler
        super.init(host, request, loop: host.loop?.pointee.current() ?? host.loop?.pointee.of_request(request))
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
            post { _ = $0.host.http.pointee.release($0.request) }
            return
        }
        _ = host.http.pointee.release(request)
        // A thread that has lost its loop meanwhile has posted the release: this job, behind it, keeps the object.
        if !isOnLoop { post { _ in } }
    }

    override func keep() { retainRequest() }

    private func retainRequest() {
        if !isRetained.exchange(true, ordering: .acquiringAndReleasing) {
            _ = host.http.pointee.retain(request)
        }
    }
}
