import CUring
import Glibc

/// An io_uring with its ring of provided buffers, and the memory that belongs to both.
///
/// Set up without IORING_SETUP_SINGLE_ISSUER and DEFER_TASKRUN: the ring may change threads. COOP_TASKRUN saves an
/// interrupt per event, a third of a request's cost. What a thread has submitted completes through that thread; one
/// that lost the loop and spins in user mode holds it up until the kernel's next tick, at most 10 ms.
struct Ring {
    /// What a completion's word says in its lowest 4 bits; the rest is a stream's address, or a watch's number.
    enum Tag: UInt64 {
        case watch = 1
        case receive, send, pollOut
        /// A cancellation's own completion: nobody waits for it.
        case ignored
    }

    let io: UnsafeMutablePointer<io_uring>
    let usesMultishot: Bool

    /// The kernel picks from these; `blocks[id]` is the buffer `id`, wherever it is.
    let buffers: UnsafeMutablePointer<io_uring_buf_ring>
    let bufferMask: Int32
    let blocks: UnsafeMutablePointer<Block.Pointer>
    /// How many there are at the start, and at most.
    let leastBuffers: Int
    let maxBuffers: Int
    let bufferBytes: Int
    var bufferCount = 0
    /// Numbers below `numberCount` that no buffer has.
    private var freeNumbers: [Int] = []
    private var numberCount = 0
    /// Buffers that streams hold: neither with the kernel, nor in a completion that waits.
    var heldCount = 0

    /// Messages of several parts, one per submission slot.
    let messages: UnsafeMutablePointer<zzz_uring_message>

    /// Completions that are left of this turn's batch.
    var readyCount: UInt32 = 0
    /// Receives among those that were taken.
    var receivedCount: UInt32 = 0

    /// - Throws: `io_uring_setup` or the registration of the buffers being refused.
    static func setUp(_ configuration: LoopConfiguration) throws(SystemError) -> UnsafeMutablePointer<Ring> {
        let io = UnsafeMutablePointer<io_uring>.allocate(capacity: 1)
        var parameters = io_uring_params()
        parameters.flags =
            UInt32(IORING_SETUP_CQSIZE) | UInt32(IORING_SETUP_CLAMP) | UInt32(IORING_SETUP_COOP_TASKRUN)
        parameters.cq_entries = UInt32(configuration.ringEntries * 8)
        let error = io_uring_queue_init_params(UInt32(configuration.ringEntries), io, &parameters)
        if error != 0 {
            io.deallocate()
            throw SystemError(operation: "io_uring_setup", errno: -error)
        }
        let needed = UInt32(IORING_FEAT_NODROP) | UInt32(IORING_FEAT_EXT_ARG) | UInt32(IORING_FEAT_SUBMIT_STABLE)
        if parameters.features & needed != needed {
            io_uring_queue_exit(io)
            io.deallocate()
            throw SystemError(operation: "io_uring_setup: the kernel lacks features", errno: ENOSYS)
        }
        do throws(SystemError) {
            return try setUpBuffers(io, configuration)
        } catch {
            io_uring_queue_exit(io)
            io.deallocate()
            throw error
        }
    }

    private static func setUpBuffers(
        _ io: UnsafeMutablePointer<io_uring>, _ configuration: LoopConfiguration
    ) throws(SystemError) -> UnsafeMutablePointer<Ring> {
        var entries = 1
        while entries < min(configuration.maxProvidedBuffers, 32768) { entries *= 2 }
        let bytes = entries * MemoryLayout<io_uring_buf>.stride
        let memory = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, -1, 0)
        guard let memory, memory != MAP_FAILED else { throw .last("mmap") }
        var registration = io_uring_buf_reg()
        registration.ring_addr = UInt64(UInt(bitPattern: memory))
        registration.ring_entries = UInt32(entries)
        var error = io_uring_register_buf_ring(io, &registration, 0)
        if case .withoutBufferRings = configuration.ringSeam { error = -EINVAL }
        if error != 0 {
            munmap(memory, bytes)
            throw SystemError(operation: "io_uring_register of a buffer ring", errno: -error)
        }
        var usesMultishot = BackendProbe.hasMultishotReceive
        if case .withoutMultishot = configuration.ringSeam { usesMultishot = false }
        let ring = UnsafeMutablePointer<Ring>.allocate(capacity: 1)
        ring.initialize(
            to: Ring(
                io: io, usesMultishot: usesMultishot,
                buffers: memory.assumingMemoryBound(to: io_uring_buf_ring.self), bufferMask: Int32(entries - 1),
                blocks: .allocate(capacity: entries), leastBuffers: configuration.providedBuffers,
                maxBuffers: min(configuration.maxProvidedBuffers, entries),
                bufferBytes: configuration.readBufferBytes,
                messages: .allocate(capacity: Int(io.pointee.sq.ring_entries))))
        io_uring_buf_ring_init(ring.pointee.buffers)
        let hasBuffers = ring.pointee.addBuffers(configuration.providedBuffers)
        precondition(hasBuffers, "no memory for read buffers")
        return ring
    }

    /// Hands up to `count` new buffers to the kernel. Returns false when there are none to be had: the limit is
    /// reached, or memory is short.
    mutating func addBuffers(_ count: Int) -> Bool {
        let countBefore = bufferCount
        // Pages of their own, which the system has back when a buffer is freed.
        while bufferCount < min(countBefore + count, maxBuffers), let block = Block.map(bytes: bufferBytes) {
            let id = freeNumbers.popLast() ?? numberCount
            numberCount = max(numberCount, id + 1)
            blocks[id] = block
            provide(id)
            bufferCount += 1
        }
        return bufferCount > countBefore
    }

    /// Takes back a buffer that a stream held. When streams hold few, and there are more than at the start, it is
    /// freed: a burst has ended.
    @inline(__always)
    mutating func takeBack(_ id: Int) {
        heldCount &-= 1
        if _slowPath(bufferCount > leastBuffers), heldCount * 8 < bufferCount { return free(id) }
        provide(id)
    }

    @inline(never)
    private mutating func free(_ id: Int) {
        Block.unmap(blocks[id])
        freeNumbers.append(id)
        bufferCount -= 1
    }

    @inline(__always)
    func provide(_ id: Int) {
        zzz_uring_provide(
            buffers, blocks[id].pointee.data, UInt32(bufferBytes), UInt16(truncatingIfNeeded: id), bufferMask)
    }

    /// A submission entry and its slot. When the queue is full, what is in it is submitted first.
    @inline(__always)
    func entry() -> (sqe: UnsafeMutablePointer<io_uring_sqe>, slot: Int) {
        var slot: UInt32 = 0
        if let sqe = zzz_uring_sqe(io, &slot) { return (sqe, Int(slot)) }
        return entryAfterSubmitting()
    }

    @inline(never)
    private func entryAfterSubmitting() -> (sqe: UnsafeMutablePointer<io_uring_sqe>, slot: Int) {
        while true {
            submit()
            var slot: UInt32 = 0
            if let sqe = zzz_uring_sqe(io, &slot) { return (sqe, Int(slot)) }
        }
    }

    /// Submits what was prepared.
    func submit() { check(io_uring_submit(io)) }

    /// The same, with a call to the kernel in any case: completions that are due come with its return.
    func submitAndLook() { check(io_uring_submit_and_get_events(io)) }

    private func check(_ result: Int32) {
        // EAGAIN: memory is short for the moment; EBUSY: completions wait to be taken.
        precondition(
            result >= 0 || result == -EINTR || result == -EAGAIN || result == -EBUSY, "io_uring_enter: \(result)")
    }

    /// Waits until no operation touches the loop's memory any more; io_uring_queue_exit does not (Linux 6.0).
    func cancelEverything() {
        var everything = io_uring_sync_cancel_reg()
        everything.flags = UInt32(IORING_ASYNC_CANCEL_ANY) | UInt32(IORING_ASYNC_CANCEL_ALL)
        everything.fd = -1
        everything.timeout = __kernel_timespec(tv_sec: 1, tv_nsec: 0)
        _ = io_uring_register_sync_cancel(io, &everything)
    }

    /// Gives everything back, after `cancelEverything`. Nothing may use the ring afterwards.
    func tearDown() {
        io_uring_queue_exit(io)
        munmap(buffers, (Int(bufferMask) + 1) * MemoryLayout<io_uring_buf>.stride)
        let free = Set(freeNumbers)
        for id in 0..<numberCount where !free.contains(id) { Block.unmap(blocks[id]) }
        blocks.deallocate()
        messages.deallocate()
        io.deallocate()
    }
}
