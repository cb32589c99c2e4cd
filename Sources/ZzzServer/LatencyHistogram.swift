import CLinux

/// How long requests took: counts by bucket, as Prometheus has them, and the sum. A value, read from counters.
public struct LatencyHistogram: Sendable, Equatable {
    /// The upper bound of each bucket but the last, inclusive, in nanoseconds: 0.5 ms to 10 s.
    public static let boundsNanoseconds: [UInt64] = [
        500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000, 250_000_000,
        500_000_000, 1_000_000_000, 2_500_000_000, 5_000_000_000, 10_000_000_000,
    ]
    /// The buckets, the one without a bound included.
    public static let bucketCount = boundsNanoseconds.count + 1

    /// Requests in each bucket alone (Prometheus shows sums of them), the one without a bound last.
    public var counts: [UInt64]
    /// All the times together, in nanoseconds.
    public var sumNanoseconds: UInt64

    public init(counts: [UInt64] = Array(repeating: 0, count: bucketCount), sumNanoseconds: UInt64 = 0) {
        precondition(counts.count == Self.bucketCount, "\(counts.count) counts for \(Self.bucketCount) buckets")
        self.counts = counts
        self.sumNanoseconds = sumNanoseconds
    }

    /// How many requests were timed.
    public var count: UInt64 { counts.reduce(0, &+) }

    public static func += (left: inout LatencyHistogram, right: LatencyHistogram) {
        for index in left.counts.indices { left.counts[index] &+= right.counts[index] }
        left.sumNanoseconds &+= right.sumNanoseconds
    }
}

/// The bounds of `LatencyHistogram` in ticks of this processor, so that nothing is divided where requests end.
///
/// The memory is made once and never freed, since every loop reads it.
struct LatencyBounds: @unchecked Sendable {
    // @unchecked: the memory is filled by init and never changed.
    let ticks: UnsafePointer<UInt64>
    let nanosecondsPerTick: Double

    /// Measured when first asked for, which takes a millisecond.
    static let measured = LatencyBounds(nanosecondsPerTick: zzz_linux_ticks_calibrate())

    init(nanosecondsPerTick: Double) {
        self.nanosecondsPerTick = nanosecondsPerTick
        let count = LatencyHistogram.boundsNanoseconds.count
        let memory = UnsafeMutablePointer<UInt64>.allocate(capacity: count)
        for (index, bound) in LatencyHistogram.boundsNanoseconds.enumerated() {
            (memory + index).initialize(to: UInt64((Double(bound) / nanosecondsPerTick).rounded(.down)))
        }
        ticks = UnsafePointer(memory)
    }

    /// The bucket of a time. Nearly every request ends in the first one.
    @inline(__always)
    func bucket(_ time: UInt64) -> Int {
        time <= ticks[0] ? 0 : bucketOfSlowOne(time)
    }

    @inline(never)
    private func bucketOfSlowOne(_ time: UInt64) -> Int {
        var bucket = 1
        while bucket < LatencyHistogram.bucketCount - 1, time > ticks[bucket] { bucket += 1 }
        return bucket
    }
}
