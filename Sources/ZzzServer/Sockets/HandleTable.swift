/// The sockets, channels or subscriptions of one loop, by the numbers in their handles. Only the loop looks into it.
struct HandleTable<Object: AnyObject> {
    private struct Slot {
        var object: Object?
        /// That of the object, or of the last one.
        var serial: UInt32
        var nextFree: Int32
    }

    private let kind: Handle.Kind
    private let worker: Int
    private var slots: [Slot] = []
    private var firstFree: Int32 = -1
    private(set) var count = 0

    init(_ kind: Handle.Kind, worker: Int) {
        self.kind = kind
        self.worker = worker
    }

    /// A handle that leads to the object until it is removed; nil when there are too many.
    mutating func add(_ object: Object) -> Handle? {
        if firstFree < 0 {
            guard slots.count <= Handle.maximumIndex else { return nil }
            slots.append(Slot(object: nil, serial: 0, nextFree: -1))
            firstFree = Int32(slots.count - 1)
        }
        let index = Int(firstFree)
        firstFree = slots[index].nextFree
        slots[index].serial = slots[index].serial == .max ? 1 : slots[index].serial + 1
        slots[index].object = object
        count += 1
        return Handle(kind, worker: worker, index: index, serial: slots[index].serial)
    }

    /// The object behind a handle that is still alive.
    subscript(handle: Handle) -> Object? {
        guard handle.kind == kind, handle.index < slots.count, slots[handle.index].serial == handle.serial else {
            return nil
        }
        return slots[handle.index].object
    }

    mutating func remove(_ handle: Handle) {
        guard self[handle] != nil else { return }
        slots[handle.index].object = nil
        slots[handle.index].nextFree = firstFree
        firstFree = Int32(handle.index)
        count -= 1
    }

    /// Those that are there now.
    var all: [Object] { slots.compactMap(\.object) }
}
