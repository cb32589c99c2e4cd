import CLinux
import Glibc

/// A queue between threads: one waits for what the others push. First in, first out.
final class BlockingQueue<Element: Sendable>: @unchecked Sendable {
    // @unchecked: `elements` and `isClosed` are only touched with `mutex` held.

    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var elements: [Element] = []
    private var isClosed = false

    init() {
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        condition.initialize(to: pthread_cond_t())
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        // So that setting the clock does not move a deadline.
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Returns false, and keeps nothing, when the queue is closed.
    @discardableResult
    func push(_ element: Element) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        guard !isClosed else { return false }
        elements.append(element)
        pthread_cond_signal(condition)
        return true
    }

    /// What was pushed already still comes out.
    func close() {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        isClosed = true
        pthread_cond_broadcast(condition)
    }

    /// The next element; nil when none came in time, or none will ever come.
    func pop(within timeout: Duration? = nil) -> Element? {
        let deadline = timeout.map { Self.deadline(after: $0) }
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while elements.isEmpty {
            guard !isClosed else { return nil }
            guard var deadline else {
                pthread_cond_wait(condition, mutex)
                continue
            }
            guard pthread_cond_timedwait(condition, mutex, &deadline) != ETIMEDOUT || !elements.isEmpty else {
                return nil
            }
        }
        return elements.removeFirst()
    }

    private static func deadline(after timeout: Duration) -> timespec {
        let (seconds, attoseconds) = timeout.components
        let now = zzz_linux_monotonic_ns()
        let nanoseconds = now % 1_000_000_000 + UInt64(max(0, attoseconds) / 1_000_000_000)
        return timespec(
            tv_sec: Int(now / 1_000_000_000) + Int(max(0, seconds)) + Int(nanoseconds / 1_000_000_000),
            tv_nsec: Int(nanoseconds % 1_000_000_000))
    }
}
