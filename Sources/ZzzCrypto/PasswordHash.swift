import COpenSSL

/// Passwords as they are stored: hashed by scrypt (RFC 7914), as text in the PHC string format:
/// `$scrypt$ln=15,r=8,p=3$SALT$HASH`, with salt and hash in Base64 without padding.
///
/// Hashing takes a few tenths of a second on purpose: not for the thread of a loop.
public enum PasswordHash {
    /// The longest password, in bytes.
    public static let maximumPasswordByteCount = 4096
    /// The longest text of a hash, in bytes.
    public static let maximumByteCount = 256

    private static let saltByteCount = 16
    private static let hashByteCount = 32

    /// The text to store for a password.
    public static func make(_ password: RawSpan, cost: ScryptCost = .standard) throws(CryptoError) -> String {
        let salt = try Randomness.bytes(saltByteCount)
        let hash = try compute(password, salt: salt, cost, byteCount: hashByteCount)
        return PHCString(cost: cost, salt: salt, hash: hash).text
    }

    /// Whether `text` was made of this password. Throws when `text` is no such hash, or asks for too much work.
    public static func verify(_ password: RawSpan, _ text: String) throws(CryptoError) -> Bool {
        let stored = try PHCString(text)
        let hash = try compute(password, salt: stored.salt, stored.cost, byteCount: stored.hash.count)
        return ConstantTime.equal(hash.span.bytes, stored.hash.span.bytes)
    }

    /// scrypt itself.
    static func compute(
        _ password: RawSpan, salt: [UInt8], _ cost: ScryptCost, byteCount: Int
    ) throws(CryptoError) -> [UInt8] {
        try cost.check()
        guard password.byteCount <= maximumPasswordByteCount else {
            throw CryptoError(
                "password hash", "a password of \(password.byteCount) bytes; at most \(maximumPasswordByteCount)")
        }
        let context = try KDFContext(Algorithms.shared.scrypt, "password hash")
        var hash = [UInt8](repeating: 0, count: byteCount)
        let status = password.withUnsafeBytes { password in
            salt.withUnsafeBytes { salt in
                hash.withUnsafeMutableBytes { hash in
                    // An empty password has an address too: without one, OpenSSL would say that there is none.
                    withUnsafeBytes(of: 0 as UInt8) { zero in
                        let empty = UnsafeRawBufferPointer(rebasing: zero[..<0])
                        var parameters = Parameters()
                        parameters.add("pass", bytes: password.isEmpty ? empty : password)
                        parameters.add("salt", bytes: salt)
                        parameters.add("n", number: 1 << cost.ln)
                        parameters.add("r", number: cost.r)
                        parameters.add("p", number: cost.p)
                        // As OpenSSL counts: the p blocks too.
                        parameters.add("maxmem_bytes", number: cost.memoryByteCount + 128 * cost.r * (cost.p + 2))
                        return HashingTurns.shared.take { context.derive(&parameters, hash) }
                    }
                }
            }
        }
        guard status == 1 else { throw .openSSL("password hash") }
        return hash
    }
}
