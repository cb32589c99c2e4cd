import CLinux
import Glibc

/// A detached thread that runs one closure.
enum HostThread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// - Parameter name: for debuggers; the kernel keeps 15 bytes of it.
    static func start(_ name: String, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
        let context = Unmanaged.passRetained(Body(body))
        var thread = pthread_t()
        // Swift may need deep stacks in an app's code: the default size.
        let code = zzz_linux_thread_start(&thread, 0, name, -1, enter, context.toOpaque())
        guard code == 0 else {
            context.release()
            throw SystemError("pthread_create", name, code: code)
        }
        pthread_detach(thread)
    }

    private static let enter: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
        guard let context else { return nil }
        Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
        return nil
    }
}
