import Glibc

/// An IPv4 or IPv6 address. An IPv4 address within IPv6 (`::ffff:192.0.2.1`) is the IPv4 address.
struct IPAddress: Hashable, Sendable {
    /// 4 or 16 bytes.
    let bytes: [UInt8]

    /// Parses "192.0.2.1", "2001:db8::1" and "[2001:db8::1]" (inet_pton(3)); nil for anything else.
    init?(_ text: some StringProtocol) {
        var name = String(text)
        if name.hasPrefix("["), name.hasSuffix("]") { name = String(name.dropFirst().dropLast()) }
        var storage = [UInt8](repeating: 0, count: 16)
        guard !name.utf8.contains(0) else { return nil }
        if inet_pton(AF_INET, name, &storage) == 1 {
            bytes = Array(storage.prefix(4))
        } else if inet_pton(AF_INET6, name, &storage) == 1 {
            let isMapped = storage.prefix(10).allSatisfy { $0 == 0 } && storage[10] == 0xFF && storage[11] == 0xFF
            bytes = isMapped ? Array(storage.suffix(4)) : storage
        } else {
            return nil
        }
    }
}

/// Addresses that begin with the same bits: "10.0.0.0/8", "2001:db8::/32", or one address.
struct AddressRange: Hashable, Sendable {
    let address: IPAddress
    let prefixBits: Int

    /// Nil when it is no range (RFC 4632 section 3.1).
    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = IPAddress(parts[0]) else { return nil }
        self.address = address
        let most = address.bytes.count * 8
        guard parts.count == 2 else {
            prefixBits = most
            return
        }
        guard parts[1].utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let bits = Int(parts[1]), bits <= most else {
            return nil
        }
        prefixBits = bits
    }

    func contains(_ other: IPAddress) -> Bool {
        guard other.bytes.count == address.bytes.count else { return false }
        let whole = prefixBits / 8
        guard other.bytes.prefix(whole).elementsEqual(address.bytes.prefix(whole)) else { return false }
        let rest = prefixBits % 8
        guard rest > 0 else { return true }
        let mask = UInt8.max << UInt8(8 - rest)
        return other.bytes[whole] & mask == address.bytes[whole] & mask
    }
}
