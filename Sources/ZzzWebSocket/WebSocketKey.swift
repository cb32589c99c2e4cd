import ZzzCrypto

/// Sec-WebSocket-Key and its answer (RFC 6455 section 4.2.2).
public enum WebSocketKey {
    private static let magic = Array("258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8)

    /// The value of Sec-WebSocket-Accept; nil when the hash cannot be computed.
    public static func accept(_ key: String) -> String? {
        guard let digest = try? Digest.sha1.of(Array(key.utf8) + magic) else { return nil }  // nil says so
        return base64(digest)
    }

    /// A client's key of 16 random bytes.
    public static func make(_ bytes: [UInt8]) -> String {
        precondition(bytes.count == 16, "a key has 16 bytes (RFC 6455 section 4.1)")
        return base64(bytes)
    }

    /// Whether it is 16 bytes in base64.
    static func isValid(_ key: String) -> Bool {
        let bytes = Array(key.utf8)
        guard bytes.count == 24, bytes[22] == UInt8(ascii: "="), bytes[23] == UInt8(ascii: "=") else { return false }
        return bytes[..<22].allSatisfy(alphabet.contains)
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// RFC 4648 section 4.
    private static func base64(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let piece = bytes[start..<min(start + 3, bytes.count)]
            var bits = piece.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            bits <<= UInt32(3 - piece.count) * 8
            for place in 0..<4 {
                let digit = alphabet[Int(bits >> UInt32(18 - place * 6) & 63)]
                text.append(place <= piece.count ? digit : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
