import CLinux
import Glibc

/// A thread that runs a loop. The loop is data: another thread may run it later.
public final class LoopThread {
    private var thread = pthread_t()
    private var isJoined = false

    /// Starts a thread that calls `loop.run()`. The loop belongs to that thread from here on: other threads speak to it
    /// through `loop.remote`.
    /// - Parameters:
    ///   - stackBytes: the stack. Small stacks keep a frozen thread cheap.
    ///   - cpu: the processor to stay on, or nil.
    public init(
        _ loop: Loop, name: String = "zzz-loop", stackBytes: Int = 512 * 1024, cpu: Int? = nil
    ) throws(SystemError) {
        let context = Unmanaged.passRetained(loop).toOpaque()
        let error = zzz_linux_thread_start(&thread, stackBytes, name, Int32(cpu ?? -1), LoopThread.main, context)
        if error != 0 {
            Unmanaged<Loop>.fromOpaque(context).release()
            throw SystemError(operation: "pthread_create", errno: error, subject: name)
        }
    }

    private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
        let loop = Unmanaged<Loop>.fromOpaque(context!)
        loop._withUnsafeGuaranteedRef { $0.run() }
        loop.release()
        return nil
    }

    /// Waits until `run()` has returned; see `LoopRemote.stop`.
    public func join() {
        precondition(!isJoined, "a loop thread is joined once")
        isJoined = true
        pthread_join(thread, nil)
    }

    deinit {
        if !isJoined { pthread_detach(thread) }
    }
}
