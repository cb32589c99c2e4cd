import CLinux
import Glibc

/// A thread for what takes time and is rare: a reload, a control connection. Nobody waits for its end.
public enum DetachedThread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Runs `body` on a new thread. When none can be made, `body` does not run, and the answer is false.
    ///
    /// - Parameters:
    ///   - name: for debuggers; the kernel keeps 15 bytes of it.
    ///   - stackBytes: the stack; 0 for the default size, which an app's code may need.
    @discardableResult
    public static func start(
        _ name: String, stackBytes: Int = 512 * 1024, _ body: @escaping @Sendable () -> Void
    ) -> Bool {
        let context = Unmanaged.passRetained(Body(body))
        var thread = pthread_t()
        guard zzz_linux_thread_start(&thread, stackBytes, name, -1, enter, context.toOpaque()) == 0 else {
            context.release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    private static let enter: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
        guard let context else { return nil }
        Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
        return nil
    }
}
