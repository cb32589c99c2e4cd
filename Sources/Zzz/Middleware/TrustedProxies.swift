/// Believes proxies about who the client is: ``Context/remoteAddress``, ``Context/scheme``, ``Context/host`` and
/// ``Context/port`` are then what the client sees.
///
/// Only what comes from an address in the list is looked at, and the chain of addresses is read from the right, from
/// the nearest proxy on, up to the first address that is not in the list: that is the client, and what is left of it
/// was written by whoever it is. Put it first in the endpoint pipeline.
public struct TrustedProxies: Middleware {
    /// Which fields the proxies set. Choose what they overwrite or append to; fields that they pass on untouched are
    /// written by clients.
    public enum Fields: Sendable {
        /// X-Forwarded-For, -Proto, -Host and -Port.
        case xForwarded
        /// Forwarded (RFC 7239).
        case forwarded
    }

    /// Loopback and the ranges of private networks (RFC 1918, RFC 4193).
    public static let privateNetworks = [
        "127.0.0.0/8", "::1", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/10",
    ]

    private let texts: [String]
    private let ranges: [AddressRange]
    private let fields: Fields
    private let trustsUnixSockets: Bool
    private let believesHost: Bool

    /// - Parameters:
    ///   - addresses: the proxies: "10.0.0.0/8", "2001:db8::/32", "192.0.2.1".
    ///   - fields: what they set.
    ///   - trustsUnixSockets: whether whoever connects over a unix socket is a proxy.
    ///   - believesHost: whether the host and port are taken from the fields too.
    public init(
        _ addresses: [String] = TrustedProxies.privateNetworks, fields: Fields = .xForwarded,
        trustsUnixSockets: Bool = true, believesHost: Bool = true
    ) {
        texts = addresses
        ranges = addresses.compactMap(AddressRange.init)
        self.fields = fields
        self.trustsUnixSockets = trustsUnixSockets
        self.believesHost = believesHost
    }

    public func prepare(_ settings: inout RouteSettings) throws {
        for text in texts where AddressRange(text) == nil { throw StartupError("\"\(text)\" is no range of addresses") }
    }

    public func call(_ context: Context) throws -> Next {
        guard let peer = context.peerAddress, isTrusted(peer) else { return .next }
        switch fields {
        case .xForwarded: readXForwarded(context)
        case .forwarded: readForwarded(context)
        }
        return .next
    }

    private func isTrusted(_ peer: RemoteAddress) -> Bool {
        guard let address = IPAddress(peer.text) else { return trustsUnixSockets && peer.port == 0 }
        return isTrusted(address)
    }

    private func isTrusted(_ address: IPAddress) -> Bool { ranges.contains { $0.contains(address) } }

    /// The client out of a chain of nodes, and how many proxies from the right have written about it.
    private func client(_ nodes: [String]) -> (address: RemoteAddress, hops: Int)? {
        var found: (address: RemoteAddress, hops: Int)?
        for (index, node) in nodes.reversed().enumerated() {
            // "unknown", "_hidden" and nonsense: the last one that made sense is all that is known.
            guard let parsed = Self.node(node) else { break }
            found = (RemoteAddress(text: parsed.text, port: parsed.port), index)
            if !isTrusted(parsed.address) { break }
        }
        return found
    }

    /// "192.0.2.1", "192.0.2.1:80", "[2001:db8::1]:80", "2001:db8::1".
    private static func node(_ node: String) -> (text: String, address: IPAddress, port: Int)? {
        if let address = IPAddress(node) {
            let isBracketed = node.hasPrefix("[")
            return (isBracketed ? String(node.dropFirst().dropLast()) : node, address, 0)
        }
        guard let colon = node.lastIndex(of: ":"), let port = UInt16(node[node.index(after: colon)...]),
            node.hasPrefix("[") || !node[..<colon].contains(":"), let address = IPAddress(node[..<colon])
        else { return nil }
        let name = node[..<colon]
        return (String(name.hasPrefix("[") ? name.dropFirst().dropLast() : name), address, Int(port))
    }

    private func readXForwarded(_ context: Context) {
        func list(_ name: String) -> [String] {
            context.headers.all(name).flatMap { $0.split(separator: ",").map { String($0.trimmingBlanks()) } }
        }
        let client = client(list("x-forwarded-for"))
        // A list there too has one entry for each proxy; a single one was written by the nearest.
        func entry(_ name: String) -> String? {
            let values = list(name)
            let hops = client?.hops ?? 0
            return values.count > hops ? values[values.count - 1 - hops] : values.first
        }
        let port = entry("x-forwarded-port").flatMap { UInt16($0) }
        apply(context, client?.address, proto: entry("x-forwarded-proto"), host: entry("x-forwarded-host"), port: port)
    }

    private func readForwarded(_ context: Context) {
        let lines = context.headers.all("forwarded")
        guard !lines.isEmpty, let field = ForwardedField(lines.joined(separator: ",")) else { return }
        let client = client(field.elements.map { $0.address ?? "unknown" })
        let elements = field.elements
        let element = elements[max(0, elements.count - 1 - (client?.hops ?? 0))]
        apply(context, client?.address, proto: element.proto, host: element.host, port: nil)
    }

    private func apply(
        _ context: Context, _ address: RemoteAddress?, proto: String?, host: String?, port: UInt16?
    ) {
        context.override { overrides in
            if let address { overrides.remoteAddress = address }
            switch proto?.lowercased() {
            case "https": overrides.isSecure = true
            case "http": overrides.isSecure = false
            default: break
            }
            guard believesHost else { return }
            let name = host.flatMap { Self.isAuthority($0) ? $0 : nil } ?? (port == nil ? nil : context.host)
            guard let name, !name.isEmpty else { return }
            let hasPort = name.last != "]" && (name.hasPrefix("[") || name.contains(":"))
            overrides.authority = if let port, !hasPort { "\(name):\(port)" } else { name }
        }
    }

    /// A host and perhaps a port (RFC 9110 section 7.2): no user, no path, nothing to be misled by.
    private static func isAuthority(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 255
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                case _: "-._~:[]".utf8.contains(byte)
                }
            }
    }
}
