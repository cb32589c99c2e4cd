import Glibc
import Synchronization

/// What several loops were asked, as far as they have answered: one that an app holds may not answer in time, or ever.
final class LoopAnswers<Answer: Sendable>: @unchecked Sendable {
    // @unchecked: a POSIX semaphore is made for several threads, and its memory is freed by the last reference.
    private let semaphore: UnsafeMutablePointer<sem_t>
    private let answers = Mutex<[Answer]>([])

    init() {
        semaphore = .allocate(capacity: 1)
        sem_init(semaphore, 0, 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    /// [any] One answer.
    func add(_ answer: Answer) {
        answers.withLock { $0.append(answer) }
        sem_post(semaphore)
    }

    /// Waits for `count` answers, but no longer than `seconds`.
    func wait(for count: Int, seconds: Int) -> [Answer] {
        var deadline = timespec()
        clock_gettime(CLOCK_REALTIME, &deadline)
        deadline.tv_sec += seconds
        var left = count
        while left > 0 {
            if sem_timedwait(semaphore, &deadline) == 0 { left -= 1 } else if errno != EINTR { break }
        }
        return answers.withLock { $0 }
    }
}
