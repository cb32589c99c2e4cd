/// Names a timer for `Loop.cancelTimer`. An ID outlives its timer safely: a stale one cancels nothing.
public struct TimerID: Sendable, Hashable {
    let slot: UInt32
    let generation: UInt32
}

/// The loop's precise timers: a heap of 4 children per node by deadline, and a table of slots that says where each one
/// is. Insertion, removal and expiry are O(log n).
struct TimerHeap {
    struct Slot {
        var entry: LoopEntry
        /// Nanoseconds between repetitions, or 0.
        var interval: UInt64
        var generation: UInt32
        /// Where in `heap`; -1 when the slot is free.
        var position: Int32
    }

    private struct Item {
        var deadline: UInt64
        var slot: UInt32
    }

    private var heap: [Item] = []
    private var slots: [Slot] = []
    private var freeSlots: [UInt32] = []

    var count: Int { heap.count }

    /// The earliest deadline, or `.max`.
    private(set) var next: UInt64 = .max

    mutating func add(deadline: UInt64, interval: UInt64, entry: LoopEntry) -> TimerID {
        let slot: UInt32
        if let free = freeSlots.popLast() {
            slot = free
            slots[Int(slot)].entry = entry
            slots[Int(slot)].interval = interval
        } else {
            slot = UInt32(slots.count)
            slots.append(Slot(entry: entry, interval: interval, generation: 1, position: -1))
        }
        heap.append(Item(deadline: deadline, slot: slot))
        slots[Int(slot)].position = Int32(heap.count - 1)
        siftUp(heap.count - 1)
        noteNext()
        return TimerID(slot: slot, generation: slots[Int(slot)].generation)
    }

    /// Returns false when the timer has fired or was cancelled before.
    mutating func cancel(_ id: TimerID) -> Bool {
        guard Int(id.slot) < slots.count, slots[Int(id.slot)].generation == id.generation,
            slots[Int(id.slot)].position >= 0
        else { return false }
        remove(at: Int(slots[Int(id.slot)].position))
        free(id.slot)
        noteNext()
        return true
    }

    /// The entry of a timer that is due at `now`, which is gone from the heap, or set for its next repetition.
    mutating func popDue(_ now: UInt64) -> LoopEntry? {
        guard next <= now, let first = heap.first else { return nil }
        let slot = slots[Int(first.slot)]
        if slot.interval == 0 {
            remove(at: 0)
            free(first.slot)
        } else {
            // Repetitions that a long turn missed are dropped, not made up for.
            heap[0].deadline = max(first.deadline &+ slot.interval, now &+ 1)
            siftDown(0)
        }
        noteNext()
        return slot.entry
    }

    private mutating func noteNext() { next = heap.first?.deadline ?? .max }

    private mutating func free(_ slot: UInt32) {
        slots[Int(slot)].generation &+= 1
        slots[Int(slot)].position = -1
        freeSlots.append(slot)
    }

    private mutating func remove(at position: Int) {
        let last = heap.removeLast()
        guard position < heap.count else { return }
        heap[position] = last
        slots[Int(last.slot)].position = Int32(position)
        siftDown(position)
        siftUp(Int(slots[Int(last.slot)].position))
    }

    private mutating func siftUp(_ start: Int) {
        var child = start
        let item = heap[child]
        while child > 0 {
            let parent = (child - 1) / 4
            if heap[parent].deadline <= item.deadline { break }
            place(heap[parent], child)
            child = parent
        }
        place(item, child)
    }

    private mutating func siftDown(_ start: Int) {
        var parent = start
        let item = heap[parent]
        while true {
            let first = parent * 4 + 1
            guard first < heap.count else { break }
            var least = first
            for child in first + 1..<max(first + 1, min(first + 4, heap.count))
            where heap[child].deadline < heap[least].deadline {
                least = child
            }
            if item.deadline <= heap[least].deadline { break }
            place(heap[least], parent)
            parent = least
        }
        place(item, parent)
    }

    private mutating func place(_ item: Item, _ position: Int) {
        heap[position] = item
        slots[Int(item.slot)].position = Int32(position)
    }
}
