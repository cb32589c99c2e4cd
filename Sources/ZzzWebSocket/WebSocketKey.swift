import ZzzBase64
import ZzzCrypto

/// Sec-WebSocket-Key and its answer (RFC 6455 section 4.2.2).
public enum WebSocketKey {
    private static let magic = Array("258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8)

    /// The value of Sec-WebSocket-Accept; nil when the hash cannot be computed.
    public static func accept(_ key: String) -> String? {
        guard let digest = try? Digest.sha1.of(Array(key.utf8) + magic) else { return nil }  // nil says so
        return Base64.encode(digest, .standard)
    }

    /// A client's key of 16 random bytes.
    public static func make(_ bytes: [UInt8]) -> String {
        precondition(bytes.count == 16, "a key has 16 bytes (RFC 6455 section 4.1)")
        return Base64.encode(bytes, .standard)
    }

    /// Whether it is 16 bytes in base64.
    static func isValid(_ key: String) -> Bool { key.utf8.count == 24 && Base64.decode(key)?.count == 16 }
}
