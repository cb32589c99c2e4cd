import ZzzTLS

/// What TLS has done on one loop, written by it alone.
public struct TLSStatistics: Sendable, Equatable {
    /// Handshakes that have succeeded.
    public var handshakes: UInt64 = 0
    /// Those of them that resumed an earlier session.
    public var resumed: UInt64 = 0
    /// Sessions whose sending was given to the kernel.
    public var sealedByKernel: UInt64 = 0
    /// Sessions that were open, and then broke the protocol.
    public var broken: UInt64 = 0
    /// Handshakes that have failed, in the order of `TLSFailure.allCases`.
    private var failures = ReasonCounts<TLSFailure>()

    public init() {}

    /// How many handshakes have failed so.
    public func failed(_ failure: TLSFailure) -> UInt64 { failures[failure] }

    mutating func count(_ failure: TLSFailure) { failures[failure] &+= 1 }
}
