/// Version 1, a line: `PROXY TCP4 192.0.2.1 198.51.100.1 56324 443` (section 2.1).
extension ProxyHeader {
    /// Bytes of the longest line, with its CRLF.
    private static var longestLine: Int { 107 }

    static func parseText(_ bytes: Span<UInt8>) -> Outcome {
        let searched = min(bytes.count, longestLine)
        guard let feed = (0..<searched).first(where: { bytes[$0] == UInt8(ascii: "\n") }) else {
            return bytes.count < longestLine ? .incomplete : .malformed
        }
        guard bytes[feed - 1] == UInt8(ascii: "\r") else { return .malformed }
        let line = (0..<feed - 1).map { bytes[$0] }
        // It tells nothing, whatever is behind the word.
        if line.starts(with: "PROXY UNKNOWN ".utf8) || line.elementsEqual("PROXY UNKNOWN".utf8) {
            return .header(ProxyHeader(source: nil, length: feed + 1))
        }
        guard line.allSatisfy({ (0x20...0x7E).contains($0) }) else { return .malformed }
        let words = String(decoding: line, as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 6, let source = address(words[1], words[2], words[4]),
            address(words[1], words[3], words[5]) != nil
        else { return .malformed }
        return .header(ProxyHeader(source: source, length: feed + 1))
    }

    private static func address(_ family: Substring, _ host: Substring, _ port: Substring) -> SocketAddress? {
        // "Heading zeroes are not permitted in front of numbers", and UInt16.init would take a sign.
        guard port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), port == "0" || !port.hasPrefix("0"),
            let number = UInt16(port)
        else { return nil }
        switch family {
        case "TCP4": return SocketAddress.ipv4(host, number)
        case "TCP6" where !host.contains("%"): return SocketAddress.ipv6(host, number)
        default: return nil
        }
    }
}
