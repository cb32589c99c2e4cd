import Synchronization
import ZzzAppABI
import ZzzIO
import ZzzServer

/// The timers of apps: a number for each, which is the handle, and where its loop's own timer is.
///
/// A timer can be made and cancelled on any thread; what is done to the loop's timer is done on its loop.
enum AppTimers {
    private final class Timer: @unchecked Sendable {
        // @unchecked: `id` and `isRunning` are touched on the timer's loop only; the rest is constant.
        let number: UInt64
        let job: AppJob
        let loop: Int
        let repeats: Bool
        let app: OpaquePointer?
        let server: Server
        var id: TimerID?
        var isRunning = false

        init(_ number: UInt64, _ job: AppJob, _ loop: Int, repeats: Bool, app: OpaquePointer?, server: Server) {
            self.number = number
            self.job = job
            self.loop = loop
            self.repeats = repeats
            self.app = app
            self.server = server
        }
    }

    /// Timers that have not ended. Handles are numbers that are never used again.
    private static let timers = Mutex<[UInt64: Timer]>([:])
    private static let lastNumber = Atomic<UInt64>(0)

    /// - Returns: nil when the loop's mailbox is full.
    static func start(
        _ job: AppJob, on server: Server, loop: Int, _ delayMicroseconds: UInt64, _ repeatMicroseconds: UInt64,
        app: OpaquePointer?
    ) -> OpaquePointer? {
        let number = lastNumber.add(1, ordering: .relaxed).newValue
        let timer = Timer(number, job, loop, repeats: repeatMicroseconds > 0, app: app, server: server)
        timers.withLock { $0[number] = timer }
        let delay = nanoseconds(delayMicroseconds)
        let interval = nanoseconds(repeatMicroseconds)
        let isPosted = server.onLoop(loop) { loop in
            // Cancelled before it reached its loop?
            guard timers.withLock({ $0[number] }) != nil else { return }
            timer.id = loop.addTimer(
                after: delay, repeating: interval, fire, Unmanaged.passUnretained(timer).toOpaque())
        }
        guard isPosted else {
            timers.withLock { _ = $0.removeValue(forKey: number) }
            return nil
        }
        return OpaquePointer(bitPattern: UInt(number))
    }

    /// On the timer's own loop it does not run after this returns.
    static func cancel(_ handle: OpaquePointer?, on server: Server) -> zzz_status {
        let number = UInt64(UInt(bitPattern: handle))
        guard let timer = timers.withLock({ $0.removeValue(forKey: number) }) else { return Status.gone }
        _ = server.onLoop(timer.loop) { loop in
            if let id = timer.id { loop.cancelTimer(id) }
        }
        return Status.ok
    }

    private static let fire: LoopFunction = { loop, context, _ in
        guard let context else { return }
        let timer = Unmanaged<Timer>.fromOpaque(context).takeUnretainedValue()
        let hasStopped = Generation.from(handle: timer.app)?.hasEnded(for: timer.job) ?? true
        if !timer.repeats || hasStopped {
            if let id = timer.id { Loop.borrow(loop) { _ = $0.cancelTimer(id) } }
            guard timers.withLock({ $0.removeValue(forKey: timer.number) }) != nil, !hasStopped else { return }
        }
        // A run that has lost the loop is still under way: the next one waits for its time to come again.
        guard !timer.isRunning else { return }
        timer.isRunning = true
        if timer.server.run(timer.job, loop: timer.loop) {
            timer.isRunning = false
        } else {
            timer.server.onLoopAlways(timer.loop) { _ in timer.isRunning = false }
        }
    }

    private static func nanoseconds(_ microseconds: UInt64) -> UInt64 {
        let (product, overflow) = microseconds.multipliedReportingOverflow(by: 1000)
        return overflow ? .max : product
    }
}

extension Generation {
    /// Whether the job is not to run any more: the generation has stopped, or it has faulted and the job is not for one
    /// of the requests that it finishes.
    fileprivate func hasEnded(for job: AppJob) -> Bool {
        lifecycle == .stopped || lifecycle == .failed || (isTainted && job.request == nil)
    }
}
