import CLinux
import Glibc

extension SocketAddress {
    /// Reads `127.0.0.1:8080`, `[::1]:8443`, `[fe80::1%2]:80`, `*:80` (every address, IPv6 and IPv4),
    /// `unix:/run/x.sock` or `unix:@name` (abstract). Port 0 lets the kernel choose.
    /// - Throws: a `SystemError` with errno 0 whose subject quotes the text and says what is wrong with it.
    public static func parse(_ text: String) throws(SystemError) -> SocketAddress {
        func refuse(_ reason: String) -> SystemError {
            SystemError(operation: "address", errno: 0, subject: "\"\(text)\": \(reason)")
        }
        if text.utf8.contains(0) { throw refuse("a NUL byte") }
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard let address = unixAddress(path) else {
                throw refuse(path.isEmpty || path == "@" ? "no path after unix:" : "a path of more than 107 bytes")
            }
            return address
        }
        guard let colon = text.lastIndex(of: ":") else {
            throw refuse("no port; write ADDRESS:PORT, or unix:PATH for a unix socket")
        }
        let host = text[..<colon]
        let digits = text[text.index(after: colon)...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let port = UInt16(digits) else {
            throw refuse("the port must be a number from 0 to 65535")
        }
        if host == "*" { return SocketAddress(wildcardPort: port) }
        if host.hasPrefix("[") {
            guard host.hasSuffix("]"), let address = ipv6(host.dropFirst().dropLast(), port) else {
                throw refuse("not an IPv6 address in brackets")
            }
            return address
        }
        if host.contains(":") { throw refuse("an IPv6 address goes in brackets, as in [::1]:8080") }
        guard let address = ipv4(host, port) else {
            throw refuse("not an IP address; names are not looked up, and * stands for every address")
        }
        return address
    }

    private static func unixAddress(_ path: String) -> SocketAddress? {
        // sun_path has 108 bytes, of which a path's NUL or an abstract name's leading NUL takes one (unix(7)).
        guard !path.isEmpty, path != "@", path.utf8.count - (path.hasPrefix("@") ? 1 : 0) <= 107 else { return nil }
        return SocketAddress(path.hasPrefix("@") ? .abstract(name: String(path.dropFirst())) : .unix(path: path))
    }

    static func ipv4(_ host: Substring, _ port: UInt16) -> SocketAddress? {
        var address = in_addr()
        guard inet_pton(AF_INET, String(host), &address) == 1 else { return nil }
        return SocketAddress(.ipv4(address: UInt32(bigEndian: address.s_addr), port: port))
    }

    static func ipv6(_ host: Substring, _ port: UInt16) -> SocketAddress? {
        let parts = host.split(separator: "%", omittingEmptySubsequences: false)
        guard parts.count <= 2 else { return nil }
        var scope: UInt32 = 0
        if parts.count == 2 {
            scope = UInt32(parts[1]) ?? if_nametoindex(String(parts[1]))
            if scope == 0 { return nil }
        }
        var address = in6_addr()
        guard inet_pton(AF_INET6, String(parts[0]), &address) == 1 else { return nil }
        return withUnsafeBytes(of: address) { bytes in
            SocketAddress(
                .ipv6(
                    high: UInt64(bigEndian: bytes.load(as: UInt64.self)),
                    low: UInt64(bigEndian: bytes.load(fromByteOffset: 8, as: UInt64.self)),
                    port: port, scope: scope))
        }
    }
}
