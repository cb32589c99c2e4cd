/// What requests have in common that are counted or kept together: a client's address, a token, a user.
public struct RequestKey: Sendable {
    private let value: @Sendable (Context) throws -> String?

    /// - Parameter value: makes the key of a request: the id of a user, say. Nil: the request is not counted or kept.
    public init(_ value: @escaping @Sendable (Context) throws -> String?) {
        self.value = { context in try value(context).map { "=\($0)" } }
    }

    private init(_ value: @escaping @Sendable (Context) -> String) { self.value = value }

    /// The client's address as ``Context/remoteAddress`` has it. IPv6 addresses count by their first 64 bits, since
    /// whoever has one has all of that network's. Clients of a unix socket are one.
    public static let remoteAddress = RequestKey { context -> String in "@" + network(context.remoteAddress) }

    private static func network(_ remote: RemoteAddress?) -> String {
        guard let text = remote?.text else { return "" }
        // An IPv4 address is written in one way only.
        guard text.utf8.contains(UInt8(ascii: ":")) else { return text }
        guard let address = IPAddress(text) else { return "" }
        if address.bytes.count == 4 { return address.bytes.map { "\($0)" }.joined(separator: ".") }
        return address.bytes.prefix(8).hexadecimal
    }

    /// The value of a field, `Authorization` or an API key; without it, the client's address. What anybody can make
    /// up is no key: check it first.
    public static func header(_ name: String) -> RequestKey {
        RequestKey { context -> String in
            let values = context.headers.all(name)
            return values.isEmpty ? remoteAddress.made(context) : ":" + values.joined(separator: ",")
        }
    }

    private func made(_ context: Context) -> String { (try? value(context)) ?? "@" }

    /// The key, not longer than a key of the store may be.
    func text(_ context: Context) throws -> String? {
        guard let text = try value(context) else { return nil }
        guard text.utf8.count > 128 else { return text }
        return try "#" + context.crypto.digest(.sha256, text).hexadecimal
    }
}

extension Collection<UInt8> {
    /// Two digits for each byte.
    var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(unsafeUninitializedCapacity: 2 * count) { room in
            for (index, byte) in enumerated() {
                room[2 * index] = digits[Int(byte >> 4)]
                room[2 * index + 1] = digits[Int(byte & 15)]
            }
            return 2 * count
        }
    }
}
