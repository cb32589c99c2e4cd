import CLinux
import Glibc

/// Where a stream socket listens or is connected: an IPv4 or IPv6 address with a port, or a unix socket.
public struct SocketAddress: Sendable, Hashable, CustomStringConvertible {
    /// The kinds, with the numbers in host byte order.
    public enum Kind: Sendable, Hashable {
        case ipv4(address: UInt32, port: UInt16)
        /// `scope` is the interface number of a link-local address, else 0.
        case ipv6(high: UInt64, low: UInt64, port: UInt16, scope: UInt32)
        /// A socket file.
        case unix(path: String)
        /// A name in Linux's abstract namespace (unix(7)), without its leading NUL.
        case abstract(name: String)
        /// A unix socket without a name, as a client's end mostly is.
        case unnamed
    }

    public let kind: Kind
    /// Written `*:80`: every address of IPv6, and of IPv4 through it.
    let isWildcard: Bool

    public init(_ kind: Kind) {
        self.kind = kind
        isWildcard = false
    }

    init(wildcardPort port: UInt16) {
        kind = .ipv6(high: 0, low: 0, port: port, scope: 0)
        isWildcard = true
    }

    /// The port, or nil for a unix socket.
    public var port: UInt16? {
        switch kind {
        case .ipv4(_, let port), .ipv6(_, _, let port, _): port
        case .unix, .abstract, .unnamed: nil
        }
    }

    /// Whether this is a unix socket.
    public var isUnix: Bool { port == nil }

    /// The same address with another port; a unix address stays as it is.
    public func with(port: UInt16) -> SocketAddress {
        switch kind {
        case .ipv4(let address, _): SocketAddress(.ipv4(address: address, port: port))
        case .ipv6(let high, let low, _, let scope):
            isWildcard
                ? SocketAddress(wildcardPort: port)
                : SocketAddress(.ipv6(high: high, low: low, port: port, scope: scope))
        case .unix, .abstract, .unnamed: self
        }
    }

    /// `127.0.0.1`, `::1`, or the path: what a log or `X-Forwarded-For` shows.
    public var host: String {
        switch kind {
        case .ipv4(let address, _):
            "\(address >> 24).\(address >> 16 & 255).\(address >> 8 & 255).\(address & 255)"
        case .ipv6(let high, let low, _, let scope): SocketAddress.text(high, low, scope)
        case .unix(let path): path
        case .abstract(let name): "@\(name)"
        case .unnamed: ""
        }
    }

    /// As `parse` reads it: `127.0.0.1:8080`, `[::1]:8443`, `*:80`, `unix:/run/x.sock`, `unix:@name`, `unix:`.
    public var description: String {
        switch kind {
        case .ipv4(_, let port): "\(host):\(port)"
        case .ipv6(_, _, let port, _): isWildcard ? "*:\(port)" : "[\(host)]:\(port)"
        case .unix, .abstract, .unnamed: "unix:\(host)"
        }
    }

    private static func text(_ high: UInt64, _ low: UInt64, _ scope: UInt32) -> String {
        var address = in6_addr()
        withUnsafeMutableBytes(of: &address) { bytes in
            bytes.storeBytes(of: high.bigEndian, as: UInt64.self)
            bytes.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
        }
        let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { buffer in
            inet_ntop(AF_INET6, &address, buffer.baseAddress!, socklen_t(buffer.count))
            return String(cString: buffer.baseAddress!)
        }
        return scope == 0 ? text : "\(text)%\(scope)"
    }
}
