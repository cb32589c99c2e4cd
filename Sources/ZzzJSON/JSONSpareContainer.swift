/// A keyed container of the standard library, which is nothing but a reference to its box.
class JSONSpareContainer {
    final let keyType: Any.Type
    /// What the container in the box reads its place from.
    final let place: AnyObject
    // Final, or the check for other references would be made on a copy, which is one.
    @exclusivity(unchecked) fileprivate final var box: AnyObject

    fileprivate init(keyType: Any.Type, place: AnyObject, box: AnyObject) {
        self.keyType = keyType
        self.place = place
        self.box = box
    }

    /// Whether nobody else has the box.
    @inline(__always)
    final var isFree: Bool { isKnownUniquelyReferenced(&box) }
}

/// `Container` is a `KeyedEncodingContainer` or `KeyedDecodingContainer`. A class, since an object of it knows the type
/// that would have to be looked up again otherwise.
final class JSONSpareContainerOf<Container>: JSONSpareContainer {
    /// Nil when the standard library has come to keep more than a reference in its containers.
    init?(_ container: Container, keyType: Any.Type, place: AnyObject) {
        guard MemoryLayout<Container>.size == MemoryLayout<AnyObject>.size else { return nil }
        super.init(keyType: keyType, place: place, box: unsafeBitCast(container, to: AnyObject.self))
    }

    // Never inlined: the caller does not know how to copy a `Container` without looking the type up.
    @inline(never)
    func container() -> Container {
        unsafeBitCast(box, to: Container.self)
    }
}
