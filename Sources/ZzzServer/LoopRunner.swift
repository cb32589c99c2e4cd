import CContainment
import CLinux
import Glibc
import Synchronization
import ZzzIO

/// A thread that can run any loop: it runs one until that stops, or until it has lost it inside an app, and is a spare
/// one afterwards.
final class LoopRunner: @unchecked Sendable {
    // @unchecked: `thread` is set before the runner is known to anybody; `assignment` is behind the mutex.

    /// A loop to run.
    struct Assignment: Sendable {
        let worker: LoopConfined<Worker>
        /// The word's value from which this thread counts its calls.
        let token: UInt64
        /// What the thread before this one was doing; nil for the first.
        let interruption: Interruption?
    }

    /// Small, so that a frozen thread is cheap.
    static let stackBytes = 512 * 1024

    private let wakes = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
    private let assignment = Mutex<Assignment?>(nil)
    private let monitor: LoopMonitor
    /// Never freed.
    private(set) var thread: UnsafeMutablePointer<zzz_thread>! = nil

    /// - Throws: when no thread can be made.
    init(monitor: LoopMonitor) throws(SystemError) {
        self.monitor = monitor
        sem_init(wakes, 0, 0)
        // Kept for as long as the thread, which is for good.
        let context = Unmanaged.passRetained(self)
        var started: UnsafeMutablePointer<zzz_thread>?
        let code = zzz_thread_start(
            &started, Self.stackBytes, "zzz-loop", nil, { context in
                Unmanaged<LoopRunner>.fromOpaque(context!)._withUnsafeGuaranteedRef { $0.serve() }
                return nil
            }, context.toOpaque())
        guard code == 0, let started else {
            context.release()
            throw SystemError(operation: "pthread_create", errno: code, subject: "a loop's thread")
        }
        thread = started
    }

    /// Has the thread run a loop. Only for a spare one.
    func assign(_ work: Assignment) {
        assignment.withLock { $0 = work }
        sem_post(wakes)
    }

    private func serve() {
        while true {
            while sem_wait(wakes) != 0 {}
            let work = assignment.withLock { $0.take() }
            if let work { run(work) }
            zzz_thread_trim_stack(zzz_thread_self())
            monitor.cameHome(self)
        }
    }

    private func run(_ work: Assignment) {
        let worker = work.worker.value
        let me = zzz_thread_self().unsafelyUnwrapped
        zzz_thread_adopt_loop(me, worker.ownership.word, work.token)
        zzz_linux_set_current_loop(worker.loopIdentity)
        if let interruption = work.interruption { worker.goOn(after: interruption) }
        if worker.isCurrent { worker.loop.run() }
        // The loop has stopped, or it is another thread's now.
        let hasStopped = zzz_thread_has_loop(me)
        zzz_thread_leave_loop(me)
        if hasStopped { worker.hasStopped.signal() }
    }
}
