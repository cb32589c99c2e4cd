import CLinux
import Glibc
import Synchronization

/// What each route of one site does, counted for each loop apart: the detail below `SiteActivity`.
///
/// Each loop writes rows of its own with relaxed loads and stores (a `mov` each), in memory that it takes when it first
/// answers a request of the site; others read rows that may be a moment old. What is rare (hand-offs, faults, timeouts)
/// any thread may count. Row 0 belongs to requests that no route matched, row n + 1 to route n, so that the index -1
/// of an exchange without a route finds its row too.
public final class RouteActivity: @unchecked Sendable {
    // @unchecked: `blocks` and `incidents` point to atomics, and are freed by deinit only.

    /// The words of a row: three cache lines.
    private enum Word {
        /// Responses by the first digit of their status; at 0 those that were cut.
        static let classes = 0
        static let ticks = 6
        static let bodyBytes = 7
        static let buckets = 8
        static let count = 24
    }

    /// What is counted by any thread.
    private struct Incidents: ~Copyable {
        let handOffs = Atomic<UInt64>(0)
        let longestStallNanoseconds = Atomic<UInt64>(0)
        let faults = Atomic<UInt64>(0)
        let timeouts = Atomic<UInt64>(0)
    }

    private let rowCount: Int
    private let bounds: LatencyBounds
    /// For each loop the address of its rows; 0 until it has answered a request.
    private let blocks: UnsafeMutablePointer<Atomic<UInt>>
    private let incidents: UnsafeMutablePointer<Incidents>

    /// - Parameter routeCount: the routes of the site.
    init(routeCount: Int, bounds: LatencyBounds = .measured) {
        rowCount = routeCount + 1
        self.bounds = bounds
        blocks = .allocate(capacity: SiteActivity.maximumLoops)
        for loop in 0..<SiteActivity.maximumLoops { (blocks + loop).initialize(to: Atomic(0)) }
        incidents = .allocate(capacity: rowCount)
        for row in 0..<rowCount { (incidents + row).initialize(to: Incidents()) }
    }

    deinit {
        for loop in 0..<SiteActivity.maximumLoops { free(memory(of: loop)) }
        blocks.deinitialize(count: SiteActivity.maximumLoops)
        blocks.deallocate()
        incidents.deinitialize(count: rowCount)
        incidents.deallocate()
    }

    // MARK: Counting, on the loop

    /// A response has ended on `loop`.
    ///
    /// - Parameters:
    ///   - route: its index among the site's routes, -1 for none.
    ///   - status: 0 when the response was cut short or never came.
    ///   - ticks: since the head was whole; nil when the time says nothing, as that of an upgraded connection.
    @inline(__always)
    func ended(route: Int, loop: Int, status: UInt16, ticks: UInt64?, bodyBytes: UInt64) {
        guard let rows = memory(of: loop) ?? makeRows(loop) else { return }
        let row = rows.assumingMemoryBound(to: Atomic<UInt64>.self) + (route &+ 1) &* Word.count
        Self.add(1, to: row + Word.classes + min(Int(status) / 100, 5))
        Self.add(bodyBytes, to: row + Word.bodyBytes)
        guard let ticks else { return }
        // Two processors' counters may differ by a few ticks.
        let time = Int64(bitPattern: ticks) < 0 ? 0 : ticks
        Self.add(time, to: row + Word.ticks)
        Self.add(1, to: row + Word.buckets + bounds.bucket(time))
    }

    @inline(__always)
    private static func add(_ count: UInt64, to word: UnsafeMutablePointer<Atomic<UInt64>>) {
        word.pointee.store(word.pointee.load(ordering: .relaxed) &+ count, ordering: .relaxed)
    }

    @inline(__always)
    private func memory(of loop: Int) -> UnsafeMutableRawPointer? {
        UnsafeMutableRawPointer(bitPattern: blocks[loop].load(ordering: .acquiring))
    }

    /// The first request of the site on this loop. Zeros are what an `Atomic` of 0 is; without memory nothing is
    /// counted.
    @inline(never)
    private func makeRows(_ loop: Int) -> UnsafeMutableRawPointer? {
        let memory = calloc(rowCount, Word.count * MemoryLayout<Atomic<UInt64>>.size)
        blocks[loop].store(UInt(bitPattern: memory), ordering: .releasing)
        return memory
    }

    // MARK: Counting, on any thread

    /// The route's code held its loop so long that another thread took the loop over.
    public func countHandOff(route: Int, stalledNanoseconds: UInt64) {
        incidents[route + 1].handOffs.add(1, ordering: .relaxed)
        incidents[route + 1].longestStallNanoseconds.max(stalledNanoseconds, ordering: .relaxed)
    }

    /// The route's code trapped, or was stopped for good.
    public func countFault(route: Int) {
        incidents[route + 1].faults.add(1, ordering: .relaxed)
    }

    /// The route's handler did not begin its response in time.
    public func countTimeout(route: Int) {
        incidents[route + 1].timeouts.add(1, ordering: .relaxed)
    }

    // MARK: Reading, on any thread

    /// What one route has done, by its index; -1 for the requests that no route matched.
    public func totals(route: Int) -> RouteTotals {
        var totals = RouteTotals()
        var ticks: UInt64 = 0
        for loop in 0..<SiteActivity.maximumLoops {
            guard let rows = memory(of: loop) else { continue }
            let row = rows.assumingMemoryBound(to: Atomic<UInt64>.self) + (route + 1) * Word.count
            func word(_ index: Int) -> UInt64 { row[index].load(ordering: .relaxed) }
            for index in 0..<6 { totals.responses[index] &+= word(Word.classes + index) }
            totals.bodyBytes &+= word(Word.bodyBytes)
            ticks &+= word(Word.ticks)
            for bucket in 0..<LatencyHistogram.bucketCount {
                totals.latency.counts[bucket] &+= word(Word.buckets + bucket)
            }
        }
        totals.latency.sumNanoseconds = UInt64(Double(ticks) * bounds.nanosecondsPerTick)
        let incidents = incidents + (route + 1)
        totals.handOffs = incidents.pointee.handOffs.load(ordering: .relaxed)
        totals.longestStallNanoseconds = incidents.pointee.longestStallNanoseconds.load(ordering: .relaxed)
        totals.faults = incidents.pointee.faults.load(ordering: .relaxed)
        totals.timeouts = incidents.pointee.timeouts.load(ordering: .relaxed)
        return totals
    }
}

/// What one route has done since its generation was loaded.
public struct RouteTotals: Sendable, Equatable {
    /// Responses that ended, by the first digit of their status; at 0 those that were cut short or never came.
    public var responses: [UInt64] = Array(repeating: 0, count: 6)
    /// Bytes of response bodies.
    public var bodyBytes: UInt64 = 0
    /// From the whole head to the end of the response, as far as the handler is concerned: the peer may take longer.
    public var latency = LatencyHistogram()
    public var handOffs: UInt64 = 0
    public var longestStallNanoseconds: UInt64 = 0
    public var faults: UInt64 = 0
    public var timeouts: UInt64 = 0

    public init() {}

    /// Requests that ended, one way or the other.
    public var requests: UInt64 { responses.reduce(0, &+) }
    /// Those with status 500 and above, and those that were cut.
    public var errors: UInt64 { responses[0] &+ responses[5] }

    public static func += (left: inout RouteTotals, right: RouteTotals) {
        for index in left.responses.indices { left.responses[index] &+= right.responses[index] }
        left.bodyBytes &+= right.bodyBytes
        left.latency += right.latency
        left.handOffs &+= right.handOffs
        left.longestStallNanoseconds = max(left.longestStallNanoseconds, right.longestStallNanoseconds)
        left.faults &+= right.faults
        left.timeouts &+= right.timeouts
    }
}

extension Exchange {
    /// The site is known: the request counts for it from here on.
    @inline(__always)
    func beginTiming() {
        startedTicks = zzz_linux_ticks()
    }

    /// The response has ended, or will not come any more.
    @inline(__always)
    func countEnd(_ worker: Worker, isCut: Bool = false) {
        guard let site else { return }
        site._withUnsafeGuaranteedRef { site in
            site.routeActivity.ended(
                route: Int(routeIndex), loop: worker.index, status: isCut ? 0 : status,
                ticks: isUpgraded ? nil : zzz_linux_ticks() &- startedTicks, bodyBytes: responseBodyBytes)
        }
    }
}
