import ZzzServer

extension TestLimits {
    func apply(to limits: inout SiteLimits) {
        limits.bodyBytes = bodyBytes
        let (seconds, attoseconds) = requestTimeout.components
        limits.requestTimeoutMilliseconds = UInt64(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000)
    }
}
