import CLinux
import Glibc

/// One loop's hold on a listener: it accepts, and can pause. Made by `Loop.listen`; everything here is `[loop]`.
public final class Acceptor {
    /// The listener; the acceptor keeps it open until `stop()`.
    public let listener: Listener
    /// Told once per episode when the kernel refuses to accept for want of descriptors or memory (EMFILE, ENFILE,
    /// ENOBUFS, ENOMEM). The acceptor then tries again every 100 ms by itself.
    public var onTrouble: ((Int32) -> Void)?

    private let loop: Unmanaged<Loop>
    /// Nil once stopped: the closure may hold what holds the acceptor.
    private var accepted: ((Int32, SocketAddress) -> Void)?
    private var token: WatchToken?
    private var isPausedByOwner = false
    private var retry: TimerID?
    private var isInTrouble = false
    private var isStopped = false

    init(_ loop: Loop, _ listener: Listener, _ accepted: @escaping (Int32, SocketAddress) -> Void) {
        self.loop = .passUnretained(loop)
        self.listener = listener
        self.accepted = accepted
    }

    /// Stops accepting: connections wait in the kernel's backlog. At a connection limit, say.
    public func pause() {
        isPausedByOwner = true
        unwatch()
    }

    /// Accepts again.
    public func resume() {
        guard isPausedByOwner, !isStopped else { return }
        isPausedByOwner = false
        // Watching an own listener again fails for want of memory only; the timer tries again.
        if retry == nil { watchOrRetry() }
    }

    /// Whether `pause()` is in force.
    public var isPaused: Bool { isPausedByOwner }

    /// Stops accepting for good and lets go of the listener.
    public func stop() {
        guard !isStopped else { return }
        unwatch()
        loop._withUnsafeGuaranteedRef { loop in
            if let retry { loop.cancelTimer(retry) }
            loop.acceptors.removeAll { $0 === self }
        }
        letGo()
    }

    /// Stops for good like `stop()`, while another process goes on accepting from the same socket.
    ///
    /// The kernel wakes one of those that wait for a socket (EPOLLEXCLUSIVE). A wake-up that this loop has got and will
    /// not act on would leave a connection waiting for the next one to come, so what waits is taken once more: now, and
    /// when a ring has cancelled its poll.
    public func handOver() {
        guard !isStopped else { return }
        let wasWatching = token != nil
        unwatch()
        guard wasWatching else { return stop() }
        acceptWhatWaits(isWatching: false)
        guard !isStopped, loop._withUnsafeGuaranteedRef({ $0.isCurrent }) else { return }
        let context = Unmanaged.passUnretained(self).toOpaque()
        if let retry { loop._withUnsafeGuaranteedRef { _ = $0.cancelTimer(retry) } }
        retry = loop._withUnsafeGuaranteedRef {
            $0.addTimer(
                after: 20_000_000,
                { _, context, _ in
                    // Held: `stop` lets go of the last reference to it.
                    let acceptor = Unmanaged<Acceptor>.fromOpaque(context!).takeUnretainedValue()
                    acceptor.retry = nil
                    acceptor.acceptWhatWaits(isWatching: false)
                    acceptor.stop()
                }, context)
        }
    }

    /// The loop goes: nothing here may touch it any more.
    func letGo() {
        isStopped = true
        token = nil
        accepted = nil
        onTrouble = nil
    }

    func watch() throws(SystemError) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        // One loop of those that share a listener wakes, not all (epoll_ctl(2), EPOLLEXCLUSIVE).
        let bits = PollBits.input | PollBits.exclusive
        token = try loop.takeUnretainedValue().addWatch(listener.fd, bits, Acceptor.ready, context)
    }

    private func unwatch() {
        guard let token else { return }
        self.token = nil
        loop._withUnsafeGuaranteedRef { $0.unwatch(token) }
    }

    private func watchOrRetry() {
        do throws(SystemError) { try watch() } catch { tryLater() }
    }

    private func tryLater() {
        let context = Unmanaged.passUnretained(self).toOpaque()
        retry = loop._withUnsafeGuaranteedRef { $0.addTimer(after: 100_000_000, Acceptor.again, context) }
    }

    private static let again: LoopFunction = { _, context, _ in
        Unmanaged<Acceptor>.fromOpaque(context!)._withUnsafeGuaranteedRef { acceptor in
            acceptor.retry = nil
            if !acceptor.isPausedByOwner { acceptor.watchOrRetry() }
        }
    }

    private static let ready: LoopFunction = { _, context, _ in
        let acceptor = Unmanaged<Acceptor>.fromOpaque(context!).takeUnretainedValue()
        acceptor.acceptWhatWaits()
    }

    private func acceptWhatWaits(isWatching: Bool = true) {
        let loop = self.loop
        // There is no later turn for one that hands over.
        var left = isWatching ? loop._withUnsafeGuaranteedRef { $0.configuration.maxAcceptsPerTurn } : 4096
        while left > 0, token != nil || !isWatching {
            left -= 1
            var storage = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let fd = withUnsafeMutablePointer(to: &storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    zzz_linux_accept(listener.fd, $0, &length)
                }
            }
            if fd < 0 {
                if !shallGoOn(after: errno) { return }
                continue
            }
            isInTrouble = false
            // Only a stopped acceptor has none, and that one has no token either.
            accepted?(fd, SocketAddress(storage, length))
            if !loop._withUnsafeGuaranteedRef({ $0.isCurrent }) { return }
        }
    }

    /// What to do about an error of accept4(2): its manual page says to treat pending network errors like a retry.
    private func shallGoOn(after error: Int32) -> Bool {
        switch error {
        case EAGAIN: return false
        case EMFILE, ENFILE, ENOBUFS, ENOMEM:
            // One that hands over does not come back.
            guard token != nil else { return false }
            unwatch()
            tryLater()
            if !isInTrouble {
                isInTrouble = true
                onTrouble?(error)
            }
            return false
        default: return true
        }
    }
}

extension Loop {
    /// Accepts connections on `listener` and calls `accepted` with each: a non-blocking, close-on-exec descriptor,
    /// which is then the caller's, and the peer's address. TCP_NODELAY is on. At most `maxAcceptsPerTurn` in one turn.
    /// - Throws: when the listener cannot be watched.
    public func listen(
        _ listener: Listener, accepted: @escaping (Int32, SocketAddress) -> Void
    ) throws(SystemError) -> Acceptor {
        let acceptor = Acceptor(self, listener, accepted)
        try acceptor.watch()
        acceptors.append(acceptor)
        return acceptor
    }
}
