import Synchronization
import ZzzAppABI

/// Writes a comment into an event stream whenever nothing else was written for a while.
///
/// Each timer of the host's holds a share of this object, which is given back when the timer runs or was cancelled on
/// its loop. A stream that ends on another thread leaves the last timer to run out, and then to find that it has
/// stopped; a request that has ended without a word, since its handler crashed, is refused by the host, and that ends
/// it too.
final class Heartbeat: Sendable {
    private struct State {
        var hasStopped = false
        var hasWritten = false
        /// The address of the host's handle; 0 when no timer runs.
        var timer: UInt = 0
    }
    private let state = Mutex(State())
    private let task: RequestTask
    private let microseconds: UInt64
    /// Of the stream, when it has one.
    private let compressor: StreamCompressor?

    init(_ task: RequestTask, _ interval: Duration, _ compressor: StreamCompressor?) {
        self.task = task
        self.compressor = compressor
        // A day is as good as never, and fits.
        microseconds = min(interval.wholeMilliseconds, 86_400_000) * 1000
    }

    func noteWrite() { state.withLock { $0.hasWritten = true } }

    func start() {
        guard let api = task.host.loop else { return }
        let user = Unmanaged.passRetained(self)
        var handle: OpaquePointer?
        let status = api.pointee.timer(
            task.host.app, task.loop, task.request, microseconds, 0, Self.run, user.toOpaque(), &handle, nil)
        guard status >= 0 else { return user.release() }
        state.withLock { $0.timer = UInt(bitPattern: handle) }
    }

    func stop() {
        let timer = state.withLock { state in
            state.hasStopped = true
            defer { state.timer = 0 }
            return state.timer
        }
        guard let api = task.host.loop, api.pointee.current() == task.loop,
            let handle = OpaquePointer(bitPattern: timer)
        else { return }
        // On the timer's own loop: after a success the job does not run.
        if api.pointee.cancel(handle) >= 0 { Unmanaged.passUnretained(self).release() }
    }

    private func beat() {
        let (isOver, isIdle) = state.withLock { state in
            defer { state.hasWritten = false }
            state.timer = 0
            return (state.hasStopped, !state.hasWritten)
        }
        guard !isOver else { return }
        if isIdle, !writeComment() { return }
        start()
    }

    /// Whether the host has taken it.
    private func writeComment() -> Bool {
        let comment = zzz_bytes(":\n\n")
        guard let compressor, let request = task.request else {
            return task.host.http.pointee.write(task.request, comment, nil) >= 0
        }
        // `try?`: a stream that cannot be written to has ended, or is about to.
        return (try? compressor.write(comment, to: request, task.host.http)) != nil
    }

    private static let run: zzz_job = { user in
        guard let user else { return }
        Unmanaged<Heartbeat>.fromOpaque(user).takeRetainedValue().beat()
    }
}
