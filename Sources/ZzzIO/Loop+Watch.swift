import CLinux
import Glibc

/// Which readiness of a descriptor to watch for.
public struct ReadinessEvents: OptionSet, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    /// Input, or the end of it.
    public static let readable = ReadinessEvents(rawValue: PollBits.input)
    /// Room for output.
    public static let writable = ReadinessEvents(rawValue: PollBits.output)
    /// An error; always reported, never asked for.
    public static let error = ReadinessEvents(rawValue: PollBits.error)
    /// Both directions are down; always reported, never asked for.
    public static let hangUp = ReadinessEvents(rawValue: PollBits.hangUp)
}

/// Names a watched descriptor for `Loop.unwatch`. A stale one does nothing.
public struct WatchToken: Sendable, Hashable {
    let slot: UInt32
    let generation: UInt32

    /// As an event carries it: generation, slot, and `Loop.watchMark` in the lowest bit.
    var data: UInt64 { UInt64(generation) << 32 | UInt64(slot) << 4 | Loop.watchMark }
}

/// A descriptor that is not a stream: a signalfd, an inotify descriptor, a listener, an app's own.
struct Watch {
    var fd: Int32
    var bits: UInt32
    var generation: UInt32
    var isActive: Bool
    var entry: LoopEntry
}

extension Loop {
    /// Calls `function` with a word of `ReadinessEvents` whenever `fd` is ready, once per turn for as long as it is
    /// (level-triggered).
    ///
    /// The descriptor stays the caller's: `unwatch` before closing it.
    /// - Throws: EBADF for what is no descriptor; with epoll also EEXIST for one that is watched already, and EPERM for
    /// a plain
    ///   file, which io_uring reports as always ready.
    public func watch(
        _ fd: Int32, _ events: ReadinessEvents, _ function: @escaping LoopFunction,
        _ context: UnsafeMutableRawPointer?
    ) throws(SystemError) -> WatchToken {
        try addWatch(fd, events.rawValue, function, context)
    }

    /// Ends a watch. No call follows, not even for an event of this turn.
    public func unwatch(_ token: WatchToken) {
        let slot = Int(token.slot)
        guard slot < watches.count, watches[slot].isActive, watches[slot].generation == token.generation else { return }
        watches[slot].isActive = false
        // 28 bits, of which an event's data keeps all.
        watches[slot].generation = (watches[slot].generation &+ 1) & 0x0FFF_FFFF
        if ring == nil {
            _ = zzz_linux_epoll_ctl(epollFD, EPOLL_CTL_DEL, watches[slot].fd, 0, 0)
        } else {
            cancelRingWatch(token.data)
        }
        freeWatches.append(token.slot)
    }

    func addWatch(
        _ fd: Int32, _ bits: UInt32, _ function: @escaping LoopFunction, _ context: UnsafeMutableRawPointer?
    ) throws(SystemError) -> WatchToken {
        let slot = freeWatches.popLast() ?? UInt32(watches.count)
        let entry = LoopEntry(function: function, context: context, word: 0)
        if slot == watches.count {
            watches.append(Watch(fd: fd, bits: bits, generation: 1, isActive: true, entry: entry))
        } else {
            let generation = watches[Int(slot)].generation
            watches[Int(slot)] = Watch(fd: fd, bits: bits, generation: generation, isActive: true, entry: entry)
        }
        let token = WatchToken(slot: slot, generation: watches[Int(slot)].generation)
        if ring != nil, fcntl(fd, F_GETFD) >= 0 {
            armRingWatch(token.data, fd, bits)
        } else if ring != nil || zzz_linux_epoll_ctl(epollFD, EPOLL_CTL_ADD, fd, bits, token.data) != 0 {
            watches[Int(slot)].isActive = false
            freeWatches.append(slot)
            throw .last(ring == nil ? "epoll_ctl" : "poll", "descriptor \(fd)")
        }
        return token
    }

    /// The watch behind an event, unless it ended before.
    @inline(__always)
    func watch(of data: UInt64) -> Watch? {
        let slot = Int(data >> 4 & 0x0FFF_FFFF)
        guard slot < watches.count, watches[slot].isActive, UInt64(watches[slot].generation) == data >> 32 else {
            return nil
        }
        return watches[slot]
    }

    func runWatch(_ data: UInt64, _ bits: UInt32, _ me: UnsafeMutableRawPointer) -> Bool {
        guard let watch = watch(of: data) else { return true }
        watch.entry.function(handle, watch.entry.context, UInt(bits))
        return zzz_linux_current_loop() == me
    }

    /// The mailbox's eventfd. It is edge-triggered, so that nobody has to read it.
    func watchMailbox() throws(SystemError) {
        let ignore: LoopFunction = { _, _, _ in }
        mailboxWatch = try addWatch(remote.eventFD, PollBits.input | PollBits.edge, ignore, nil)
    }
}
