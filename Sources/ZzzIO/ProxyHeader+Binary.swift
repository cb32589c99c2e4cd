/// Version 2, in binary (section 2.2): the signature, version and command, family and transport, the length of the
/// rest; then the addresses, and values with types and lengths, of which none is needed here.
extension ProxyHeader {
    private static var fixedBytes: Int { 16 }

    static func parseBinary(_ bytes: Span<UInt8>, limit: Int) -> Outcome {
        guard bytes.count >= fixedBytes else { return .incomplete }
        let (version, command) = (bytes[12] >> 4, bytes[12] & 0xF)
        guard version == 2, command <= 1 else { return .malformed }
        let length = fixedBytes + Int(bytes.number(at: 14, bytes: 2))
        guard length <= limit else { return .tooLarge }
        guard bytes.count >= length else { return .incomplete }
        // LOCAL: the connection is the balancer's own, and the rest says nothing.
        if command == 0 { return .header(ProxyHeader(source: nil, length: length)) }
        let (family, transport) = (bytes[13] >> 4, bytes[13] & 0xF)
        guard family <= 3, transport <= 2 else { return .malformed }
        // UNSPEC in either: the balancer cannot say.
        if family == 0 || transport == 0 { return .header(ProxyHeader(source: nil, length: length)) }
        let addressBytes = [12, 36, 216][Int(family) - 1]
        guard areValuesWhole(bytes, from: fixedBytes + addressBytes, to: length) else { return .malformed }
        return .header(ProxyHeader(source: source(bytes, family), length: length))
    }

    /// The source's address, the destination's, the two ports; or two paths of 108 bytes.
    private static func source(_ bytes: Span<UInt8>, _ family: UInt8) -> SocketAddress {
        switch family {
        case 1:
            let address = UInt32(bytes.number(at: 16, bytes: 4))
            return SocketAddress(.ipv4(address: address, port: UInt16(bytes.number(at: 24, bytes: 2))))
        case 2:
            let (high, low) = (bytes.number(at: 16, bytes: 8), bytes.number(at: 24, bytes: 8))
            return SocketAddress(
                .ipv6(high: high, low: low, port: UInt16(bytes.number(at: 48, bytes: 2)), scope: 0))
        default:
            return unix((16..<16 + 108).map { bytes[$0] })
        }
    }

    /// As in sockaddr_un (unix(7)), and filled up with zeros.
    private static func unix(_ name: [UInt8]) -> SocketAddress {
        if name[0] != 0 { return SocketAddress(.unix(path: String(decoding: name.prefix { $0 != 0 }, as: UTF8.self))) }
        guard let last = name.lastIndex(where: { $0 != 0 }) else { return SocketAddress(.unnamed) }
        return SocketAddress(.abstract(name: String(decoding: name[1...last], as: UTF8.self)))
    }

    /// Whether the values end where the header does. Each has a type, two bytes of length, and so many bytes.
    private static func areValuesWhole(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Bool {
        var position = start
        while position < end {
            guard end - position >= 3 else { return false }
            position += 3 + Int(bytes.number(at: position + 1, bytes: 2))
        }
        return position == end
    }
}

extension Span<UInt8> {
    /// A number in network byte order.
    fileprivate func number(at position: Int, bytes count: Int) -> UInt64 {
        (position..<position + count).reduce(0) { $0 << 8 | UInt64(self[$1]) }
    }
}
