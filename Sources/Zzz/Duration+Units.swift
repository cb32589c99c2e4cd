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
}
