import CContainment
import ZzzIO

/// For whom a call into an app is made: what a fault in it is answered as, and what a report names.
struct AppCall: @unchecked Sendable {
    // @unchecked: the handles are numbers.
    /// The request's handle; 0: for the app alone.
    var request: UInt64
    /// The app's handle; nil when nobody told.
    var app: OpaquePointer?
    /// Which of the app's routes; -1: none.
    var route: Int32
    /// What the host has to take back when the call returns on a thread that has lost the loop meanwhile.
    var debt: Debt

    /// What an interrupted call owes its exchange.
    enum Debt: Equatable, Sendable {
        case nothing
        /// `isInHandler`
        case handler
        /// One of `holds`, or two.
        case holds(UInt32)
    }
}

/// The word on which a loop's owner is decided: see `zzz_thread` in CContainment.
///
/// The thread that runs the loop says when it goes into an app, from a point where every invariant of the loop and its
/// connections holds, and when it is back. In between, another thread may take the loop over.
struct LoopOwnership: @unchecked Sendable {
    // @unchecked: the word is only touched by atomic operations. It outlives every thread that may have run the loop,
    // frozen ones included, so it is never freed.
    let word: UnsafeMutablePointer<UInt64>

    init() {
        word = .allocate(capacity: 1)
        word.initialize(to: 0)
    }

    /// The word as it is now.
    var current: UInt64 { zzz_word_load(word) }

    /// Takes the loop from a thread that is inside an app, where `seen` was the word.
    /// - Returns: the token that the next thread begins with; nil when that thread has come back.
    func take(from seen: UInt64) -> UInt64? {
        let token = zzz_word_take(word, seen)
        return token == 0 ? nil : token
    }
}

extension Worker {
    /// Calls app code from a clean point.
    /// - Returns: false when another thread has taken the loop over meanwhile; the caller then returns at once.
    @inline(__always)
    func callApp(_ call: AppCall, _ body: () -> Void) -> Bool {
        let thread = zzz_thread_self()
        zzz_call_begin(thread, call.request, UnsafeMutableRawPointer(call.app), call.route)
        body()
        guard zzz_call_end(thread) else {
            lost(call)
            return false
        }
        return true
    }

    /// Host code that an app calls on this loop's thread: the loop is out of the app while it runs.
    /// - Returns: nil when the thread has lost the loop.
    @inline(__always)
    func callHost<Result>(_ body: () -> Result) -> Result? {
        let thread = zzz_thread_self()
        guard zzz_call_leave(thread) else {
            Loop.abandonCurrent()
            return nil
        }
        defer { zzz_call_return(thread) }
        return body()
    }

    /// The same for what an app asks for from any thread. False, and nothing was done, where another one runs the loop.
    @inline(__always)
    func runHere(_ body: () throws(Exchange.Refusal) -> Void) throws(Exchange.Refusal) -> Bool {
        guard isCurrent else { return false }
        let result = callHost { Result { () throws(Exchange.Refusal) in try body() } }
        try result?.get()
        return result != nil
    }

    /// The call has returned, and the loop is another thread's: what the call owes is given back there.
    @inline(never)
    private func lost(_ call: AppCall) {
        Loop.abandonCurrent()
        guard call.debt != .nothing else { return }
        postAlways { worker in worker.giveBack(call) }
    }

    private func giveBack(_ call: AppCall) {
        exchange(call.request)?._withUnsafeGuaranteedRef { $0.returned(owing: call.debt) }
    }

    /// [any thread] Posts what must not be lost, whatever apps have posted.
    func postAlways(_ body: @escaping @Sendable (Worker) -> Void) {
        let number = number
        loop.remote.postAlways {
            WorkerRegistry.worker(number)?._withUnsafeGuaranteedRef { body($0) }
        }
    }
}
