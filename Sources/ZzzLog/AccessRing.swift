import Synchronization

/// The access records of one loop on their way to the log thread: a ring of bytes with one writer and one reader.
///
/// The writer, the loop, neither allocates nor locks nor calls the kernel, but for one wake-up after an idle time. When
/// the ring is full, records are dropped and counted.
///
/// `@unchecked Sendable`: the memory between `tail` and `head` belongs to the reader, the rest to the writer; `head`
/// and `tail` are atomic; `writerHead` and `knownTail` are the writer's alone.
public final class AccessRing: @unchecked Sendable {
    /// Bytes of a ring unless asked otherwise: 256 KiB, some thousand records. Untouched pages cost nothing.
    public static let defaultCapacity = 256 << 10

    private let memory: UnsafeMutableRawPointer
    private let capacity: Int
    private let waker: LogWaker
    private let enabled: Atomic<Bool>
    private let dropped = Atomic<Int>(0)
    /// Bytes written and read since the start; they never wrap around.
    private let head = Atomic<Int>(0)
    private let tail = Atomic<Int>(0)
    private var writerHead = 0
    private var knownTail = 0

    /// - Parameter capacity: in bytes, a power of two, at least 16 KiB, so that the longest record fits.
    init(capacity: Int, isEnabled: Bool, waker: LogWaker) {
        precondition(capacity >= 16 << 10 && capacity & (capacity - 1) == 0, "a ring of \(capacity) bytes")
        self.capacity = capacity
        self.waker = waker
        enabled = Atomic(isEnabled)
        memory = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit {
        memory.deallocate()
    }

    /// Whether records are taken. Any thread may set it.
    public var isEnabled: Bool {
        get { enabled.load(ordering: .relaxed) }
        set { enabled.store(newValue, ordering: .relaxed) }
    }

    /// Takes a copy of a record; its texts are read only during the call. Only the ring's loop may call this.
    public func record(_ record: borrowing AccessRecord) {
        guard isEnabled else { return }
        let header = AccessHeader(record)
        let position = writerHead & (capacity - 1)
        // A record lies in one piece: what is left at the end of the memory is skipped when it is too little.
        let skipped = capacity - position < header.byteCount ? capacity - position : 0
        let needed = skipped + header.byteCount
        if writerHead + needed - knownTail > capacity {
            knownTail = tail.load(ordering: .acquiring)
            guard writerHead + needed - knownTail <= capacity else {
                dropped.add(1, ordering: .relaxed)
                waker.wake(from: .napping)
                return
            }
        }
        if skipped > 0 {
            memory.storeBytes(of: AccessHeader.skip, toByteOffset: position, as: UInt32.self)
        }
        copy(record, header, to: memory + (skipped > 0 ? 0 : position))
        writerHead += needed
        head.store(writerHead, ordering: .releasing)
        waker.wake(from: writerHead - knownTail > capacity / 2 ? .napping : .asleep)
    }

    private func copy(
        _ record: borrowing AccessRecord, _ header: AccessHeader, to destination: UnsafeMutableRawPointer
    ) {
        destination.storeBytes(of: header, as: AccessHeader.self)
        var next = destination + AccessHeader.stride
        func append(_ text: UnsafeRawBufferPointer, _ count: UInt16) {
            if count > 0, let source = text.baseAddress { next.copyMemory(from: source, byteCount: Int(count)) }
            next += Int(count)
        }
        append(record.method, header.methodCount)
        append(record.target, header.targetCount)
        append(record.host, header.hostCount)
        append(record.app, header.appCount)
        append(record.referer, header.refererCount)
        append(record.userAgent, header.userAgentCount)
    }

    /// Whether records wait. Only the log thread calls this and the methods below.
    var isEmpty: Bool {
        head.load(ordering: .acquiring) == tail.load(ordering: .relaxed)
    }

    /// How many records were dropped since this was last asked.
    func takeDroppedCount() -> Int {
        dropped.exchange(0, ordering: .relaxed)
    }

    /// Gives the oldest record to `body` and frees its place; false when there is none. The record's texts are borrowed
    /// for the call.
    func readNext(_ body: (AccessRecord) -> Void) -> Bool {
        let end = head.load(ordering: .acquiring)
        var start = tail.load(ordering: .relaxed)
        guard start != end else { return false }
        var source = UnsafeRawPointer(memory + (start & (capacity - 1)))
        if source.load(as: UInt32.self) == AccessHeader.skip {
            start += capacity - (start & (capacity - 1))
            source = UnsafeRawPointer(memory)
        }
        let header = source.load(as: AccessHeader.self)
        body(header.record(textsAt: source + AccessHeader.stride))
        tail.store(start + header.byteCount, ordering: .releasing)
        return true
    }
}
