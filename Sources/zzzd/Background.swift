import CLinux
import Glibc

/// Detached threads for what takes time and is rare: a reload, a control connection.
enum Background {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Runs `body` on a new thread. When none can be made, `body` does not run, and the answer is false.
    @discardableResult
    static func run(_ name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
        let context = Unmanaged.passRetained(Body(body))
        var thread = pthread_t()
        let entry: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
            guard let context else { return nil }
            Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
            return nil
        }
        guard zzz_linux_thread_start(&thread, 512 * 1024, name, -1, entry, context.toOpaque()) == 0 else {
            context.release()
            return false
        }
        pthread_detach(thread)
        return true
    }
}

/// Waiting without doing anything, on a thread that may.
enum Pause {
    static func milliseconds(_ count: Int) {
        var wanted = timespec(tv_sec: count / 1000, tv_nsec: count % 1000 * 1_000_000)
        var left = timespec()
        while nanosleep(&wanted, &left) != 0, errno == EINTR { wanted = left }
    }
}
