import Glibc

/// Where a listener listens: `127.0.0.1:8080`, `[::1]:8080` or `unix:/run/zzz/http.sock`.
///
/// Names are not looked up: a listener must not depend on a resolver, and a name can mean several addresses.
public enum ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// An IPv4 address in dotted form and a TCP port; port 0 lets the kernel choose one.
    case ipv4(host: String, port: UInt16)
    /// An IPv6 address without its brackets and a TCP port; port 0 lets the kernel choose one.
    case ipv6(host: String, port: UInt16)
    /// The absolute path of a unix stream socket.
    case unix(path: String)

    /// The longest path a unix socket can have, in bytes: `sun_path` has 108 and ends in a NUL (unix(7)).
    public static let longestUnixPath = 107

    /// The address as the configuration writes it.
    public var description: String {
        switch self {
        case .ipv4(let host, let port): "\(host):\(port)"
        case .ipv6(let host, let port): "[\(host)]:\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }

    /// Why a text is not a listen address, with what to write instead.
    public struct Problem: Error, Equatable, CustomStringConvertible {
        /// One clause without a full stop.
        public let description: String
    }

    /// Reads an address as the configuration writes it.
    public init(_ text: String) throws(Problem) {
        if text.hasPrefix("unix:") {
            self = .unix(path: try Self.unixPath(String(text.dropFirst("unix:".count))))
            return
        }
        guard let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") else {
            throw Problem(description: "has no port; write \"ADDRESS:PORT\" or \"unix:/PATH\"")
        }
        let host = String(text[..<colon])
        guard let port = Self.port(text[text.index(after: colon)...]) else {
            throw Problem(description: "has no port from 0 to 65535 after its last colon")
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            let inner = String(host.dropFirst().dropLast())
            guard Self.isAddress(inner, family: AF_INET6) else {
                throw Problem(description: "has no valid IPv6 address between its brackets")
            }
            self = .ipv6(host: inner, port: port)
        } else if Self.isAddress(host, family: AF_INET) {
            self = .ipv4(host: host, port: port)
        } else {
            throw Problem(description: Self.advice(host: host, port: port))
        }
    }

    private static func advice(host: String, port: UInt16) -> String {
        switch host {
        case "": "names no address; write \"0.0.0.0:\(port)\" or \"[::]:\(port)\" for all of them"
        case "*": "names no address; write \"0.0.0.0:\(port)\" or \"[::]:\(port)\" for all of them"
        case "localhost": "is a name; write \"127.0.0.1:\(port)\" or \"[::1]:\(port)\""
        case let host where isAddress(host, family: AF_INET6):
            "needs brackets around an IPv6 address: \"[\(host)]:\(port)\""
        default: "is not an IP address (names are not looked up)"
        }
    }

    private static func unixPath(_ path: String) throws(Problem) -> String {
        guard path.hasPrefix("/") else {
            throw Problem(description: "needs an absolute path after \"unix:\"")
        }
        guard path.utf8.count <= longestUnixPath else {
            throw Problem(description: "is longer than the \(longestUnixPath) bytes a unix socket's path can have")
        }
        return path
    }

    private static func port(_ text: Substring) -> UInt16? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        return UInt16(text)
    }

    static func isAddress(_ text: String, family: Int32) -> Bool {
        var bytes = in6_addr()
        return inet_pton(family, text, &bytes) == 1
    }
}
