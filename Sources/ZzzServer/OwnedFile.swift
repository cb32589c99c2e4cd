import Glibc
import Synchronization

/// An open file that an app has handed over. Closed with the last reference, unless a stream took it to send it:
/// whatever happens to the call in between.
final class OwnedFile: Sendable {
    private let descriptor: Atomic<Int32>

    init(_ descriptor: Int32) { self.descriptor = Atomic(descriptor) }

    deinit {
        let left = take()
        if left >= 0 { close(left) }
    }

    /// Gives the space of a file back that has no name: one that has got one is somebody's.
    func emptyIfUnnamed() {
        let descriptor = descriptor.load(ordering: .relaxed)
        var status = stat()
        guard descriptor >= 0, fstat(descriptor, &status) == 0, status.st_nlink == 0 else { return }
        ftruncate(descriptor, 0)
    }

    /// The descriptor, which is the caller's from now on; -1 when it was taken before.
    func take() -> Int32 { descriptor.exchange(-1, ordering: .relaxed) }
}
