import CContainment
import Synchronization
import ZzzIO

/// [monitor] Threads that a fault has frozen: their loops get other ones, and the requests that they hit are ended.
extension LoopMonitor {
    func collectFaults() {
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
            let (events, isNearLimit) = state.withLock { state in
                state.frozen += 1
                state.stalled.removeAll { $0.runner.thread == thread }
                return (state.events, state.frozen >= max(state.configuration.frozenThreads * 7 / 8, 1))
            }
            body(thread, events)
            if isNearLimit { events?.frozenThreadsNearLimit() }
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
            let worker = WorkerRegistry.worker(Handle(OpaquePointer(bitPattern: UInt(request))).worker)
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
}
