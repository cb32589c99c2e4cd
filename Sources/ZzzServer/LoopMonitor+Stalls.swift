import CContainment
import CLinux
import Synchronization
import ZzzIO

/// [monitor] Calls that hold a loop for too long, and what becomes of them.
extension LoopMonitor {
    func lookAtLoops(_ now: UInt64) {
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
            let thread = state.watches[index].runner.thread.unsafelyUnwrapped
            guard word & 1 == 1 || thread.pointee.is_in_app else { return nil }
            lastBusy = now
            let limit = state.configuration.stallLimitNanoseconds
            guard now &- state.watches[index].since >= limit else { return nil }
            guard word & 1 == 1 else {
                // In a function of the host's, from which it may come back for moments only.
                zzz_thread_want_loop(thread)
                return nil
            }
            return handOff(&state, index, word, isExpected: false)
        }
        if let (runner, work) = assignment { runner.assign(work) }
    }

    /// Takes a loop from a call that has had it for too long, or will.
    func handOff(
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

    func lookAtStalledCalls(_ now: UInt64) {
        let calls = state.withLock { $0.stalled }
        for call in calls where now >= call.nextLook {
            guard call.isGoingOn else { continue }
            guard now >= call.deadline.load(ordering: .relaxed) else {
                if call.isComputing(now) { makeLessUrgent(call) }
                call.noteLook(now)
                continue
            }
            if !call.isOverdue.load(ordering: .acquiring) {
                askToEnd(call)
            } else if call.isComputing(now) {
                freeze(call)
            }
            call.noteLook(now)
        }
    }

    /// A thread that computes for one request must not keep the processor from the loops.
    private func makeLessUrgent(_ call: StalledCall) {
        guard mayLowerPriority else { return }
        state.withLock { state in
            // One that has come home meanwhile may have a loop again.
            guard state.stalled.contains(where: { $0 === call }) else { return }
            zzz_thread_set_urgent(call.runner.thread, false)
        }
    }

    /// Whoever has the loop now decides: it knows what the request has come to.
    private func askToEnd(_ call: StalledCall) {
        guard call.request != 0 else { return call.isOverdue.store(true, ordering: .releasing) }
        WorkerRegistry.worker(call.worker)?._withUnsafeGuaranteedRef { worker in
            worker.postAlways { worker in
                guard let callee = worker.callee(call.request) else {
                    return call.isOverdue.store(true, ordering: .releasing)
                }
                callee.callTookTooLong(call)
            }
        }
    }

    /// Has the thread frozen as soon as it is seen in its own app's code, where it holds no lock that others need.
    private func freeze(_ call: StalledCall) {
        var (low, high): (UInt64, UInt64) = (0, 0)
        guard zzz_image_range(UnsafeMutableRawPointer(call.app), &low, &high) else { return }
        zzz_thread_freeze_in(call.runner.thread, low, high)
    }
}

extension StalledCall {
    /// How often a call is looked at, at first and when its time is over.
    static let interval: UInt64 = 5_000_000

    /// Whether the thread has used the processor since the last look, and so does not just wait for something.
    func isComputing(_ now: UInt64) -> Bool {
        (zzz_thread_cpu_ns(runner.thread) &- cpuNanoseconds) &* 10 > now &- lastLook
    }

    func noteLook(_ now: UInt64) {
        cpuNanoseconds = zzz_thread_cpu_ns(runner.thread)
        lastLook = now
        // The longer it takes, the more rarely; but its time is noticed when it is over.
        let isOver = now >= deadline.load(ordering: .relaxed)
        let pause = isOver ? Self.interval : max(Self.interval, (now &- since) / 8)
        nextLook = isOver ? now &+ pause : min(now &+ pause, deadline.load(ordering: .relaxed))
    }
}
