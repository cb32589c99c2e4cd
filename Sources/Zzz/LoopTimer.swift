import Synchronization
import ZzzAppABI

/// One sleep of an async function, on its loop's timer.
///
/// Retained by the sleeper and by the host's timer. The timer's share is given back when the timer runs or was
/// cancelled on the loop; a cancellation from another thread only wakes the sleeper, and the timer runs out by
/// itself.
final class LoopTimer: Sendable {
    private struct State {
        var continuation: UnsafeContinuation<Void, any Error>?
        /// The address of the host's handle.
        var timer: UInt = 0
        var hasRun = false
    }
    private let state = Mutex(State())
    private let task: LoopExecutor

    init(_ task: LoopExecutor) { self.task = task }

    /// Waits. Throws CancellationError when the task is cancelled before that.
    func sleep(microseconds: UInt64) async throws {
        try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                state.withLock { $0.continuation = continuation }
                if Task.isCancelled { return wake(.failure(CancellationError())) }
                start(microseconds)
            }
        } onCancel: {
            cancel()
        }
    }

    private func start(_ microseconds: UInt64) {
        guard let api = task.host.loop else { return wake(.failure(MisuseError("no loop"))) }
        let user = Unmanaged.passRetained(self)
        var handle: OpaquePointer?
        do {
            _ = try hostCall("timer") {
                api.pointee.timer(
                    task.host.app, task.loop, task.request, microseconds, 0, Self.run, user.toOpaque(), &handle, $0)
            }
            state.withLock { if !$0.hasRun { $0.timer = UInt(bitPattern: handle) } }
        } catch {
            user.release()
            wake(.failure(error))
        }
    }

    private func wake(_ result: Result<Void, any Error>) {
        let continuation = state.withLock { $0.continuation.take() }
        continuation?.resume(with: result)
    }

    private func cancel() {
        if let api = task.host.loop, api.pointee.current() == task.loop {
            let timer = state.withLock { state in
                defer { state.timer = 0 }
                return state.timer
            }
            // On the timer's own loop: after a success the job does not run, so its share of this object is given
            // back here.
            if let handle = OpaquePointer(bitPattern: timer), api.pointee.cancel(handle) >= 0 {
                Unmanaged.passUnretained(self).release()
            }
        }
        wake(.failure(CancellationError()))
    }

    private static let run: zzz_job = { user in
        guard let user else { return }
        let timer = Unmanaged<LoopTimer>.fromOpaque(user).takeRetainedValue()
        timer.state.withLock {
            $0.hasRun = true
            $0.timer = 0
        }
        timer.task.runInline { timer.wake(.success(())) }
    }
}
