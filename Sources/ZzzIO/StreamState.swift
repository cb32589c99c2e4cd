/// What is going on with a stream, one bit each. Bits of both backends live side by side.
struct StreamState: OptionSet {
    var rawValue: UInt32

    @inline(__always) init(rawValue: UInt32) { self.rawValue = rawValue }
    @inline(__always) private static func bit(_ number: UInt32) -> StreamState { StreamState(rawValue: 1 << number) }

    // Life.
    /// `start()` was called; the loop holds a reference.
    static var started: StreamState { bit(0) }
    /// `close()` was called; no callback but `closed()` follows.
    static var closing: StreamState { bit(1) }
    /// `closed()` was called.
    static var closed: StreamState { bit(2) }
    /// The socket failed; `failed` was called or is about to be.
    static var failed: StreamState { bit(3) }
    /// `failed` is to be called with `storedErrno`.
    static var failPending: StreamState { bit(4) }

    // Reading.
    static var paused: StreamState { bit(5) }
    /// `receivedEnd` was called.
    static var endReceived: StreamState { bit(6) }

    // Writing.
    /// In the loop's list of streams to flush.
    static var inFlushList: StreamState { bit(7) }
    /// The queue went empty; `writeDrained` is to be called.
    static var drainPending: StreamState { bit(8) }
    static var shutdownRequested: StreamState { bit(9) }
    static var shutdownDone: StreamState { bit(10) }
    static var closeWhenDrained: StreamState { bit(11) }
    /// The socket took less than it was given; the loop waits for it.
    static var writeBlocked: StreamState { bit(12) }

    // Deadlines.
    static var inWheel: StreamState { bit(13) }
    /// In the wheel's list of what is expiring in this turn, rather than in a slot.
    static var expiring: StreamState { bit(14) }

    // epoll.
    /// The socket is in the epoll set.
    static var polled: StreamState { bit(15) }
    /// EPOLLIN is in its interest.
    static var pollsIn: StreamState { bit(16) }
    /// EPOLLOUT is in its interest.
    static var pollsOut: StreamState { bit(17) }

    // io_uring.
    static var receiveArmed: StreamState { bit(18) }
    static var receiveCancelled: StreamState { bit(19) }
    /// No buffer was left to receive into; the loop re-arms when one comes back.
    static var starved: StreamState { bit(20) }
    static var sendInFlight: StreamState { bit(21) }
    static var pollInFlight: StreamState { bit(22) }
    /// The peer's end arrived while reading was paused.
    static var endStashed: StreamState { bit(23) }

    // Encoding.
    /// What is written goes through `encode`.
    static var encodes: StreamState { bit(24) }
    /// `encodeEnd` was called.
    static var endEncoded: StreamState { bit(25) }

    static var gone: StreamState { [.closing, .failed] }
    /// What keeps an answer from being sent on the short way.
    static var answeringNeedsCare: StreamState {
        [
            .closing, .failed, .writeBlocked, .pollsOut, .drainPending, .failPending, .closeWhenDrained,
            .shutdownRequested, .endStashed, .encodes,
        ]
    }
}
