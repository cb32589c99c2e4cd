import Glibc

/// IP addresses that begin with the same bits: `10.0.0.0/8`, `2001:db8::/32`, or one address (RFC 4632 section 3.1).
///
/// IPv4 addresses are held as IPv6 has them (`::ffff:192.0.2.1`, RFC 4291 section 2.5.5.2): a listener for both
/// families shows them so.
public struct AddressRange: Sendable, Hashable {
    private let high: UInt64
    private let low: UInt64
    private let highMask: UInt64
    private let lowMask: UInt64

    /// Nil when the text is no range.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard !text.utf8.contains(0), let (high, low, width) = Self.parse(String(parts[0])) else { return nil }
        var bits = width
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(parts[1]), number <= width
            else { return nil }
            bits = number
        }
        let fixed = 128 - width + bits
        highMask = Self.mask(min(fixed, 64))
        lowMask = Self.mask(max(fixed - 64, 0))
        self.high = high & highMask
        self.low = low & lowMask
    }

    /// Whether a socket's address is in the range; a unix socket's never is.
    public func contains(_ address: SocketAddress) -> Bool {
        switch address.kind {
        case .ipv4(let address, _): contains(0, Self.mapped(address))
        case .ipv6(let high, let low, _, _): contains(high, low)
        case .unix, .abstract, .unnamed: false
        }
    }

    private func contains(_ high: UInt64, _ low: UInt64) -> Bool {
        high & highMask == self.high && low & lowMask == self.low
    }

    /// The first `count` bits, 0 to 64.
    private static func mask(_ count: Int) -> UInt64 { count == 0 ? 0 : UInt64.max << UInt64(64 - count) }

    private static func mapped(_ address: UInt32) -> UInt64 { 0xFFFF << 32 | UInt64(address) }

    /// An address and how many bits those of its family have.
    private static func parse(_ text: String) -> (high: UInt64, low: UInt64, width: Int)? {
        if let address = SocketAddress.ipv4(text[...], 0), case .ipv4(let number, _) = address.kind {
            return (0, mapped(number), 32)
        }
        guard !text.contains("%"), let address = SocketAddress.ipv6(text[...], 0),
            case .ipv6(let high, let low, _, _) = address.kind
        else { return nil }
        return (high, low, 128)
    }
}
