import COpenSSL

/// Comparison whose time does not tell how much of a secret was right.
public enum ConstantTime {
    /// Whether two byte strings are the same. The time follows from their lengths alone.
    public static func equal(_ left: RawSpan, _ right: RawSpan) -> Bool {
        guard left.byteCount == right.byteCount else { return false }
        guard !left.isEmpty else { return true }
        return left.withUnsafeBytes { left in
            right.withUnsafeBytes { right in CRYPTO_memcmp(left.baseAddress, right.baseAddress, left.count) == 0 }
        }
    }
}
