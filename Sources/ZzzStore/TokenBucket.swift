/// A bucket that is full at first, and from which requests take tokens that come back at a steady rate.
///
/// Its whole state is the time at which it will be full again, as in the generic cell rate algorithm (ITU-T I.371): no
/// tokens are counted, and nothing has to be done while they come back.
public struct TokenBucket: Sendable, Equatable {
    /// How many tokens it holds.
    public let capacity: UInt64
    /// One token comes back after this.
    public let intervalNanoseconds: UInt64

    /// Nil when one of them is 0, or when an empty bucket would take more than 146 years to fill.
    public init?(capacity: UInt64, intervalNanoseconds: UInt64) {
        let (product, overflow) = capacity.multipliedReportingOverflow(by: intervalNanoseconds)
        guard product > 0, !overflow, product <= 1 << 62 else { return nil }
        self.capacity = capacity
        self.intervalNanoseconds = intervalNanoseconds
    }

    /// What came of taking tokens.
    public struct Grant: Sendable, Equatable {
        public let isAllowed: Bool
        /// How many tokens are left.
        public let remaining: UInt64
        /// When there will be as many tokens as were asked for; 0 when they were taken.
        public let retryAfterNanoseconds: UInt64
        /// When the bucket will be full again.
        public let fullAfterNanoseconds: UInt64
    }

    /// Takes that many tokens, or none when there are fewer.
    /// - Parameters:
    ///   - tokens: at most `capacity`.
    ///   - fullAt: when the bucket will be full; in the past, or 0, when it is.
    func take(_ tokens: UInt64, fullAt: inout UInt64, now: UInt64) -> Grant {
        let emptyAfter = capacity * intervalNanoseconds
        // A bucket that was larger or slower before is no emptier than empty.
        let missing = min(fullAt > now ? fullAt - now : 0, emptyAfter)
        let wanted = missing + tokens * intervalNanoseconds
        guard wanted <= emptyAfter else {
            return Grant(
                isAllowed: false, remaining: (emptyAfter - missing) / intervalNanoseconds,
                retryAfterNanoseconds: wanted - emptyAfter, fullAfterNanoseconds: missing)
        }
        fullAt = now + wanted
        return Grant(
            isAllowed: true, remaining: (emptyAfter - wanted) / intervalNanoseconds, retryAfterNanoseconds: 0,
            fullAfterNanoseconds: wanted)
    }
}
