import CLinux
import Glibc

/// A connected, non-blocking stream socket that one loop owns. Subclass it: the loop calls the open methods, always on
/// its own thread, and from nowhere else. Everything here is `[loop]`.
///
/// Life: `init` -> `start()` -> `received` ... -> `close()` -> `closed()`. The loop keeps a started stream alive until
/// `closed()` has returned. `close()` may be called in any callback; the object stays valid until the turn ends.
///
/// Every callback is made from a clean point: no lock, `inout` or borrowed memory of the loop's is open across it, and
/// what the loop needs to go on is stored in it. So a callback may stay away for good, and another thread may go on
/// with `Loop.run()` (see there).
open class Stream {
    // What a request touches comes first, so that it shares cache lines.

    /// The socket. The stream closes it; do not use it after `close()`.
    public final let fd: Int32
    @exclusivity(unchecked) final var state: StreamState = []
    @usableFromInline final let loopRef: Unmanaged<Loop>

    // Output, oldest first, and the link of the loop's list of streams to flush.
    @exclusivity(unchecked) final var output = BlockChain()
    @exclusivity(unchecked) final var flushNext: Unmanaged<Stream>?

    // The deadline, and the tick of the slot that the stream is in: see DeadlineWheel.
    @exclusivity(unchecked) final var deadlineMilliseconds: UInt64 = .max
    @exclusivity(unchecked) final var wheelTick: UInt64 = 0

    /// io_uring: what arrived while reading was paused. The newest; its `next` is the oldest.
    @exclusivity(unchecked) final var stash: Block.Pointer?
    /// io_uring: operations that the kernel has not completed. The socket is closed when none is left.
    @exclusivity(unchecked) final var operations: Int32 = 0
    /// io_uring: which thread of the loop's has armed the receive, by `Loop.threadNumber`.
    @exclusivity(unchecked) final var receiveThread: UInt32 = 0
    @exclusivity(unchecked) final var storedErrno: Int32 = 0

    /// A word for whoever subclasses; the loop does not look at it.
    public final var tag: UInt {
        get { storedTag }
        set { storedTag = newValue }
    }
    @exclusivity(unchecked) final var storedTag: UInt = 0

    // The wheel's slot. The loop's list of closed streams uses `wheelNext` too.
    @exclusivity(unchecked) final var wheelNext: Unmanaged<Stream>?
    @exclusivity(unchecked) final var wheelPrevious: Unmanaged<Stream>?

    /// What was written and waits to be encoded: see Stream+Encoding.swift.
    @exclusivity(unchecked) final var unencoded = BlockChain()

    // All streams of the loop.
    @exclusivity(unchecked) final var listNext: Unmanaged<Stream>?
    @exclusivity(unchecked) final var listPrevious: Unmanaged<Stream>?

    /// A stream over a connected, non-blocking stream socket, which it owns from now on. Nothing happens before
    /// `start()`.
    public init(loop: Loop, fd: Int32) {
        self.fd = fd
        loopRef = Unmanaged.passUnretained(loop)
    }

    deinit {
        if !state.contains(.closed) { Glibc.close(fd) }
    }

    /// The loop that owns the stream. Costs a reference count; `withLoop` does not.
    public final var loop: Loop { loopRef._withUnsafeGuaranteedRef { $0 } }

    /// Calls `body` with the loop, without counting references.
    @inlinable @inline(__always)
    public final func withLoop<Result>(_ body: (Loop) -> Result) -> Result {
        loopRef._withUnsafeGuaranteedRef(body)
    }

    /// Begins to watch the socket: from here on the loop holds the stream and calls it.
    /// - Throws: `epoll_ctl` failing (ENOSPC, ENOMEM). The stream is then not started; drop it, and the socket closes.
    public final func start() throws(SystemError) {
        precondition(!state.contains(.started), "a stream is started once")
        let loop = self.loop
        try loop.register(self)
    }

    // MARK: What subclasses override

    /// Bytes arrived. The stream owns `buffer` until it hands it to `Loop.recycle`, in this call or later.
    open func received(_ buffer: ReadBuffer) { withLoop { $0.recycle(buffer) } }

    /// The peer will send no more (it may still read). Called once.
    open func receivedEnd() { close() }

    /// The socket failed (ECONNRESET, EPIPE, ...). The loop watches it no longer; what was queued will not be sent.
    open func failed(_ errno: Int32) { close() }

    /// Everything that was queued has reached the kernel. Called from the loop, never from within `write` or `flush`.
    open func writeDrained() {}

    /// The time given to `setDeadline` has come. The deadline is cleared.
    open func deadlineExpired() { close() }

    /// After `beginEncoding`: makes of what was written what is sent, and gives it to `appendEncoded`. False fails the
    /// stream with EPROTO.
    open func encode(_ bytes: UnsafeRawBufferPointer) -> Bool { preconditionFailure("nothing encodes this stream") }

    /// The same for the end of everything that is sent, when `shutdownWrite` was called.
    open func encodeEnd() {}

    /// All has been sent, and the socket's output is about to be shut down.
    open func outputEnds() {}

    /// The last call: the socket is closed, and the loop lets go of the stream.
    open func closed() {}

    // MARK: Reading

    /// Gives a read buffer of the stream's loop back.
    public final func recycle(_ buffer: ReadBuffer) { withLoop { $0.recycle(buffer) } }

    /// Stops `received` and `receivedEnd` from being called, even for what the loop has already taken from the kernel.
    public final func pauseReading() { state.insert(.paused) }

    /// Undoes `pauseReading`. What arrived meanwhile comes from the loop, not from within this call.
    public final func resumeReading() {
        guard state.contains(.paused) else { return }
        state.remove(.paused)
        if !state.contains(.started) || !state.isDisjoint(with: .gone) { return }
        withLoop { $0.resumedReading(self) }
    }

    /// Whether `pauseReading` is in force.
    public final var isReadingPaused: Bool { state.contains(.paused) }

    // MARK: State

    /// Whether `close()` was called.
    public final var isClosing: Bool { state.contains(.closing) }

    /// Whether bytes that are written now have a chance to be sent: neither closed, nor failed, nor shut down.
    public final var isWritable: Bool { state.isDisjoint(with: [.closing, .failed, .shutdownRequested]) }

    /// Whether the peer has ended its side.
    public final var hasReceivedEnd: Bool { state.contains(.endReceived) }

    // MARK: Deadline

    /// Has `deadlineExpired` called once `Loop.nowMilliseconds` has reached `milliseconds`: never before, at most 100
    /// ms after. Replaces an earlier deadline. Moving it later, as each request does, stores one word.
    @inline(__always)
    public final func setDeadline(atMilliseconds milliseconds: UInt64) {
        deadlineMilliseconds = milliseconds
        if state.contains(.inWheel), DeadlineTick.of(milliseconds) >= wheelTick { return }
        placeInWheel()
    }

    /// The same, `milliseconds` after the begin of the loop's turn.
    public final func setDeadline(afterMilliseconds milliseconds: UInt64) {
        setDeadline(atMilliseconds: withLoop { $0.clockMilliseconds } &+ milliseconds)
    }

    /// Forgets the deadline: stores one word.
    @inline(__always)
    public final func clearDeadline() { deadlineMilliseconds = .max }

    /// When `deadlineExpired` is due, or nil.
    public final var deadline: UInt64? { deadlineMilliseconds == .max ? nil : deadlineMilliseconds }

    final func placeInWheel() {
        if !state.contains(.closing) { withLoop { $0.placeInWheel(self) } }
    }

    // MARK: End

    /// Closes the stream: no callback but `closed()` follows, which comes at the end of the turn. What is queued is
    /// offered to the socket once; what it does not take is dropped (`closeWhenDrained` waits instead). Idempotent.
    public final func close() {
        guard !state.contains(.closing) else { return }
        guard state.contains(.started) else {
            state.formUnion([.closing, .closed])
            Glibc.close(fd)
            return
        }
        withLoop { $0.closeStream(self) }
    }

    /// Closes the stream once everything queued has reached the kernel, or the socket has failed.
    public final func closeWhenDrained() {
        state.insert(.closeWhenDrained)
        withLoop { $0.enqueueFlush(self) }
    }

    /// Ends the sending side once everything queued has been sent: shutdown(2) with SHUT_WR. What is written later is
    /// dropped.
    public final func shutdownWrite() {
        guard isWritable else { return }
        state.insert(.shutdownRequested)
        withLoop { $0.enqueueFlush(self) }
    }
}
