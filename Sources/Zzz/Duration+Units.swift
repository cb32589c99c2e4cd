extension Duration {
    /// In milliseconds, at least 1, and as many as fit.
    var wholeMilliseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 1 }
        let whole = UInt64(seconds).multipliedReportingOverflow(by: 1000)
        return whole.overflow ? .max : max(1, whole.partialValue &+ UInt64(attoseconds) / 1_000_000_000_000_000)
    }

    /// In seconds, without what is left; 0 when it is negative.
    var wholeSeconds: Int64 { max(0, components.seconds) }

    /// In seconds, from 0 to 30,000 years: what can be added to a date without a thought.
    var boundedSeconds: Int64 { min(wholeSeconds, 1 << 40) }

    /// In nanoseconds: 0 when it is negative, and as many as fit.
    var wholeNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let whole = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let sum = whole.partialValue.addingReportingOverflow(UInt64(attoseconds) / 1_000_000_000)
        return whole.overflow || sum.overflow ? .max : sum.partialValue
    }

    /// From the contract's nanoseconds.
    static func nanoseconds(_ count: UInt64) -> Duration {
        .seconds(Int64(count / 1_000_000_000)) + .nanoseconds(Int64(count % 1_000_000_000))
    }
}
