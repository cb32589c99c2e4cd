import Glibc

/// Something that one thread waits for and another one does, once.
public final class Completion: @unchecked Sendable {
    // @unchecked: a POSIX semaphore is made for several threads; the memory is freed by the last reference.
    private let semaphore: UnsafeMutablePointer<sem_t>

    public init() {
        semaphore = .allocate(capacity: 1)
        sem_init(semaphore, 0, 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    /// It is done. Any thread.
    public func signal() {
        sem_post(semaphore)
    }

    /// Blocks until it is done.
    public func wait() {
        while sem_wait(semaphore) != 0, errno == EINTR {}
    }
}
