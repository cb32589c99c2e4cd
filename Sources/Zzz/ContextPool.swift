import Glibc

/// One context per thread, kept between requests so that a request allocates nothing.
///
/// Per thread, not per loop: a loop may be taken over by another thread while a handler of this one is still running.
final class ContextPool: @unchecked Sendable {
    // Immutable after init; each slot belongs to the thread that got it from pthread_getspecific(3).
    typealias Slot = UnsafeMutablePointer<Context?>

    private let key: pthread_key_t
    /// False when the process has no key left (PTHREAD_KEYS_MAX): then a context is made for each request.
    private let hasKey: Bool

    init() {
        var key: pthread_key_t = 0
        hasKey = pthread_key_create(&key, freeSlot) == 0
        self.key = key
    }

    /// The thread's slot; nil when there is none to have.
    @inline(__always)
    func slot() -> Slot? {
        guard hasKey else { return nil }
        return pthread_getspecific(key)?.assumingMemoryBound(to: Context?.self) ?? newSlot()
    }

    private func newSlot() -> Slot? {
        let slot = Slot.allocate(capacity: 1)
        slot.initialize(to: nil)
        guard pthread_setspecific(key, slot) == 0 else {
            slot.deallocate()
            return nil
        }
        return slot
    }

    /// Gives the key back, when no request of the generation is in flight any more.
    func close() {
        if hasKey { pthread_key_delete(key) }
    }
}

private func freeSlot(_ pointer: UnsafeMutableRawPointer?) {
    guard let slot = pointer?.assumingMemoryBound(to: Context?.self) else { return }
    slot.deinitialize(count: 1)
    slot.deallocate()
}
