/// How a loop learns of readiness: both do the same, and one test suite runs over both.
public enum IOBackend: String, Sendable, CaseIterable {
    /// epoll(7): one `epoll_wait` per turn, one `read` and one `send` per batch of a stream.
    case epoll
    /// io_uring(7): one `io_uring_enter` per turn submits the sends and waits for what arrived.
    case ioUring = "io_uring"
}

/// Which backend a loop shall use.
public enum IOBackendChoice: String, Sendable, CaseIterable {
    /// epoll: on loopback both cost the same CPU per request (measured on Linux 6.18), and epoll depends on less.
    /// `Loop.backendReason` says so.
    case auto
    case epoll
    /// io_uring, or epoll where the kernel refuses or lacks it; `Loop.backendReason` says why.
    case ioUring = "io_uring"
}

/// The sizes and limits of one loop.
public struct LoopConfiguration: Sendable {
    public var backend: IOBackendChoice = .auto
    /// Bytes of one read buffer, which is also what an output buffer starts with.
    public var readBufferBytes = 16384
    /// Free buffers that a loop keeps for reuse; what comes back beyond that is freed.
    public var maxPooledBuffers = 64
    /// The same for the buffers of 1 KiB that hold what many streams are sent at once.
    public var maxPooledSmallBuffers = 1024
    /// Events taken from the poller in one turn.
    public var maxEventsPerTurn = 256
    /// Jobs of `enqueueLocal` run in one turn before the poller is asked again.
    public var maxLocalJobsPerTurn = 4096
    /// Connections accepted per listener in one turn.
    public var maxAcceptsPerTurn = 64
    /// Entries that other threads may have waiting in the mailbox; `post` returns false beyond it.
    public var mailboxLimit = 65_536
    /// Entries of io_uring's submission queue. The completion queue has 8 times as many.
    public var ringEntries = 256
    /// Buffers handed to io_uring at the start, and at most. It takes more only when all are in use at once.
    public var providedBuffers = 64
    public var maxProvidedBuffers = 1024

    public init() {}

    /// What the tests put between the loop and the kernel, to see the fallbacks at work.
    package enum RingSeam: Sendable {
        case kernel
        /// As if `io_uring_setup` had failed with this errno.
        case refused(Int32)
        /// As if the kernel had no multishot receive.
        case withoutMultishot
        /// As if the kernel had no provided buffer rings.
        case withoutBufferRings
    }
    package var ringSeam = RingSeam.kernel
}
