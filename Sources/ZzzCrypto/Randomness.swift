import COpenSSL

/// Bytes that nobody can guess, from OpenSSL's generator (RAND_bytes(3)).
public enum Randomness {
    /// The most bytes of one call.
    public static let maximumByteCount = 1 << 20

    /// Fills `result`.
    public static func fill(_ result: inout MutableRawSpan) throws(CryptoError) {
        guard result.byteCount <= maximumByteCount else {
            throw CryptoError("random", "\(result.byteCount) bytes; at most \(maximumByteCount) at once")
        }
        let status = result.withUnsafeMutableBytes { RAND_bytes($0.bytes, Int32($0.count)) }
        guard status == 1 else { throw .openSSL("random") }
    }

    /// That many random bytes.
    public static func bytes(_ count: Int) throws(CryptoError) -> [UInt8] {
        guard 0...maximumByteCount ~= count else {
            throw CryptoError("random", "\(count) bytes; at most \(maximumByteCount) at once")
        }
        return try [UInt8](count: count) { bytes throws(CryptoError) in try fill(&bytes) }
    }
}
