import CLinux
import Glibc

/// An event loop: a poller, timers, a mailbox, and the streams it owns. The loop is data; a thread runs it.
///
/// Everything here is `[loop]`: for the thread that runs the loop, or before it runs. Other threads use `remote`.
///
/// **Changing threads.** A callback may not return for a while, or ever (a blocking call, a frozen thread). Another
/// thread may then call `run()`, which goes on right after that callback: the batch of events and the place in it, the
/// mail, the local jobs and the expired timers live in this object, not on a stack. The thread that lost the loop must
/// learn of it before it touches anything (a compare-and-swap of the caller's), call `Loop.abandonCurrent()`, and
/// return; every frame of the loop's that it returns through sees that and returns too.
///
/// One turn: wait in the poller, then events, mail, timers, deadlines, local jobs, flushes, closed streams.
public final class Loop {
    enum Phase {
        case poll, events, mail, timers, deadlines, local, flush, close
    }

    // What every event touches comes first, so that it shares cache lines.

    // Pollers: exactly one of them is in use.
    let ring: UnsafeMutablePointer<Ring>?
    let events: UnsafeMutablePointer<epoll_event>
    @exclusivity(unchecked) var eventIndex: Int32 = 0
    @exclusivity(unchecked) var eventCount: Int32 = 0
    /// Streams to flush at the end of the turn, and those of them that this turn has not come to.
    @exclusivity(unchecked) var flushList: Unmanaged<Stream>?
    @exclusivity(unchecked) var flushBatch: Unmanaged<Stream>?
    @exclusivity(unchecked) var flushCount = 0
    /// How often the poller was asked again while the streams of the list waited.
    @exclusivity(unchecked) var looks = 0
    /// How many streams have to wait for a flush before it is put off (see `looksAgain`), how many bytes one of them
    /// may have queued by then, and how often it is.
    static var manyFlushes: Int { 32 }
    static var muchToFlush: Int { 16 << 10 }
    static var maxLooks: Int { 8 }
    let pool: UnsafeMutablePointer<BlockPool>
    /// The monotonic clock as of the kernel's last tick, read at the begin of each turn: up to 10 ms behind.
    @exclusivity(unchecked) var clock: UInt64
    @exclusivity(unchecked) var clockMilliseconds: UInt64
    /// The exact clock of this turn, or 0 when nobody has asked for it yet.
    @exclusivity(unchecked) var exactClock: UInt64 = 0

    // Where `run` is, and the lists that its phases take from.
    @exclusivity(unchecked) var phase = Phase.poll
    let epollFD: Int32
    let maxEvents: Int32
    @exclusivity(unchecked) var mail: UnsafeMutablePointer<LoopRemote.Node>?
    @exclusivity(unchecked) var localJobs: UnsafeMutablePointer<LoopEntry>
    @exclusivity(unchecked) var localMask = 63
    @exclusivity(unchecked) var localHead = 0
    @exclusivity(unchecked) var localTail = 0
    @exclusivity(unchecked) var localBudget = 0
    @exclusivity(unchecked) var closeList: Unmanaged<Stream>?
    @exclusivity(unchecked) var closeBatch: Unmanaged<Stream>?
    @exclusivity(unchecked) var timers = TimerHeap()
    @exclusivity(unchecked) var wheel: DeadlineWheel

    // Time, and what the turns took.
    @exclusivity(unchecked) var clockSeconds: Int64 = 0
    @exclusivity(unchecked) var wallRefresh: UInt64 = 0
    @exclusivity(unchecked) var turnCount: UInt64 = 0
    /// How many threads have run the loop before this one.
    @exclusivity(unchecked) var threadNumber: UInt32 = 0
    @exclusivity(unchecked) var busyTotal: UInt64 = 0
    /// When this turn began, or 0 when it is not measured, and how many turns it stands for.
    @exclusivity(unchecked) var busySince: UInt64 = 0
    @exclusivity(unchecked) var busyWeight: UInt64 = 0

    /// What other threads may touch.
    public let remote: LoopRemote
    /// Which loop this is, as given to `init`.
    public let index: Int
    public let configuration: LoopConfiguration
    /// The backend in use.
    public let backend: IOBackend
    /// Why it is that one, in words for a log.
    public let backendReason: String

    // Streams.
    @exclusivity(unchecked) var streamList: Unmanaged<Stream>?
    @exclusivity(unchecked) var startedCount = 0
    @exclusivity(unchecked) var starved: [Unmanaged<Stream>] = []
    let parts: UnsafeMutablePointer<iovec>
    static var maxParts: Int { 16 }

    // Watches and listeners.
    @exclusivity(unchecked) var watches: [Watch] = []
    @exclusivity(unchecked) var freeWatches: [UInt32] = []
    @exclusivity(unchecked) var mailboxWatch: WatchToken?
    var acceptors: [Acceptor] = []

    // Other modules read these through a call: they would check each access to a stored property for exclusivity.

    /// The monotonic clock in nanoseconds, read once per turn: when first asked for.
    public var now: UInt64 {
        if exactClock == 0 { exactClock = zzz_linux_monotonic_ns() }
        return exactClock
    }
    /// The monotonic clock in milliseconds, as `Stream.setDeadline` counts; read once per turn, and up to 10 ms behind
    /// `now`.
    public var nowMilliseconds: UInt64 { clockMilliseconds }
    /// Seconds since 1970, for a Date header; at most a second behind after the clock was set.
    public var wallSeconds: Int64 { clockSeconds }
    /// Turns begun.
    public var turn: UInt64 { turnCount }
    /// Streams that are started and not closed.
    public var streamCount: Int { startedCount }

    /// Makes a loop with its poller.
    /// - Throws: when neither backend can be set up (descriptors or memory are short).
    public init(index: Int = 0, configuration: LoopConfiguration = LoopConfiguration()) throws(SystemError) {
        self.index = index
        self.configuration = configuration
        remote = try LoopRemote(index: index, limit: configuration.mailboxLimit)
        let choice = try BackendProbe.open(configuration)
        backend = choice.ring == nil ? .epoll : .ioUring
        backendReason = choice.reason
        ring = choice.ring
        epollFD = choice.epollFD
        maxEvents = Int32(configuration.maxEventsPerTurn)
        events = .allocate(capacity: configuration.maxEventsPerTurn)
        parts = .allocate(capacity: Loop.maxParts)
        localJobs = .allocate(capacity: 64)
        pool = .allocate(capacity: 1)
        pool.initialize(
            to: BlockPool(
                dataBytes: configuration.readBufferBytes, maxFree: configuration.maxPooledBuffers,
                maxFreeSmall: configuration.maxPooledSmallBuffers))
        clock = zzz_linux_coarse_ns()
        clockMilliseconds = clock / 1_000_000
        wheel = DeadlineWheel(now: clockMilliseconds)
        refreshWallClock()
        try watchMailbox()
    }

    deinit {
        ring?.pointee.cancelEverything()
        starved = []
        for acceptor in acceptors { acceptor.letGo() }
        while let stream = streamList {
            stream._withUnsafeGuaranteedRef { unlinkForGood($0) }
            stream.release()
        }
        if let ring {
            ring.pointee.tearDown()
            ring.deallocate()
        }
        if epollFD >= 0 { close(epollFD) }
        while let node = mail {
            mail = node.pointee.next
            node.deallocate()
        }
        pool.pointee.tearDown()
        pool.deallocate()
        wheel.deallocate()
        localJobs.deallocate()
        parts.deallocate()
        events.deallocate()
    }

    // MARK: Identity

    /// The loop that the calling thread runs, or nil.
    public static var current: Loop? {
        zzz_linux_current_loop().map { Unmanaged<Loop>.fromOpaque($0).takeUnretainedValue() }
    }

    /// The loop as a `LoopFunction` gets it.
    @inlinable @inline(__always)
    public var handle: OpaquePointer { OpaquePointer(Unmanaged.passUnretained(self).toOpaque()) }

    /// Calls `body` with the loop behind a handle, without counting references.
    @inlinable @inline(__always)
    public static func borrow<Result>(_ handle: OpaquePointer, _ body: (Loop) -> Result) -> Result {
        Unmanaged<Loop>.fromOpaque(UnsafeRawPointer(handle))._withUnsafeGuaranteedRef(body)
    }

    /// Says that the calling thread has lost its loop to another one: it must not touch the loop or its streams any
    /// more, and returns from the callback it is in; `run()` then returns without doing anything else.
    public static func abandonCurrent() { zzz_linux_set_current_loop(nil) }

    /// Whether the calling thread runs this loop.
    @inline(__always)
    public var isCurrent: Bool { zzz_linux_current_loop() == Unmanaged.passUnretained(self).toOpaque() }

    // MARK: Buffers

    /// Gives a read buffer back.
    @inline(__always)
    public func recycle(_ buffer: ReadBuffer) {
        if buffer.id < 0 { pool.pointee.givePooled(Block.of(dataAt: buffer.base)) } else { provideAgain(buffer.id) }
    }

    // MARK: Jobs

    /// Calls `function` on this loop's thread, in its next turn. `[any]` through `remote.post`, which this is.
    @discardableResult
    public func post(_ function: LoopFunction, _ context: UnsafeMutableRawPointer?, _ word: UInt = 0) -> Bool {
        remote.post(function, context, word)
    }

    /// Calls `function` on this loop's thread before the poller is asked again. Only from that thread: costs a few
    /// stores.
    @inline(__always)
    public func enqueueLocal(_ function: LoopFunction, _ context: UnsafeMutableRawPointer?, _ word: UInt = 0) {
        if localTail &- localHead > localMask { growLocalJobs() }
        (localJobs + (localTail & localMask)).initialize(
            to: LoopEntry(function: function, context: context, word: word))
        localTail &+= 1
    }

    @inline(never)
    private func growLocalJobs() {
        let count = localTail &- localHead
        let grown = UnsafeMutablePointer<LoopEntry>.allocate(capacity: (localMask + 1) * 2)
        for position in 0..<count { grown[position] = localJobs[(localHead &+ position) & localMask] }
        localJobs.deallocate()
        localJobs = grown
        localMask = localMask * 2 + 1
        localHead = 0
        localTail = count
    }

    // MARK: Timers

    /// Calls `function` once `nanoseconds` from now (the clock of this moment, not of the turn's begin), never earlier,
    /// and then every `repeating` nanoseconds unless that is 0. Precise to the poller's millisecond.
    @discardableResult
    public func addTimer(
        after nanoseconds: UInt64, repeating: UInt64 = 0, _ function: LoopFunction,
        _ context: UnsafeMutableRawPointer?, _ word: UInt = 0
    ) -> TimerID {
        let (sum, overflow) = zzz_linux_monotonic_ns().addingReportingOverflow(nanoseconds)
        return timers.add(
            deadline: overflow ? .max : sum, interval: repeating,
            entry: LoopEntry(function: function, context: context, word: word))
    }

    /// Takes a timer back. Returns false, and does nothing, when it fired or was cancelled before.
    @discardableResult
    public func cancelTimer(_ id: TimerID) -> Bool { timers.cancel(id) }

    /// Timers that are set.
    public var timerCount: Int { timers.count }

    // MARK: Streams

    /// Calls `body` with every started stream. It may close them.
    public func forEachStream(_ body: (Stream) -> Void) {
        var next = streamList
        while let stream = next {
            stream._withUnsafeGuaranteedRef {
                if !$0.state.contains(.closing) { body($0) }
                next = $0.listNext
            }
        }
    }

    /// Makes `run()` return at the end of its turn. `[any]` through `remote`.
    public func stop() { remote.stop() }
}
