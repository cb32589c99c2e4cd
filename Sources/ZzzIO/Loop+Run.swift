import CLinux
import Glibc

// The turn. Each phase takes one item off a list of the loop's, notes that, calls, and then looks whether this thread
// still runs the loop: if not, it returns false, and `run` ends without touching anything.

extension Loop {
    /// Runs the loop on the calling thread until `stop()`, or until the thread is superseded (see the type's
    /// description).
    public func run() {
        let me = Unmanaged.passUnretained(self).toOpaque()
        zzz_linux_set_current_loop(me)
        if turnCount > 0 { threadChanged() }
        while true {
            switch phase {
            case .poll:
                phase = .events
                // Turns that have nothing but events stay in here.
                repeat {
                    if remote.isStopping { return endRun() }
                    poll()
                    guard runEvents(me) else { return }
                } while isTurnOver
                phase = .mail
            case .events:
                guard runEvents(me) else { return }
                phase = .mail
            case .mail:
                if mail == nil, remote.hasMail { mail = remote.takeMail() }
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
                if looksAgain {
                    phase = .poll
                    continue
                }
                flushBatch = flushList
                flushList = nil
                flushCount = 0
                looks = 0
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

    private func endRun() {
        phase = .poll
        remote.clearStop()
        zzz_linux_set_current_loop(nil)
    }

    @inline(__always)
    private func runEvents(_ me: UnsafeMutableRawPointer) -> Bool {
        ring == nil ? runEpollEvents(me) : runRingEvents(me)
    }

    /// Whether nothing is left of this turn after its events: the other phases have nothing to do.
    @inline(__always)
    private var isTurnOver: Bool {
        localHead == localTail && flushList == nil && closeList == nil && !remote.hasMail
            && timers.next == .max && !wheel.isDue(clockMilliseconds)
    }

    /// Whether the poller is asked once more before the streams are flushed. A message to many costs a send for each,
    /// which carries the next messages as well when these have come by then; where there was nothing new, or a lot, the
    /// sends are not put off any longer. What is queued for the stream that was written to last stands for all of them.
    private var looksAgain: Bool {
        guard flushCount >= Loop.manyFlushes, looks < Loop.maxLooks, let last = flushList,
            last._withUnsafeGuaranteedRef({ $0.output.count }) < Loop.muchToFlush
        else { return false }
        let events = ring == nil ? Int(eventCount) : Int(ring.unsafelyUnwrapped.pointee.receivedCount)
        guard events > 0, events < Loop.manyFlushes else { return false }
        looks &+= 1
        return true
    }

    /// Waits for events, unless there is work already, and begins a turn.
    @inline(__always)
    private func poll() {
        if busySince != 0 { accountBusyTime() }
        var timeout: UInt64 = 0
        let isIdle = localHead == localTail && flushList == nil && closeList == nil
        if isIdle, remote.prepareToSleep() { timeout = nanosecondsToSleep() }
        if ring == nil { pollEpoll(timeout) } else { pollRing(timeout) }
        remote.endSleep()
        let began = clock
        exactClock = 0
        readClock()
        clockMilliseconds = clock / 1_000_000
        if clock >= wallRefresh { refreshWallClock() }
        turnCount &+= 1
        remote.beginTurn(clock, turn: turnCount)
        // Of a loop that turns many times per tick of the kernel, every 16th turn is measured.
        let isFast = clock == began
        if !isFast || turnCount & 15 == 0 { measureBusyTime(isFast ? 16 : 1) }
    }

    /// The kernel's last tick, which costs little; when something is due about now, the exact time, or the loop would
    /// turn idly until the tick. It never goes back.
    @inline(__always)
    private func readClock() {
        clock = max(clock, zzz_linux_coarse_ns())
        if min(timers.next, wheel.nextNanoseconds) < clock &+ 16_000_000 { clock = now }
    }

    /// Until the next timer or deadline; `.max` without one. The exact clock is read only where that matters: it costs
    /// as much as a tenth of a request.
    @inline(__always)
    private func nanosecondsToSleep() -> UInt64 {
        let next = min(timers.next, wheel.nextNanoseconds)
        if next == .max { return .max }
        let isSoon = next < clock &+ 200_000_000
        let reference = isSoon ? zzz_linux_monotonic_ns() : clock
        return next > reference ? next &- reference : 0
    }

    @inline(never)
    private func measureBusyTime(_ weight: UInt64) {
        busySince = now
        busyWeight = weight
    }

    @inline(never)
    private func accountBusyTime() {
        busyTotal &+= (zzz_linux_monotonic_ns() &- busySince) &* busyWeight
        busySince = 0
        remote.addBusy(busyTotal)
    }

    /// Reads the wall clock, and notes when its next second begins.
    @inline(never)
    func refreshWallClock() {
        let wall = zzz_linux_realtime_ns()
        clockSeconds = wall / 1_000_000_000
        wallRefresh = now &+ UInt64(1_000_000_000 - wall % 1_000_000_000)
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
        if timers.next == .max { return true }
        while let entry = timers.popDue(now) {
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
