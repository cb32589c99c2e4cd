import CContainment
import CLinux
import Glibc
import Synchronization
import ZzzIO

/// Watches the loops of the process from a thread of its own, and gives each a thread that runs it.
///
/// Every few milliseconds it looks at the word of each loop. One that is inside the same call of an app for longer than
/// the stall limit is given to a spare thread; so is one whose thread has faulted, at once, since the handler of the
/// signal wakes the monitor. While no app is called it sleeps, and looks four times a second.
public final class LoopMonitor: @unchecked Sendable {
    // @unchecked: `state` is a mutex; everything else is constant or for the monitor's thread alone, and says so.

    public static let shared = LoopMonitor()

    public struct Configuration: Sendable, Equatable {
        /// How long an app may hold a loop.
        public var stallLimitNanoseconds: UInt64 = 20_000_000
        /// How long a call that has lost its loop may go on when no request says how long.
        public var callLimitNanoseconds: UInt64 = 60_000_000_000
        /// Threads that run loops, run app code without a loop, or are frozen.
        public var threads = 512
        /// Frozen threads; `ServerEvents.frozenThreadsNearLimit` is told at seven eighths of it.
        public var frozenThreads = 128

        public init() {}
    }

    /// What the threads are doing.
    public struct Threads: Sendable, Equatable {
        public var running = 0
        public var spare = 0
        /// In app code, without their loops.
        public var stalled = 0
        public var frozen = 0
        /// How often a loop had to wait because no thread was to be had.
        public var exhausted: UInt64 = 0
    }

    /// A loop that is watched.
    private struct Watch {
        let worker: LoopConfined<Worker>
        var runner: LoopRunner
        /// The call that was seen last, and since when.
        var call: UInt64 = 0
        var since: UInt64 = 0
    }

    private struct State {
        var configuration = Configuration()
        var watches: [Watch] = []
        var spares: [LoopRunner] = []
        var stalled: [StalledCall] = []
        var runners = 0
        var frozen = 0
        var exhausted: UInt64 = 0
        var isRunning = false
        var wasNearLimit = false
        /// Told about faults that hit no loop.
        var events: (any ServerEvents)?
    }

    private let state = Mutex(State())
    private let look = Atomic<UInt64>(0)
    /// How many spare threads wait at least.
    private static let spareCount = 2
    // [monitor]
    private var lastBusy: UInt64 = 0

    private init() {}

    // MARK: For the server

    public func configure(_ configuration: Configuration) {
        state.withLock { $0.configuration = configuration }
    }

    /// Has faults become reports: from here on a fault in an app costs no more than a thread. Once per process.
    /// - Throws: when the handlers cannot be installed.
    public func containFaults(events: any ServerEvents) throws(SystemError) {
        let code = zzz_containment_install()
        guard code == 0 else { throw SystemError(operation: "sigaction", errno: code) }
        state.withLock { $0.events = events }
    }

    /// When the monitor last looked, on the monotonic clock in nanoseconds; it does so four times a second at least. 0
    /// before the first time. [any thread]
    public var lastLook: UInt64 { look.load(ordering: .relaxed) }

    public var threads: Threads {
        state.withLock { state in
            Threads(
                running: state.watches.count, spare: state.spares.count, stalled: state.stalled.count,
                frozen: state.frozen, exhausted: state.exhausted)
        }
    }

    /// Gives a loop its thread.
    func run(_ worker: Worker) throws(SystemError) {
        try start()
        let runner = try state.withLock { state throws(SystemError) in
            let runner = try takeRunner(&state)
            state.watches.append(Watch(worker: LoopConfined(worker), runner: runner))
            return runner
        }
        runner.assign(
            LoopRunner.Assignment(
                worker: LoopConfined(worker), token: worker.ownership.current, interruption: nil))
    }

    /// The loop has stopped.
    func forget(_ worker: Worker) {
        state.withLock { state in state.watches.removeAll { $0.worker.value === worker } }
    }

    private func start() throws(SystemError) {
        let isFirst = state.withLock { state in
            defer { state.isRunning = true }
            return !state.isRunning
        }
        guard isFirst else { return }
        var thread = pthread_t()
        let code = zzz_linux_thread_start(
            &thread, 256 * 1024, "zzz-monitor", -1, { context in
                Unmanaged<LoopMonitor>.fromOpaque(context!)._withUnsafeGuaranteedRef { $0.watch() }
                return nil
            }, Unmanaged.passUnretained(self).toOpaque())
        guard code == 0 else { throw SystemError(operation: "pthread_create", errno: code, subject: "the monitor") }
        pthread_detach(thread)
    }

    // MARK: Threads

    private func takeRunner(_ state: inout State) throws(SystemError) -> LoopRunner {
        if let spare = state.spares.popLast() { return spare }
        let runner = try LoopRunner(monitor: self)
        state.runners += 1
        return runner
    }

    /// A thread has come back without a loop.
    func cameHome(_ runner: LoopRunner) {
        state.withLock { state in
            state.stalled.removeAll { $0.runner === runner }
            state.spares.append(runner)
        }
    }

    /// [loop] Inside a call of an app that is expected to block: another thread goes on with the loop at once. When
    /// there is none, the call keeps the loop for now.
    func giveAway(_ worker: Worker) {
        let now = zzz_linux_monotonic_ns()
        let assignment: (LoopRunner, LoopRunner.Assignment)? = state.withLock { state in
            guard let index = state.watches.firstIndex(where: { $0.worker.value === worker }) else { return nil }
            state.watches[index].since = now
            return handOff(&state, index, worker.ownership.current, isExpected: true)
        }
        if let (runner, work) = assignment { runner.assign(work) }
    }

    // MARK: Watching. Everything from here on is [monitor].

    private func watch() {
        while true {
            let now = zzz_linux_monotonic_ns()
            look.store(now, ordering: .relaxed)
            collectFaults()
            lookAtLoops(now)
            lookAtStalledCalls(now)
            keepSpares()
            let (limit, hasStalled) = state.withLock {
                ($0.configuration.stallLimitNanoseconds, !$0.stalled.isEmpty)
            }
            let isQuiet = !hasStalled && now &- lastBusy > 1_000_000_000
            zzz_monitor_set_sleeping(isQuiet)
            zzz_monitor_wait(isQuiet ? 250_000_000 : min(max(limit / 4, 500_000), 5_000_000))
            zzz_monitor_set_sleeping(false)
        }
    }

    /// So that a loop need not wait until a thread is made.
    private func keepSpares() {
        state.withLock { state in
            while !state.watches.isEmpty, state.spares.count < Self.spareCount,
                state.runners < state.configuration.threads
            {
                // `try?`: the next look tries again.
                guard let runner = try? LoopRunner(monitor: self) else { return }
                state.runners += 1
                state.spares.append(runner)
            }
        }
    }

    // MARK: Stalls

    private func lookAtLoops(_ now: UInt64) {
        let count = state.withLock { $0.watches.count }
        for index in 0..<count { lookAtLoop(index, now) }
    }

    private func lookAtLoop(_ index: Int, _ now: UInt64) {
        let assignment: (LoopRunner, LoopRunner.Assignment)? = state.withLock { state in
            guard state.watches.indices.contains(index) else { return nil }
            let word = state.watches[index].worker.value.ownership.current
            let call = word & ~1
            if state.watches[index].call != call {
                state.watches[index].call = call
                state.watches[index].since = now
                lastBusy = now
                return nil
            }
            guard word & 1 == 1 else { return nil }
            lastBusy = now
            let limit = state.configuration.stallLimitNanoseconds
            guard now &- state.watches[index].since >= limit else { return nil }
            return handOff(&state, index, word, isExpected: false)
        }
        if let (runner, work) = assignment { runner.assign(work) }
    }

    /// Takes a loop from a call that has had it for too long, or will.
    private func handOff(
        _ state: inout State, _ index: Int, _ word: UInt64, isExpected: Bool
    ) -> (LoopRunner, LoopRunner.Assignment)? {
        guard let next = spareForStall(&state) else {
            state.exhausted &+= 1
            return nil
        }
        let watch = state.watches[index]
        guard let token = watch.worker.value.ownership.take(from: word) else {
            state.spares.append(next)
            return nil
        }
        let call = StalledCall(
            runner: watch.runner, since: watch.since, worker: watch.worker.value.number,
            limitNanoseconds: state.configuration.callLimitNanoseconds, isExpected: isExpected)
        state.stalled.append(call)
        state.watches[index].runner = next
        return (
            next, LoopRunner.Assignment(worker: watch.worker, token: token, interruption: .stall(call))
        )
    }

    private func spareForStall(_ state: inout State) -> LoopRunner? {
        // The last one is kept for a fault, after which a loop would have no thread at all.
        if state.spares.count > 1 { return state.spares.popLast() }
        guard state.runners < state.configuration.threads else { return nil }
        // `try?`: the loop waits, and the next look tries again.
        guard let runner = try? LoopRunner(monitor: self) else { return nil }
        state.runners += 1
        return runner
    }

    private func lookAtStalledCalls(_ now: UInt64) {
        let calls = state.withLock { $0.stalled }
        for call in calls where now >= call.deadline.load(ordering: .relaxed) && now >= call.nextLook {
            guard call.isGoingOn else { continue }
            if !call.isOverdue {
                call.isOverdue = true
                endRequest(of: call)
            } else if call.isComputing(now) {
                freeze(call)
            }
            call.noteLook(now)
        }
    }

    private func endRequest(of call: StalledCall) {
        guard call.request != 0 else { return }
        let request = call.request
        WorkerRegistry.worker(call.worker)?._withUnsafeGuaranteedRef { worker in
            worker.postAlways { $0.exchange(request)?._withUnsafeGuaranteedRef { $0.callTookTooLong() } }
        }
    }

    /// Has the thread frozen as soon as it is seen in its own app's code, where it holds no lock that others need.
    private func freeze(_ call: StalledCall) {
        var (low, high): (UInt64, UInt64) = (0, 0)
        guard zzz_image_range(UnsafeMutableRawPointer(call.app), &low, &high) else { return }
        zzz_thread_freeze_in(call.runner.thread, low, high)
    }

    // MARK: Faults

    private func collectFaults() {
        forEachFaulted(in: zzz_threads()) { thread, events in
            if let owner = thread.pointee.owner {
                collectOffLoop(thread, Unmanaged<AppThread>.fromOpaque(owner), events)
            } else {
                collectRunner(thread, events)
            }
        }
        forEachFaulted(in: zzz_strangers()) { thread, events in
            events?.appFaulted(AppFault(thread, work: .ownThread))
        }
        tellWhenNearLimit()
    }

    private func forEachFaulted(
        in list: UnsafeMutablePointer<zzz_thread>?,
        _ body: (UnsafeMutablePointer<zzz_thread>, (any ServerEvents)?) -> Void
    ) {
        var next = list
        while let thread = next {
            next = thread.pointee.next
            guard zzz_thread_state(thread) == UInt32(ZZZ_THREAD_FAULTED) else { continue }
            zzz_thread_set_frozen(thread)
            let events = state.withLock { state in
                state.frozen += 1
                state.stalled.removeAll { $0.runner.thread == thread }
                return state.events
            }
            body(thread, events)
        }
    }

    private func collectRunner(_ thread: UnsafeMutablePointer<zzz_thread>, _ events: (any ServerEvents)?) {
        let fault = AppFault(thread, work: thread.pointee.request == 0 ? .job : .request)
        if thread.pointee.fault.took_loop { return replace(thread, fault) }
        // It had lost its loop before: whoever has it now ends the request.
        report(fault, events)
    }

    /// On the loop of the request that the fault hit, when there is one.
    private func report(_ fault: AppFault, _ events: (any ServerEvents)?) {
        guard let request = fault.request,
            let worker = WorkerRegistry.worker(RequestHandle(OpaquePointer(bitPattern: UInt(request))).worker)
        else {
            events?.appFaulted(fault)
            return
        }
        worker._withUnsafeGuaranteedRef { worker in worker.postAlways { $0.report(fault) } }
    }

    /// Gives the loop of a frozen thread to another one.
    private func replace(_ thread: UnsafeMutablePointer<zzz_thread>, _ fault: AppFault) {
        let (runner, worker): (LoopRunner, LoopConfined<Worker>) = state.withLock { state in
            guard let index = state.watches.firstIndex(where: { $0.runner.thread == thread }) else {
                preconditionFailure("a thread that nobody knows has lost a loop")
            }
            do throws(SystemError) {
                let runner = try takeRunner(&state)
                state.watches[index].runner = runner
                return (runner, state.watches[index].worker)
            } catch {
                // Its connections would wait for ever: a new process serves them better.
                preconditionFailure("no thread for a loop whose thread is frozen: \(error)")
            }
        }
        let token = worker.value.ownership.current
        runner.assign(LoopRunner.Assignment(worker: worker, token: token, interruption: .fault(fault)))
    }

    private func collectOffLoop(
        _ thread: UnsafeMutablePointer<zzz_thread>, _ owner: Unmanaged<AppThread>, _ events: (any ServerEvents)?
    ) {
        let fault = owner._withUnsafeGuaranteedRef { owner in
            let fault = AppFault(thread, work: owner.kind)
            owner.faulted(fault)
            return fault
        }
        report(fault, events)
    }

    private func tellWhenNearLimit() {
        let events: (any ServerEvents)? = state.withLock { state in
            let isNear = state.frozen >= max(state.configuration.frozenThreads * 7 / 8, 1)
            guard isNear, !state.wasNearLimit else { return nil }
            state.wasNearLimit = true
            return state.events
        }
        events?.frozenThreadsNearLimit()
    }
}

extension StalledCall {
    /// How often an overdue call is looked at.
    private static let interval: UInt64 = 5_000_000

    /// Whether the thread has used the processor since the last look, and so does not just wait for something.
    func isComputing(_ now: UInt64) -> Bool {
        zzz_thread_cpu_ns(runner.thread) &- cpuNanoseconds > Self.interval / 5
    }

    func noteLook(_ now: UInt64) {
        cpuNanoseconds = zzz_thread_cpu_ns(runner.thread)
        nextLook = now &+ Self.interval
    }
}
