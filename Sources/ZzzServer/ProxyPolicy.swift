import ZzzIO

/// Whose word a listener takes about the client: the PROXY protocol (see ZzzIO's ProxyHeader).
public struct ProxyPolicy: Sendable, Equatable {
    /// Whether every connection must begin with a header. Otherwise balancers may do without, and whoever is none
    /// speaks for itself.
    public var isRequired: Bool
    /// The balancers.
    public var trusted: [AddressRange]
    /// Whether what connects over a unix socket is a balancer.
    public var trustsUnixSockets: Bool

    public init(isRequired: Bool, trusted: [AddressRange], trustsUnixSockets: Bool = false) {
        self.isRequired = isRequired
        self.trusted = trusted
        self.trustsUnixSockets = trustsUnixSockets
    }

    func trusts(_ peer: SocketAddress) -> Bool {
        peer.isUnix ? trustsUnixSockets : trusted.contains { $0.contains(peer) }
    }
}

/// Why a connection was closed before its first byte was looked at. The raw values are the labels of the metrics.
public enum ProxyRefusal: String, Sendable, CaseIterable {
    /// The header breaks the protocol's rules.
    case malformed
    /// The header announces more bytes than `limits.header_bytes`.
    case too_large
    /// Something else came where a header is required.
    case missing
    /// The header was not whole in time.
    case timeout
    /// The balancer went away in the middle of the header.
    case closed
    /// A header is required, and the peer is no balancer.
    case untrusted
}

/// What the PROXY protocol has done on one loop, written by it alone.
public struct ProxyStatistics: Sendable, Equatable {
    /// Headers that were read.
    public var headers: UInt64 = 0
    private var refusals = ReasonCounts<ProxyRefusal>()

    public init() {}

    /// How many connections were refused so.
    public func refused(_ reason: ProxyRefusal) -> UInt64 { refusals[reason] }

    mutating func count(_ reason: ProxyRefusal) { refusals[reason] &+= 1 }
}
