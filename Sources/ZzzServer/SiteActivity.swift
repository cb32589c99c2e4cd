import Synchronization

/// What one site does, counted for each loop apart, so that nothing is shared on the request path.
///
/// Each loop writes its own row with relaxed loads and stores (a `mov` each); others read rows that may be a moment
/// old. Rows are a cache line apart.
public final class SiteActivity: @unchecked Sendable {
    // @unchecked: `rows` points to atomics, and is freed by deinit only.

    /// More loops than this cannot be configured.
    public static let maximumLoops = 256

    /// Totals over all loops.
    public struct Totals: Sendable, Equatable {
        public var requests: UInt64 = 0
        /// Responses with status 500 and above, and responses cut short by the app.
        public var errors: UInt64 = 0
        public var inFlight = 0
        /// Channels, and sockets whose messages the app handles itself, that are open now.
        public var sockets = 0

        /// What a generation that was replaced has yet to finish.
        public var unfinished: Int { inFlight + sockets }
    }

    private struct Row: ~Copyable {
        let begun = Atomic<UInt64>(0)
        let ended = Atomic<UInt64>(0)
        let errors = Atomic<UInt64>(0)
        let socketsBegun = Atomic<UInt64>(0)
        let socketsEnded = Atomic<UInt64>(0)
        private let padding: (UInt64, UInt64, UInt64) = (0, 0, 0)
    }

    private let rows: UnsafeMutablePointer<Row>

    init() {
        rows = .allocate(capacity: Self.maximumLoops)
        for loop in 0..<Self.maximumLoops { (rows + loop).initialize(to: Row()) }
    }

    deinit {
        rows.deinitialize(count: Self.maximumLoops)
        rows.deallocate()
    }

    /// A request of this site begins on `loop`.
    @inline(__always)
    func begin(loop: Int) {
        let count = rows[loop].begun.load(ordering: .relaxed)
        rows[loop].begun.store(count &+ 1, ordering: .relaxed)
    }

    /// It has ended.
    @inline(__always)
    func end(loop: Int, isError: Bool) {
        let count = rows[loop].ended.load(ordering: .relaxed)
        rows[loop].ended.store(count &+ 1, ordering: .relaxed)
        guard isError else { return }
        let errors = rows[loop].errors.load(ordering: .relaxed)
        rows[loop].errors.store(errors &+ 1, ordering: .relaxed)
    }

    /// A channel or a socket of this site begins on `loop`.
    func beginSocket(loop: Int) {
        let count = rows[loop].socketsBegun.load(ordering: .relaxed)
        rows[loop].socketsBegun.store(count &+ 1, ordering: .relaxed)
    }

    func endSocket(loop: Int) {
        let count = rows[loop].socketsEnded.load(ordering: .relaxed)
        rows[loop].socketsEnded.store(count &+ 1, ordering: .relaxed)
    }

    /// Whether nothing is in flight on one loop, read on that loop.
    func isIdle(loop: Int) -> Bool {
        rows[loop].begun.load(ordering: .relaxed) == rows[loop].ended.load(ordering: .relaxed)
            && rows[loop].socketsBegun.load(ordering: .relaxed) == rows[loop].socketsEnded.load(ordering: .relaxed)
    }

    /// The sums, which can lag behind by what happens meanwhile. `ended` is read first, so `inFlight` is never too
    /// small.
    public var totals: Totals {
        var totals = Totals()
        var ended: UInt64 = 0
        var socketsEnded: UInt64 = 0
        for loop in 0..<Self.maximumLoops {
            ended &+= rows[loop].ended.load(ordering: .acquiring)
            socketsEnded &+= rows[loop].socketsEnded.load(ordering: .acquiring)
            totals.errors &+= rows[loop].errors.load(ordering: .relaxed)
        }
        var socketsBegun: UInt64 = 0
        for loop in 0..<Self.maximumLoops {
            totals.requests &+= rows[loop].begun.load(ordering: .relaxed)
            socketsBegun &+= rows[loop].socketsBegun.load(ordering: .relaxed)
        }
        totals.sockets = Int(truncatingIfNeeded: socketsBegun &- socketsEnded)
        totals.inFlight = Int(truncatingIfNeeded: totals.requests &- ended)
        return totals
    }
}
