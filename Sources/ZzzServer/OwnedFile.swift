import Glibc
import Synchronization

/// An open file on its way to the stream that sends it. Closed with the last reference, unless the stream took it:
/// whatever happens to the call in between.
final class OwnedFile: Sendable {
    private let descriptor: Atomic<Int32>

    init(_ descriptor: Int32) { self.descriptor = Atomic(descriptor) }

    deinit {
        let left = take()
        if left >= 0 { close(left) }
    }

    /// The descriptor, which is the caller's from now on; -1 when it was taken before.
    func take() -> Int32 { descriptor.exchange(-1, ordering: .relaxed) }
}
