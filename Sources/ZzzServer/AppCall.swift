import CLinux
import Synchronization

/// Whether a loop is inside an app's code, on one word, so that taking the loop over and coming back from the app are
/// one compare-and-swap against each other.
///
/// The thread that runs the loop calls `enter` before it calls an app, from a point where every invariant of the loop
/// and its connections holds, and `leave` when it is back: when the app returns, and at the start of every function of
/// the host that the app calls. When `leave` says false, another thread has taken the loop over meanwhile, and this one
/// may not touch it any more. The bits above the first are the epoch: how often the loop has changed threads. A thread
/// knows its own in `CLinux`.
final class AppCall: Sendable {
    private let word = Atomic<UInt64>(0)

    /// The loop goes into an app.
    @inline(__always)
    func enter() {
        word.store(zzz_linux_thread_epoch() << 1 | 1, ordering: .releasing)
    }

    /// The loop is back from the app: false when it belongs to another thread now.
    @inline(__always)
    func leave() -> Bool {
        let epoch = zzz_linux_thread_epoch()
        return word.compareExchange(
            expected: epoch << 1 | 1, desired: epoch << 1, ordering: .acquiringAndReleasing
        ).exchanged
    }
}
