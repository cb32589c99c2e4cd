import CLinux
import Glibc
import Synchronization

/// A function that a loop calls on its own thread: the loop (`Loop.borrow` turns it back), and two words of context.
public typealias LoopFunction = @convention(c) (OpaquePointer, UnsafeMutableRawPointer?, UInt) -> Void

/// One thing to call: a C function and its two words. No closure, no allocation.
struct LoopEntry {
    var function: LoopFunction
    var context: UnsafeMutableRawPointer?
    var word: UInt
}

/// The face that a loop shows to other threads: its mailbox, its stop switch and its pulse. Every member is `[any]`.
///
/// The mailbox is a stack of nodes that many threads push to with one compare-and-swap and that the loop takes whole,
/// then runs in the order of arrival. It wakes the loop through an eventfd, and only when the loop sleeps.
public final class LoopRemote: Sendable {
    struct Node {
        var next: UnsafeMutablePointer<Node>?
        var entry: LoopEntry
    }

    // What the loop touches in every turn comes first.

    /// The newest node's address, or 0.
    private let head = Atomic<UInt>(0)
    private let sleeping = Atomic<Bool>(false)
    private let stopping = Atomic<Bool>(false)
    private let tick = Atomic<UInt64>(0)
    private let turns = Atomic<UInt64>(0)
    private let busy = Atomic<UInt64>(0)
    private let waiting = Atomic<Int>(0)
    private let limit: Int
    /// Which loop this is, as given to `Loop.init`.
    public let index: Int
    let eventFD: Int32

    init(index: Int, limit: Int) throws(SystemError) {
        self.index = index
        self.limit = limit
        eventFD = zzz_linux_eventfd()
        if eventFD < 0 { throw .last("eventfd") }
    }

    deinit {
        var node = LoopRemote.node(head.exchange(0, ordering: .acquiring))
        while let current = node {
            node = current.pointee.next
            current.deallocate()
        }
        close(eventFD)
    }

    // MARK: Mailbox

    /// Calls `function` on the loop's thread, in its next turn; entries of one thread keep their order.
    /// - Returns: false when `LoopConfiguration.mailboxLimit` entries wait already; nothing was posted then.
    @discardableResult
    public func post(_ function: LoopFunction, _ context: UnsafeMutableRawPointer?, _ word: UInt = 0) -> Bool {
        if waiting.add(1, ordering: .relaxed).newValue > limit {
            waiting.subtract(1, ordering: .relaxed)
            return false
        }
        push(function, context, word)
        return true
    }

    private func push(_ function: LoopFunction, _ context: UnsafeMutableRawPointer?, _ word: UInt) {
        let node = UnsafeMutablePointer<Node>.allocate(capacity: 1)
        node.initialize(to: Node(next: nil, entry: LoopEntry(function: function, context: context, word: word)))
        var seen = head.load(ordering: .relaxed)
        while true {
            node.pointee.next = LoopRemote.node(seen)
            let (done, now) = head.weakCompareExchange(
                expected: seen, desired: UInt(bitPattern: node), successOrdering: .sequentiallyConsistent,
                failureOrdering: .relaxed)
            if done { break }
            seen = now
        }
        wakeIfSleeping()
    }

    /// The same with a closure, which costs two allocations.
    @discardableResult
    public func post(_ body: @escaping @Sendable () -> Void) -> Bool {
        let box = Unmanaged.passRetained(ClosureBox(body))
        let posted = post(LoopRemote.runClosure, box.toOpaque())
        if !posted { box.release() }
        return posted
    }

    /// The same past the limit, for the few things that must not be lost and whose number the caller bounds.
    public func postAlways(_ body: @escaping @Sendable () -> Void) {
        waiting.add(1, ordering: .relaxed)
        push(LoopRemote.runClosure, Unmanaged.passRetained(ClosureBox(body)).toOpaque(), 0)
    }

    public func postAlways(_ function: LoopFunction, _ context: UnsafeMutableRawPointer?, _ word: UInt = 0) {
        waiting.add(1, ordering: .relaxed)
        push(function, context, word)
    }

    private static let runClosure: LoopFunction = { _, context, _ in
        Unmanaged<ClosureBox>.fromOpaque(context!).takeRetainedValue().body()
    }

    private final class ClosureBox {
        let body: () -> Void
        init(_ body: @escaping () -> Void) { self.body = body }
    }

    /// Entries that wait.
    public var mailboxCount: Int { waiting.load(ordering: .relaxed) }

    // MARK: Stop and pulse

    /// Makes `Loop.run` return at the end of its turn.
    public func stop() {
        stopping.store(true, ordering: .sequentiallyConsistent)
        wakeIfSleeping()
    }

    /// When the current turn began, on the monotonic clock in nanoseconds, up to 10 ms behind; a watchdog reads it. 0
    /// before the first turn.
    public var lastTick: UInt64 { tick.load(ordering: .relaxed) }

    /// Turns begun.
    public var turn: UInt64 { turns.load(ordering: .relaxed) }

    /// Whether the loop waits in the poller. A loop that is neither polling nor ticking is held by a callback.
    public var isPolling: Bool { sleeping.load(ordering: .relaxed) }

    /// Nanoseconds spent outside the poller; an estimate from samples while the loop turns fast.
    public var busyNanoseconds: UInt64 { busy.load(ordering: .relaxed) }

    // MARK: The loop's side

    private static func node(_ address: UInt) -> UnsafeMutablePointer<Node>? {
        UnsafeMutablePointer(bitPattern: address)
    }

    private func wakeIfSleeping() {
        // One wake-up per sleep: whoever turns the flag off writes.
        guard sleeping.load(ordering: .sequentiallyConsistent),
            sleeping.exchange(false, ordering: .sequentiallyConsistent)
        else { return }
        // Fails only when the counter is full, and then the loop is awake.
        _ = zzz_linux_eventfd_signal(eventFD)
    }

    var isStopping: Bool { stopping.load(ordering: .relaxed) }

    func clearStop() { stopping.store(false, ordering: .relaxed) }

    /// Announces that the loop is about to sleep. Returns false when it must not.
    @inline(__always)
    func prepareToSleep() -> Bool {
        sleeping.store(true, ordering: .sequentiallyConsistent)
        if head.load(ordering: .sequentiallyConsistent) == 0, !stopping.load(ordering: .sequentiallyConsistent) {
            return true
        }
        sleeping.store(false, ordering: .relaxed)
        return false
    }

    @inline(__always)
    func endSleep() { sleeping.store(false, ordering: .relaxed) }

    @inline(__always)
    func beginTurn(_ now: UInt64, turn: UInt64) {
        tick.store(now, ordering: .relaxed)
        turns.store(turn, ordering: .relaxed)
    }

    @inline(__always)
    func addBusy(_ total: UInt64) { busy.store(total, ordering: .relaxed) }

    @inline(__always)
    var hasMail: Bool { head.load(ordering: .relaxed) != 0 }

    /// Takes every entry that waits, oldest first.
    func takeMail() -> UnsafeMutablePointer<Node>? {
        var newest = LoopRemote.node(head.exchange(0, ordering: .acquiring))
        var oldest: UnsafeMutablePointer<Node>?
        var count = 0
        while let node = newest {
            newest = node.pointee.next
            node.pointee.next = oldest
            oldest = node
            count += 1
        }
        if count > 0 { waiting.subtract(count, ordering: .relaxed) }
        return oldest
    }
}
