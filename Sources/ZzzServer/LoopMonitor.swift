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
    struct Watch {
        let worker: LoopConfined<Worker>
        var runner: LoopRunner
        /// The call that was seen last, and since when.
        var call: UInt64 = 0
        var since: UInt64 = 0
    }

    struct State {
        var configuration = Configuration()
        var watches: [Watch] = []
        var spares: [LoopRunner] = []
        var stalled: [StalledCall] = []
        var runners = 0
        var frozen = 0
        var exhausted: UInt64 = 0
        var isRunning = false
        /// Told about faults that hit no loop.
        var events: (any ServerEvents)?
    }

    let state = Mutex(State())
    private let look = Atomic<UInt64>(0)
    /// How many spare threads wait at least.
    private static let spareCount = 2
    /// Whether a thread may be made less urgent, and urgent again.
    let mayLowerPriority = zzz_priority_may_rise()
    // [monitor]
    var lastBusy: UInt64 = 0

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

    func takeRunner(_ state: inout State) throws(SystemError) -> LoopRunner {
        if let spare = state.spares.popLast() { return spare }
        let runner = try LoopRunner(monitor: self)
        state.runners += 1
        return runner
    }

    /// A thread has come back without a loop.
    func cameHome(_ runner: LoopRunner) {
        state.withLock { state in state.stalled.removeAll { $0.runner === runner } }
        zzz_thread_set_urgent(zzz_thread_self(), true)
        state.withLock { $0.spares.append(runner) }
    }

    /// [loop] Inside a call of an app that is expected to block: another thread goes on with the loop at once. When
    /// there is none, the call keeps the loop for now.
    ///
    /// - Parameter isComputing: it is expected to use the processor all the time, rather than to wait.
    func giveAway(_ worker: Worker, isComputing: Bool) {
        let now = zzz_linux_monotonic_ns()
        let assignment: (LoopRunner, LoopRunner.Assignment)? = state.withLock { state in
            guard let index = state.watches.firstIndex(where: { $0.worker.value === worker }) else { return nil }
            state.watches[index].since = now
            return handOff(&state, index, worker.ownership.current, isExpected: true)
        }
        guard let (runner, work) = assignment else { return }
        runner.assign(work)
        if isComputing, mayLowerPriority { zzz_thread_set_urgent(zzz_thread_self(), false) }
    }

    // MARK: Watching. [monitor]

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
}
