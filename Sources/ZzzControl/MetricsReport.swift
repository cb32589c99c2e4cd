/// The result of `metrics`: counters since the start, from which a reader that asks twice makes rates.
public struct MetricsReport: Codable, Sendable, Equatable {
    /// What one route has done, over all generations of its app.
    public struct Route: Codable, Sendable, Equatable {
        public var app: String
        /// The methods, several with commas between, `*` for all.
        public var method: String
        /// The whole pattern, the app's mount prefix included; empty for requests that no route of the app matched,
        /// `(other)` for the routes beyond those that are counted apart.
        public var pattern: String
        /// Responses by the class of their status, as in `status`.
        public var requests: RequestsReport
        /// Responses that were cut short, or never came.
        public var cut: Int
        /// Bytes of response bodies.
        public var bodyBytes: Int
        /// How long they took.
        public var latency: LatencyReport
        /// How often its code trapped or was stopped for good.
        public var traps: Int
        /// How often it held a loop so long that another thread took the loop over.
        public var handOffs: Int
        /// The longest that it held a loop, in milliseconds.
        public var longestStallMilliseconds: Double
        /// Requests that it did not begin to answer within `request_timeout`.
        public var timeouts: Int

        public init(app: String, method: String, pattern: String) {
            self.app = app
            self.method = method
            self.pattern = pattern
            requests = RequestsReport()
            cut = 0
            bodyBytes = 0
            latency = LatencyReport(counts: [], sumSeconds: 0)
            traps = 0
            handOffs = 0
            longestStallMilliseconds = 0
            timeouts = 0
        }

        /// Responses with status 500 and above, and those that were cut.
        public var errors: Int { requests.serverErrors + cut }

        enum CodingKeys: String, CodingKey {
            case app, method, pattern, requests, cut, latency, traps, timeouts
            case bodyBytes = "body_bytes"
            case handOffs = "hand_offs"
            case longestStallMilliseconds = "longest_stall_ms"
        }
    }

    /// The daemon's clock in seconds, which nobody sets: differences between two reports are times.
    public var seconds: Double
    /// Resident memory in bytes.
    public var residentBytes: Int
    /// Processor time of all threads in seconds.
    public var cpuSeconds: Double
    /// Upper bounds of the buckets of every `latency.counts`, in seconds; there is one bucket more, without a bound.
    public var latencyBounds: [Double]
    /// In the order of app, pattern and method; routes that were never asked for included.
    public var routes: [Route]

    public init(
        seconds: Double, residentBytes: Int, cpuSeconds: Double, latencyBounds: [Double], routes: [Route]
    ) {
        self.seconds = seconds
        self.residentBytes = residentBytes
        self.cpuSeconds = cpuSeconds
        self.latencyBounds = latencyBounds
        self.routes = routes
    }

    enum CodingKeys: String, CodingKey {
        case seconds, routes
        case residentBytes = "resident_bytes"
        case cpuSeconds = "cpu_seconds"
        case latencyBounds = "latency_bounds"
    }
}

/// How long requests took, as a histogram.
public struct LatencyReport: Codable, Sendable, Equatable {
    /// Requests in each bucket alone.
    public var counts: [Int]
    /// All the times together, in seconds.
    public var sumSeconds: Double

    public init(counts: [Int], sumSeconds: Double) {
        self.counts = counts
        self.sumSeconds = sumSeconds
    }

    /// How many requests were timed.
    public var count: Int { counts.reduce(0, +) }

    /// The time in seconds that the given part of the requests did not exceed: exact at the bounds, and in between on a
    /// straight line, as Prometheus' histogram_quantile has it. Beyond the last bound it is the last bound; nil without
    /// requests.
    public func quantile(_ part: Double, bounds: [Double]) -> Double? {
        let rank = part * Double(count)
        guard count > 0, counts.count == bounds.count + 1 else { return nil }
        var below = 0
        for (index, bound) in bounds.enumerated() {
            let inBucket = counts[index]
            if Double(below + inBucket) >= rank, inBucket > 0 {
                let start = index == 0 ? 0 : bounds[index - 1]
                return start + (bound - start) * (rank - Double(below)) / Double(inBucket)
            }
            below += inBucket
        }
        return bounds.last
    }

    /// What was added since `earlier`.
    public func since(_ earlier: LatencyReport?) -> LatencyReport {
        guard let earlier, earlier.counts.count == counts.count else { return self }
        return LatencyReport(
            counts: zip(counts, earlier.counts).map { max(0, $0 - $1) },
            sumSeconds: max(0, sumSeconds - earlier.sumSeconds))
    }

    public static func += (left: inout LatencyReport, right: LatencyReport) {
        guard left.counts.count == right.counts.count else {
            if left.counts.isEmpty { left = right }
            return
        }
        left.counts = zip(left.counts, right.counts).map(+)
        left.sumSeconds += right.sumSeconds
    }

    enum CodingKeys: String, CodingKey {
        case counts
        case sumSeconds = "sum_seconds"
    }
}
