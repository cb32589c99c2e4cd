import CContainment
import CLinux
import Synchronization

/// Why a loop has changed threads: what its new thread has to set right.
enum Interruption: Sendable {
    /// The call takes too long, and goes on without the loop.
    case stall(StalledCall)
    /// The call will never return.
    case fault(AppFault)
}

/// A call into an app that has lost its loop and has not come back.
final class StalledCall: @unchecked Sendable {
    // @unchecked: the thread's record is never freed; what the monitor alone touches says so.

    let runner: LoopRunner
    /// The call's number: when the thread has another one, this call has returned.
    let token: UInt64
    /// On the monotonic clock, in nanoseconds.
    let since: UInt64
    /// The number of the loop's worker.
    let worker: Int
    let request: UInt64
    let app: OpaquePointer?
    /// Nobody had to wait for the stall limit.
    let isExpected: Bool
    /// When its time is over; set by the loop, which knows the route's limit.
    let deadline: Atomic<UInt64>

    /// Its time is over: its request, if any, has been ended, and it is frozen as soon as that is safe.
    let isOverdue = Atomic<Bool>(false)

    // [monitor] What the thread had used of the processor when it was looked at last.
    var lastLook: UInt64
    var nextLook: UInt64
    var cpuNanoseconds: UInt64

    init(runner: LoopRunner, since: UInt64, worker: Int, limitNanoseconds: UInt64, isExpected: Bool) {
        self.isExpected = isExpected
        self.runner = runner
        let thread = runner.thread.unsafelyUnwrapped
        token = thread.pointee.token
        request = thread.pointee.request
        app = OpaquePointer(thread.pointee.app)
        self.since = since
        self.worker = worker
        lastLook = zzz_linux_monotonic_ns()
        nextLook = lastLook &+ Self.interval
        cpuNanoseconds = zzz_thread_cpu_ns(thread)
        deadline = Atomic(since &+ limitNanoseconds)
    }

    /// Whether the monitor has found the thread to use the processor all the time.
    var hasComputed: Bool { runner.thread.unsafelyUnwrapped.pointee.is_less_urgent }

    /// Whether the thread is still inside this very call.
    var isGoingOn: Bool {
        let thread = runner.thread.unsafelyUnwrapped
        return thread.pointee.token == token && thread.pointee.is_in_app
    }
}

extension Worker {
    /// The first thing that a thread does with a loop that it has taken over.
    func goOn(after interruption: Interruption) {
        switch interruption {
        case .stall(let call): goOn(without: call)
        case .fault(let fault): report(fault)
        }
    }

    private func goOn(without call: StalledCall) {
        let stalled = zzz_linux_monotonic_ns() &- call.since
        statistics.handOffs &+= 1
        statistics.longestStallNanoseconds = max(statistics.longestStallNanoseconds, stalled)
        callee(call.request)?.goOnWithout(call)
    }

    /// Ends the request that the fault hit, and tells the server's owner.
    func report(_ fault: AppFault) {
        var fault = fault
        if let request = fault.request, let callee = callee(request) {
            if let exchange = callee as? Exchange { exchange.describe(&fault) } else { fault.work = .socket }
            fault.outcome = callee.abandon()
        }
        statistics.faults &+= 1
        events?.appFaulted(fault)
    }

    /// The exchange behind a request's number, while it is in flight.
    func exchange(_ request: UInt64) -> Unmanaged<Exchange>? {
        request == 0 ? nil : RequestCalls.find(Handle(OpaquePointer(bitPattern: UInt(request))))
    }
}

extension Exchange: AppCallee {
    func goOnWithout(_ call: StalledCall) {
        if !call.isExpected, let route { route.pointee.forecast.hasStalled() }
        site?._withUnsafeGuaranteedRef {
            $0.routeActivity.countHandOff(
                route: Int(routeIndex), stalledNanoseconds: zzz_linux_monotonic_ns() &- call.since)
        }
        connection?._withUnsafeGuaranteedRef { $0.isAdvancing = false }
        call.deadline.store(call.since &+ requestTimeoutMilliseconds &* 1_000_000, ordering: .relaxed)
    }

    /// Says whose route it was, and counts it there.
    fileprivate func describe(_ fault: inout AppFault) {
        if routeIndex >= 0 { fault.route = Int(routeIndex) }
        site?._withUnsafeGuaranteedRef { $0.routeActivity.countFault(route: Int(routeIndex)) }
    }
}
