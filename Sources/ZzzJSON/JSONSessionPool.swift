import Glibc
import Synchronization

/// Sessions that have done their work and wait for the next one with what they have learned and allocated.
///
/// There are a few places, and a thread uses mostly the same one, so that threads seldom meet. A place is empty while
/// its session is at work: another one is made then, and the last to finish stays.
final class JSONSessionPool<Session: AnyObject>: Sendable {
    /// A place, and what keeps the next one out of its cache line.
    private struct Place: ~Copyable, Sendable {
        /// A retained session's address, or 0.
        let session = Atomic<UInt>(0)
        let padding: (Int, Int, Int, Int, Int, Int, Int) = (0, 0, 0, 0, 0, 0, 0)
    }

    private let places = InlineArray<16, Place> { _ in Place() }

    /// A session that nobody else has.
    func take() -> Session? {
        let address = places[place].session.exchange(0, ordering: .acquiring)
        return UnsafeRawPointer(bitPattern: address).map { Unmanaged.fromOpaque($0).takeRetainedValue() }
    }

    /// Keeps a session, unless a coder that was handed out still has it.
    func give(_ session: inout Session) {
        guard isKnownUniquelyReferenced(&session) else { return }
        let new = UInt(bitPattern: Unmanaged.passRetained(session).toOpaque())
        let old = places[place].session.exchange(new, ordering: .acquiringAndReleasing)
        if let old = UnsafeRawPointer(bitPattern: old) { Unmanaged<Session>.fromOpaque(old).release() }
    }

    /// Threads lie at least a page apart.
    private var place: Int {
        Int(truncatingIfNeeded: pthread_self() >> 12 & 15)
    }
}
