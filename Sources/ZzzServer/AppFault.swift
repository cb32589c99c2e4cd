import CContainment

/// A fault in an app's code: what it was, where, and whom it hit. The thread that it happened on is frozen.
public struct AppFault: Sendable {
    public enum Kind: Sendable, Equatable {
        /// A signal of the processor's or of abort(3).
        case signal(Int32)
        /// A call that did not end, and was frozen after its time was over.
        case endlessLoop
    }

    /// What became of the request.
    public enum Outcome: Sendable, Equatable {
        /// It has its response, with this status.
        case answered(UInt16)
        /// Its connection is cut, since a part of the response had been sent.
        case cut
        /// The channel that it was has ended; its client joins again.
        case channelEnded
        /// There was no request, or it had ended before.
        case nobodyWaited
    }

    /// What the app was called for.
    public enum Work: Sendable, Equatable {
        case request
        /// An event of a socket or a channel.
        case socket
        /// A timer, a watch, or a posted job of the app alone.
        case job
        /// Create, enroll, start, quiesce or stop.
        case step
        /// Blocking work, for a request or for the app alone.
        case blocking
        /// On a thread that the app has made.
        case ownThread
    }

    public let kind: Kind
    /// siginfo_t.si_code
    public let code: Int32
    /// What could not be accessed, or the instruction.
    public let address: UInt64
    /// The instruction, then the return addresses, innermost first.
    public let frames: [UInt64]
    /// How many of `frames` are calls; the rest are the asynchronous functions that wait for them.
    public let callCount: Int
    /// The address is just below the stack of the thread.
    public let isStackOverflow: Bool
    public internal(set) var work: Work
    /// The app's handle, as a number.
    public let app: UInt
    /// Which of the app's routes.
    public internal(set) var route: Int?
    /// The request's number, by which log records refer to it; nil when there was none.
    public let request: UInt64?
    public internal(set) var outcome = Outcome.nobodyWaited

    init(_ thread: UnsafeMutablePointer<zzz_thread>, work: Work) {
        let fault = thread.pointee.fault
        kind = fault.signal == 0 ? .endlessLoop : .signal(fault.signal)
        code = fault.code
        address = fault.address
        frames = withUnsafeBytes(of: fault.frames) { bytes in
            Array(bytes.bindMemory(to: UInt64.self).prefix(Int(fault.frame_count)))
        }
        callCount = min(Int(fault.async_start), Int(fault.frame_count))
        isStackOverflow = fault.is_stack_overflow
        app = UInt(bitPattern: thread.pointee.app)
        route = thread.pointee.route < 0 ? nil : Int(thread.pointee.route)
        request = thread.pointee.request == 0 ? nil : thread.pointee.request
        self.work = work
    }
}
