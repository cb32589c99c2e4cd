import Glibc
import Synchronization

/// Wakes the log thread, at the cost of a system call only when it really sleeps.
///
/// While records keep coming the thread naps between batches, and nobody needs to wake it. After a nap without a
/// record it says that it is asleep, naps once more, and only then waits without end: a writer that published a
/// record before it could see the state `asleep` has done so long before the second nap is over, so no barrier is
/// needed per record.
final class LogWaker: Sendable {
    enum State: UInt8, AtomicRepresentable {
        /// At work: it will look again before it sleeps.
        case awake
        /// Waiting for some milliseconds.
        case napping
        /// Waiting without end, or about to.
        case asleep
    }

    /// How long a batch gathers, in milliseconds.
    static let napMilliseconds: Int32 = 50

    private let state = Atomic<State>(.awake)
    /// A socket pair: a byte in it wakes the thread. (eventfd(2) is not in Swift's Glibc module.)
    private let wakeEnd: Int32
    private let sleepEnd: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let result = socketpair(AF_UNIX, type, 0, &ends)
        precondition(result == 0, "socketpair for the log: errno \(errno)")
        wakeEnd = ends[0]
        sleepEnd = ends[1]
    }

    deinit {
        close(wakeEnd)
        close(sleepEnd)
    }

    /// Wakes the thread if it is in `state` or sleeps deeper. Any thread may call this.
    func wake(from lightest: State) {
        let now = state.load(ordering: .relaxed)
        guard now.rawValue >= lightest.rawValue, now != .awake else { return }
        // Whoever changes the state signals; an old value means that another one has.
        guard state.compareExchange(expected: now, desired: .awake, ordering: .acquiringAndReleasing).exchanged else {
            return
        }
        // When the socket is full, there are bytes enough in it to wake the thread.
        var byte: UInt8 = 1
        send(wakeEnd, &byte, 1, Int32(MSG_NOSIGNAL))
    }

    /// Waits for `wake` or for the end of a nap; true when woken. The state stays what it is after a nap, so that the
    /// thread can look for records once more before it goes on to `waitEndlessly`. Only the log thread calls this and
    /// the methods below.
    func nap(as newState: State) -> Bool {
        state.store(newState, ordering: .sequentiallyConsistent)
        return wait(milliseconds: Self.napMilliseconds)
    }

    /// Waits for `wake`, after a nap as `.asleep`.
    func waitEndlessly() {
        _ = wait(milliseconds: -1)
    }

    /// Says that the thread is at work.
    func beginWork() {
        state.store(.awake, ordering: .sequentiallyConsistent)
    }

    private func wait(milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: sleepEnd, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, milliseconds) > 0 else { return false }
        var bytes: UInt64 = 0
        recv(sleepEnd, &bytes, MemoryLayout<UInt64>.size, 0)
        return true
    }
}
