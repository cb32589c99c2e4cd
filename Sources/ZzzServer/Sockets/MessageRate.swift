/// So many in a second, and as many at once.
struct MessageRate {
    private var tokens: Int32 = 0
    private var filledAt: UInt32 = 0

    /// Takes one; false when there is none.
    /// - Parameter rate: in a second; 0: any number.
    mutating func take(rate: Int, nowMilliseconds: UInt64) -> Bool {
        guard rate > 0 else { return true }
        let now = UInt32(truncatingIfNeeded: nowMilliseconds)
        let whole = Int32(clamping: min(rate, 1_000_000)) * 1000
        let isNew = filledAt == 0
        let gained = isNew ? Int64(whole) : Int64(now &- filledAt) * Int64(rate)
        tokens = Int32(min(Int64(tokens) + gained, Int64(whole)))
        filledAt = max(now, 1)
        guard tokens >= 1000 else { return false }
        tokens -= 1000
        return true
    }
}
