import Glibc

/// Turns at hashing passwords: as many at once as there are processors, since more would take memory and gain no time.
struct HashingTurns: @unchecked Sendable {
    // @unchecked: sem_t is made for several threads (sem_overview(7)); never freed.
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    static let shared = HashingTurns(count: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))

    init(count: Int) {
        sem_init(semaphore, 0, UInt32(count))
    }

    /// Calls `body` when it is this thread's turn.
    func take<Value>(_ body: () -> Value) -> Value {
        while sem_wait(semaphore) != 0 { precondition(errno == EINTR, "sem_wait: \(errno)") }
        defer { sem_post(semaphore) }
        return body()
    }
}
