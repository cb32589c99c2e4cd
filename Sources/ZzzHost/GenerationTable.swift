import Glibc
import Synchronization

/// Every generation of this process by its handle, for the functions that apps call.
///
/// A handle is no address but a number with a mark, so that whatever an app passes is looked up and never dereferenced.
/// A generation stays in the table for good: its image stays mapped, and code in it may call the host at any time.
enum GenerationTable {
    /// The most loads in the life of a process. A slot is 8 bytes.
    static let capacity = 1 << 16
    private static let mark: UInt = 0x5A5A_5A << 40
    private static let markMask: UInt = ~0 << 40

    private struct Slots: @unchecked Sendable {
        // @unchecked: points to atomics, in memory that is never freed.
        let base: UnsafeMutablePointer<Atomic<UInt>>
    }

    private static let slots: Slots = {
        // calloc(3) maps fresh zero pages for this size, so only slots in use cost memory. Zero bits are an Atomic of
        // 0.
        guard let memory = calloc(capacity, MemoryLayout<Atomic<UInt>>.stride) else {
            preconditionFailure("no memory for the table of generations")
        }
        return Slots(base: memory.bindMemory(to: Atomic<UInt>.self, capacity: capacity))
    }()
    private static let count = Atomic<Int>(0)

    /// The handle for a generation that is being made; nil when the table is full.
    static func reserve() -> UInt? {
        let index = count.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < capacity else {
            count.store(capacity, ordering: .relaxed)
            return nil
        }
        return mark | UInt(index + 1)
    }

    /// From now on the handle leads to `generation`, which is never freed.
    static func publish(_ generation: Generation, handle: UInt) {
        let object = UInt(bitPattern: Unmanaged.passRetained(generation).toOpaque())
        slots.base[Int(handle & ~markMask) - 1].store(object, ordering: .releasing)
    }

    /// Any thread, any value.
    @inline(__always)
    static func find(_ handle: UInt) -> Generation? {
        let index = handle & ~markMask
        guard handle & markMask == mark, index > 0, index <= UInt(capacity) else { return nil }
        guard let object = UnsafeRawPointer(bitPattern: slots.base[Int(index) - 1].load(ordering: .acquiring)) else {
            return nil
        }
        return Unmanaged<Generation>.fromOpaque(object).takeUnretainedValue()
    }
}
