import CContainment
import Glibc
import Synchronization
import ZzzIO

/// Threads for calls into apps away from the loops: blocking work, and the steps of an app's life. A fault in such a
/// call costs its thread.
public final class AppThreads: Sendable {
    /// What is run, and for whom.
    public struct Work: @unchecked Sendable {
        // @unchecked: the handles are numbers.
        /// The request on whose behalf it runs; nil for the app alone.
        public let request: OpaquePointer?
        /// The app's handle; nil while it has none.
        public let app: OpaquePointer?
        public let body: @Sendable () -> Void
        /// Called instead of the rest of `body` when that faults, on the monitor's thread: it must not block.
        public let faulted: @Sendable (AppFault) -> Void

        public init(
            request: OpaquePointer? = nil, app: OpaquePointer?, body: @escaping @Sendable () -> Void,
            faulted: @escaping @Sendable (AppFault) -> Void = { _ in }
        ) {
            self.request = request
            self.app = app
            self.body = body
            self.faulted = faulted
        }
    }

    private struct State {
        var idle: [AppThread] = []
        var waiting: [Work] = []
        var waitingStart = 0
        var count = 0
    }

    private let name: String
    /// What its work is, for reports.
    fileprivate let kind: AppFault.Work
    private let maximumThreads: Int
    private let maximumWaiting: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - name: of the threads, for debuggers; the kernel keeps 15 bytes of it.
    ///   - maximumWaiting: pieces of work that may wait for a thread.
    public init(name: String, kind: AppFault.Work, maximumThreads: Int, maximumWaiting: Int) {
        self.name = name
        self.kind = kind
        self.maximumThreads = maximumThreads
        self.maximumWaiting = maximumWaiting
    }

    private enum Step {
        case hand(AppThread)
        case start
        case wait
        case refuse
    }

    /// Runs `work` on a thread, soon.
    /// - Returns: false when too much is waiting, or no thread could be made.
    public func run(_ work: Work) -> Bool {
        let step = state.withLock { state -> Step in
            if let thread = state.idle.popLast() { return .hand(thread) }
            if state.count < maximumThreads {
                state.count += 1
                return .start
            }
            guard state.waiting.count - state.waitingStart < maximumWaiting else { return .refuse }
            state.waiting.append(work)
            return .wait
        }
        switch step {
        case .hand(let thread): thread.assign(work)
        case .start: return start(work)
        case .wait: break
        case .refuse: return false
        }
        return true
    }

    private func start(_ work: Work) -> Bool {
        // `try?`: the answer says it.
        guard let thread = try? AppThread(pool: self, name: name) else {
            state.withLock { $0.count -= 1 }
            return false
        }
        thread.assign(work)
        return true
    }

    /// What a thread that has finished does next; nil: it waits.
    func next(for thread: AppThread) -> Work? {
        state.withLock { state in
            guard state.waitingStart < state.waiting.count else {
                state.idle.append(thread)
                return nil
            }
            let work = state.waiting[state.waitingStart]
            state.waitingStart += 1
            if state.waitingStart == state.waiting.count {
                state.waiting = []
                state.waitingStart = 0
            }
            return work
        }
    }

    /// A thread is frozen: what waits must not wait for it.
    func lostThread() {
        let work = state.withLock { state -> Work? in
            state.count -= 1
            guard state.waitingStart < state.waiting.count else { return nil }
            state.count += 1
            state.waitingStart += 1
            return state.waiting[state.waitingStart - 1]
        }
        if let work { _ = start(work) }
    }
}

/// One thread of `AppThreads`.
final class AppThread: @unchecked Sendable {
    // @unchecked: `work` is behind the mutex.

    private static let stackBytes = 1 << 20

    private let wakes = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
    private let work = Mutex<AppThreads.Work?>(nil)
    private let pool: AppThreads

    /// - Throws: when no thread can be made.
    init(pool: AppThreads, name: String) throws(SystemError) {
        self.pool = pool
        sem_init(wakes, 0, 0)
        // Kept for as long as the thread, which is for good.
        let context = Unmanaged.passRetained(self)
        var started: UnsafeMutablePointer<zzz_thread>?
        let code = zzz_thread_start(
            &started, Self.stackBytes, name, context.toOpaque(), { context in
                Unmanaged<AppThread>.fromOpaque(context!)._withUnsafeGuaranteedRef { $0.serve() }
                return nil
            }, context.toOpaque())
        guard code == 0 else {
            context.release()
            throw SystemError(operation: "pthread_create", errno: code, subject: name)
        }
    }

    func assign(_ new: AppThreads.Work) {
        work.withLock { $0 = new }
        sem_post(wakes)
    }

    private func serve() {
        while true {
            while sem_wait(wakes) != 0 {}
            var next = work.withLock { $0 }
            while let current = next {
                work.withLock { $0 = current }
                run(current)
                work.withLock { $0 = nil }
                next = pool.next(for: self)
            }
        }
    }

    private func run(_ work: AppThreads.Work) {
        let me = zzz_thread_self()
        zzz_call_begin(
            me, UInt64(UInt(bitPattern: work.request)), UnsafeMutableRawPointer(work.app), -1)
        work.body()
        _ = zzz_call_end(me)
    }

    /// What it does, for reports.
    var kind: AppFault.Work { pool.kind }

    /// [monitor] The thread is frozen in what it was running.
    func faulted(_ fault: AppFault) {
        let current = work.withLock { $0 }
        current?.faulted(fault)
        pool.lostThread()
    }
}
