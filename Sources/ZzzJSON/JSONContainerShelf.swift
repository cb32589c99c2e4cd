/// Keyed containers that were handed out and can be again.
///
/// The standard library puts a keyed container into a box, whose generic type it has to find out each time: half of
/// what `Codable` costs, more than writing the object. A box that nobody has any more is as good as a new one for the
/// next object with keys of the same type, once its container has been told the object's place.
struct JSONContainerShelf: ~Copyable {
    private static let capacity = 16

    // Owned, and the spares are retained. No array: handing out one of its elements would retain and release it.
    private let spares = UnsafeMutablePointer<Unmanaged<JSONSpareContainer>>.allocate(capacity: Self.capacity)
    private var count = 0
    /// Where the latest search ended: the objects of an array follow each other.
    private var latest = 0

    deinit {
        for index in 0..<count { spares[index].release() }
        spares.deallocate()
    }

    /// A container for keys of one type that nobody has. Valid as long as the shelf is not changed.
    @inline(__always)
    mutating func spare(for keyType: Any.Type) -> Unmanaged<JSONSpareContainer>? {
        for offset in 0..<count {
            let place = latest &+ offset
            let index = place < count ? place : place &- count
            if spares[index]._withUnsafeGuaranteedRef({ $0.keyType == keyType && $0.isFree }) {
                latest = index
                return spares[index]
            }
        }
        return nil
    }

    /// Keeps a container that is about to be handed out, if there is room.
    mutating func add(_ spare: JSONSpareContainer) -> Bool {
        if count < Self.capacity {
            (spares + count).initialize(to: .passRetained(spare))
            latest = count
            count += 1
            return true
        }
        latest = latest + 1 < count ? latest + 1 : 0
        guard spares[latest]._withUnsafeGuaranteedRef({ $0.isFree }) else { return false }
        spares[latest].release()
        spares[latest] = .passRetained(spare)
        return true
    }

    /// Takes off the containers that somebody still has, each after `body` was called with its place.
    mutating func removeHeld(_ body: (AnyObject) -> Void) {
        for index in (0..<count).reversed() where !spares[index]._withUnsafeGuaranteedRef({ $0.isFree }) {
            let spare = spares[index].takeRetainedValue()
            count -= 1
            spares[index] = spares[count]
            latest = 0
            body(spare.place)
        }
    }
}
