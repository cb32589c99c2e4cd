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

/// The fixed part of a record in a ring. The texts follow it without gaps.
struct AccessHeader {
    /// Stands in place of `size`: go on at the beginning of the memory.
    static let skip = UInt32.max
    static let stride = MemoryLayout<AccessHeader>.stride

    private let size: UInt32
    private let status: UInt16
    private let minorVersion: UInt8
    private let remoteKind: UInt8
    private let time: Int64
    private let duration: Int64
    private let requestBytes: Int
    private let responseBytes: Int
    private let requestID: UInt64
    private let remoteWords: (UInt64, UInt64)
    private let generation: UInt32
    private let remotePort: UInt16
    let methodCount: UInt16
    let targetCount: UInt16
    let hostCount: UInt16
    let appCount: UInt16
    let refererCount: UInt16
    let userAgentCount: UInt16

    init(_ record: borrowing AccessRecord) {
        let limits = AccessRecord.limits
        methodCount = UInt16(min(record.method.count, limits.method))
        targetCount = UInt16(min(record.target.count, limits.target))
        hostCount = UInt16(min(record.host.count, limits.host))
        appCount = UInt16(min(record.app.count, limits.app))
        refererCount = UInt16(min(record.referer.count, limits.referer))
        userAgentCount = UInt16(min(record.userAgent.count, limits.userAgent))
        let texts = Int(methodCount) + Int(targetCount) + Int(hostCount) + Int(appCount) + Int(refererCount)
            + Int(userAgentCount)
        size = UInt32((Self.stride + texts + 7) & ~7)
        status = record.status
        minorVersion = record.minorVersion
        remoteKind = record.remote.kind.rawValue
        time = record.time
        duration = record.duration
        requestBytes = record.requestBytes
        responseBytes = record.responseBytes
        requestID = record.requestID
        remoteWords = record.remote.words
        generation = record.generation
        remotePort = record.remote.port
    }

    /// Bytes of the whole record, a multiple of 8, so that the next header is aligned.
    var byteCount: Int { Int(size) }

    /// The record whose texts begin at `texts`.
    func record(textsAt texts: UnsafeRawPointer) -> AccessRecord {
        let kind = AccessRemote.Kind(rawValue: remoteKind) ?? .none
        var record = AccessRecord(
            time: time, duration: duration, status: status,
            remote: AccessRemote(kind: kind, port: remotePort, words: remoteWords))
        record.minorVersion = minorVersion
        record.requestBytes = requestBytes
        record.responseBytes = responseBytes
        record.requestID = requestID
        record.generation = generation
        var next = texts
        func text(_ count: UInt16) -> UnsafeRawBufferPointer {
            defer { next += Int(count) }
            return UnsafeRawBufferPointer(start: next, count: Int(count))
        }
        record.method = text(methodCount)
        record.target = text(targetCount)
        record.host = text(hostCount)
        record.app = text(appCount)
        record.referer = text(refererCount)
        record.userAgent = text(userAgentCount)
        return record
    }
}
