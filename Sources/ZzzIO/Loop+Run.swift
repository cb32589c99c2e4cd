import CLinux
import Glibc

// The turn. Each phase takes one item off a list of the loop's, notes that, calls, and then looks whether this thread still
// runs the loop: if not, it returns false, and `run` ends without touching anything.

extension Loop {
    /// Runs the loop on the calling thread until `stop()`, or until the thread is superseded (see the type's description).
    public func run() {
        let me = Unmanaged.passUnretained(self).toOpaque()
        zzz_linux_set_current_loop(me)
        while true {
            switch phase {
            case .poll:
                if remote.isStopping {
                    remote.clearStop()
                    zzz_linux_set_current_loop(nil)
                    return
                }
                poll()
                phase = .events
            case .events:
                guard ring == nil ? runEpollEvents(me) : runRingEvents(me) else { return }
                if remote.hasMail { mail = remote.takeMail() }
                phase = .mail
            case .mail:
                guard runMail(me) else { return }
                phase = .timers
            case .timers:
                guard runTimers(me) else { return }
                phase = .deadlines
            case .deadlines:
                guard runDeadlines(me) else { return }
                localBudget = configuration.maxLocalJobsPerTurn
                phase = .local
            case .local:
                guard runLocalJobs(me) else { return }
                flushBatch = flushList
                flushList = nil
                phase = .flush
            case .flush:
                guard runFlushes(me) else { return }
                closeBatch = closeList
                closeList = nil
                phase = .close
            case .close:
                guard runCloses(me) else { return }
                phase = .poll
            }
        }
    }

    /// Waits for events, unless there is work already, and begins a turn.
    private func poll() {
        let before = zzz_linux_monotonic_ns()
        var timeout: UInt64 = 0
        let isIdle = localHead == localTail && flushList == nil && closeList == nil
        if isIdle, remote.prepareToSleep() {
            let next = min(timers.next, wheel.nextNanoseconds)
            timeout = next == .max ? .max : next > before ? next - before : 0
        }
        busyTotal &+= before &- clock
        remote.addBusy(busyTotal)
        if ring == nil { pollEpoll(timeout) } else { pollRing(timeout) }
        remote.endSleep()
        clock = zzz_linux_monotonic_ns()
        clockMilliseconds = clock / 1_000_000
        if clock >= wallRefresh { refreshWallClock() }
        turnCount &+= 1
        remote.beginTurn(clock, turn: turnCount)
    }

    /// Reads the wall clock, and notes when its next second begins.
    func refreshWallClock() {
        let wall = zzz_linux_realtime_ns()
        clockSeconds = wall / 1_000_000_000
        wallRefresh = clock &+ UInt64(1_000_000_000 - wall % 1_000_000_000)
    }

    // MARK: Phases

    private func runMail(_ me: UnsafeMutableRawPointer) -> Bool {
        while let node = mail {
            let entry = node.pointee.entry
            mail = node.pointee.next
            node.deallocate()
            entry.function(handle, entry.context, entry.word)
            if zzz_linux_current_loop() != me { return false }
        }
        return true
    }

    private func runTimers(_ me: UnsafeMutableRawPointer) -> Bool {
        while let entry = timers.popDue(clock) {
            entry.function(handle, entry.context, entry.word)
            if zzz_linux_current_loop() != me { return false }
        }
        return true
    }

    private func runDeadlines(_ me: UnsafeMutableRawPointer) -> Bool {
        wheel.collect(clockMilliseconds)
        while let stream = wheel.popExpired(clockMilliseconds) {
            stream._withUnsafeGuaranteedRef { $0.deadlineExpired() }
            if zzz_linux_current_loop() != me { return false }
        }
        return true
    }

    private func runLocalJobs(_ me: UnsafeMutableRawPointer) -> Bool {
        while localHead != localTail, localBudget > 0 {
            let entry = localJobs[localHead & localMask]
            localHead &+= 1
            localBudget &-= 1
            entry.function(handle, entry.context, entry.word)
            if zzz_linux_current_loop() != me { return false }
        }
        return true
    }

    private func runFlushes(_ me: UnsafeMutableRawPointer) -> Bool {
        while let next = flushBatch {
            let goesOn = next._withUnsafeGuaranteedRef { stream in
                flushBatch = stream.flushNext
                stream.state.remove(.inFlushList)
                return flushAndSettle(stream, me)
            }
            if !goesOn { return false }
        }
        return true
    }

    private func runCloses(_ me: UnsafeMutableRawPointer) -> Bool {
        while let next = closeBatch {
            let goesOn = next._withUnsafeGuaranteedRef { stream in
                closeBatch = stream.wheelNext
                if stream.state.contains(.inFlushList) {
                    // Still linked there: once more in the next turn.
                    stream.wheelNext = closeList
                    closeList = next
                    return true
                }
                unlinkForGood(stream)
                stream.closed()
                next.release()
                return zzz_linux_current_loop() == me
            }
            if !goesOn { return false }
        }
        return true
    }
}
