import Synchronization
import ZzzAppABI
import ZzzServer

/// The server, for handlers that are made before it: it does not keep the server alive.
final class ServerLink: Sendable {
    private struct Reference {
        weak var server: Server?
    }
    private let reference = Mutex(Reference())

    var server: Server? {
        get { reference.withLock { $0.server } }
        set { reference.withLock { $0.server = newValue } }
    }

    private final class Job: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Posts a job to a loop, as an app does. Whether it was taken.
    @discardableResult
    func post(loop: Int, for request: Request? = nil, _ body: @escaping @Sendable () -> Void) -> Bool {
        let box = Unmanaged.passRetained(Job(body))
        let job = AppJob(
            function: { user in Unmanaged<Job>.fromOpaque(user!).takeRetainedValue().body() }, user: box.toOpaque(),
            request: request?.handle, app: nil)
        let isPosted = server?.post(job, loop: loop) ?? false
        if !isPosted { box.release() }
        return isPosted
    }
}
