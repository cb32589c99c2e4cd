import ZzzAppABI

extension Store {
    /// Adds to a counter, which begins at 0 when there is none. Throws a ``HostError`` when the entry is no number, and
    /// when the sum has more than 64 bits.
    /// - Parameter expiresIn: when a counter that begins will end, in whole milliseconds; that of one that is there
    ///   stays.
    /// - Returns: the sum.
    @discardableResult
    public func add(_ delta: Int64, to key: String, expiresIn: Duration? = nil) throws -> Int64 {
        let store = try table
        return try key.withBytes { key in
            var sum: Int64 = 0
            _ = try hostCall("add") { store.pointee.add(host?.app, key, delta, milliseconds(expiresIn), &sum, $0) }
            return sum
        }
    }

    /// A bucket that is full at first, and from which requests take tokens that come back at a steady rate.
    public struct Bucket: Sendable, Equatable {
        /// How many tokens it holds.
        public let capacity: UInt64
        /// One token comes back after this many nanoseconds.
        let intervalNanoseconds: UInt64

        /// - Parameters:
        ///   - tokens: how many come back in a period, at least 1.
        ///   - period: more than 0.
        ///   - burst: how many it holds: what may be taken at once. Nil: as many as come back in a period.
        public init(_ tokens: Int, per period: Duration, burst: Int? = nil) {
            capacity = UInt64(clamping: burst ?? tokens)
            intervalNanoseconds = tokens < 1 ? 0 : period.wholeNanoseconds / UInt64(tokens)
        }

        /// Whether the host takes it: it holds something, and fills within 146 years.
        var isSound: Bool {
            let (product, overflow) = capacity.multipliedReportingOverflow(by: intervalNanoseconds)
            return !overflow && 1...1 << 62 ~= product
        }
    }

    /// What came of taking tokens.
    public struct Grant: Sendable, Equatable {
        /// Whether they were taken. If not, nothing has changed.
        public let isAllowed: Bool
        /// How many are left.
        public let remaining: UInt64
        let retryAfterNanoseconds: UInt64
        let fullAfterNanoseconds: UInt64

        /// When there will be as many as were asked for; zero when they were taken.
        public var retryAfter: Duration { .nanoseconds(retryAfterNanoseconds) }

        /// When the bucket will be full again.
        public var fullAfter: Duration { .nanoseconds(fullAfterNanoseconds) }
    }

    /// Takes tokens, all or none. Throws a ``HostError`` for a bucket that holds nothing or never fills, for more
    /// tokens than it holds, and for an entry that is no bucket.
    /// - Parameter tokens: 0 only looks.
    public func take(_ tokens: Int = 1, from key: String, bucket: Bucket) throws -> Grant {
        let store = try table
        return try key.withBytes { key in
            var hostBucket = zzz_store_bucket()
            hostBucket.size = UInt32(MemoryLayout<zzz_store_bucket>.size)
            hostBucket.capacity = bucket.capacity
            hostBucket.interval_ns = bucket.intervalNanoseconds
            var grant = zzz_store_grant()
            grant.size = UInt32(MemoryLayout<zzz_store_grant>.size)
            _ = try hostCall("take") {
                store.pointee.take(host?.app, key, UInt64(clamping: tokens), &hostBucket, &grant, $0)
            }
            return Grant(
                isAllowed: grant.allowed != 0, remaining: grant.remaining,
                retryAfterNanoseconds: grant.retry_after_ns, fullAfterNanoseconds: grant.full_after_ns)
        }
    }
}
