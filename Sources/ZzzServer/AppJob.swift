import Glibc
import ZzzAppABI
import ZzzIO

/// Something an app wants done on a loop: its function, and the request on whose behalf it runs, if there is one.
public struct AppJob: @unchecked Sendable {
    // @unchecked: `user` is the app's, and only handed back to `function`; the others are handles.
    public let function: zzz_job
    public let user: UnsafeMutableRawPointer?
    /// What a fault in the job is answered as; nil for the app alone.
    public let request: OpaquePointer?
    /// The app's handle, for a fault in a job of the app alone.
    public let app: OpaquePointer?

    public init(
        function: @escaping zzz_job, user: UnsafeMutableRawPointer?, request: OpaquePointer?, app: OpaquePointer?
    ) {
        self.function = function
        self.user = user
        self.request = request
        self.app = app
    }

    var call: AppCall {
        AppCall(request: UInt64(UInt(bitPattern: request)), app: app, route: -1, debt: .nothing)
    }
}

/// Jobs that wait for their turn are nodes in a free list of the worker's, so that posting on the own loop allocates
/// nothing.
struct JobNode {
    var job: AppJob
    var next: UnsafeMutablePointer<JobNode>?
}

extension Worker {
    /// Runs the job before the poller is asked again. On this worker's loop only.
    func enqueue(_ job: AppJob) {
        let node = takeJobNode()
        node.initialize(to: JobNode(job: job, next: nil))
        loop.enqueueLocal(Self.runLocal, node, UInt(bitPattern: Unmanaged.passUnretained(self).toOpaque()))
    }

    private static let runLocal: LoopFunction = { _, context, word in
        guard let context, let worker = UnsafeRawPointer(bitPattern: word) else { return }
        let node = context.assumingMemoryBound(to: JobNode.self)
        let job = node.pointee.job
        Unmanaged<Worker>.fromOpaque(worker)._withUnsafeGuaranteedRef { worker in
            worker.giveBack(node)
            worker.run(job)
        }
    }

    /// Into the app, for a job; not for a request that has faulted, whose state is what it was left in.
    /// - Returns: false when another thread has taken the loop over meanwhile.
    @discardableResult
    func run(_ job: AppJob) -> Bool {
        if job.request != nil, RequestCalls.isAbandoned(Handle(job.request)) { return true }
        return callApp(job.call) { job.function(job.user) }
    }
}

extension Server {
    /// Runs the job on a loop: before that loop polls again when this thread runs it, else through its mailbox.
    /// - Returns: false when the mailbox is full.
    public func post(_ job: AppJob, loop index: Int) -> Bool {
        let worker = worker(index)
        return worker._withUnsafeGuaranteedRef { worker in
            if worker.isCurrent {
                // Leaving the app for a moment: the queue is the loop's.
                if worker.callHost({ worker.enqueue(job) }) != nil { return true }
            }
            return worker.loop.remote.post { [self] in self.worker(index)._withUnsafeGuaranteedRef { _ = $0.run(job) } }
        }
    }

    /// Runs `body` on a loop with that loop, as the host: at once when this thread runs it, else through its mailbox.
    /// - Returns: false when the mailbox is full.
    public func onLoop(_ index: Int, _ body: @escaping @Sendable (Loop) -> Void) -> Bool {
        let worker = worker(index)
        return worker._withUnsafeGuaranteedRef { worker in
            if worker.isCurrent, worker.callHost({ body(worker.loop) }) != nil { return true }
            return worker.loop.remote.post { [self] in self.worker(index)._withUnsafeGuaranteedRef { body($0.loop) } }
        }
    }

    /// [any] The same for what must not be lost.
    public func onLoopAlways(_ index: Int, _ body: @escaping @Sendable (Loop) -> Void) {
        worker(index)._withUnsafeGuaranteedRef { $0.postAlways { body($0.loop) } }
    }

    /// Runs a job that is due, on the loop it belongs to.
    /// - Returns: false when another thread has taken the loop over meanwhile.
    public func run(_ job: AppJob, loop index: Int) -> Bool {
        worker(index)._withUnsafeGuaranteedRef { $0.run(job) }
    }

    /// Calls app code from the loop's thread, outside a job, on behalf of the app alone.
    /// - Returns: false when another thread has taken the loop over meanwhile.
    public func callApp(loop index: Int, app: OpaquePointer?, _ body: () -> Void) -> Bool {
        let call = AppCall(request: 0, app: app, route: -1, debt: .nothing)
        return worker(index)._withUnsafeGuaranteedRef { $0.callApp(call, body) }
    }
}
