import COpenSSL

/// HKDF with SHA-256 (RFC 5869): any number of keys out of one secret, one for each purpose. It stretches nothing: the
/// secret must be hard to guess. For passwords there is ``PasswordHash``.
public enum KeyDerivation {
    /// The most bytes that one derivation makes (RFC 5869 section 2.3).
    public static let maximumByteCount = 255 * 32

    /// Fills `result`.
    /// - Parameters:
    ///   - secret: the key that others are made of, not empty.
    ///   - purpose: what the new key is for: "info" in the RFC. Another purpose, another key.
    ///   - salt: may be empty.
    public static func derive(
        from secret: RawSpan, purpose: RawSpan, salt: RawSpan, into result: inout MutableRawSpan
    ) throws(CryptoError) {
        guard !secret.isEmpty else { throw CryptoError("key derivation", "the secret is empty") }
        guard 1...maximumByteCount ~= result.byteCount else {
            throw CryptoError("key derivation", "\(result.byteCount) bytes; 1 to \(maximumByteCount) can be made")
        }
        let context = try KDFContext(Algorithms.shared.hkdf, "key derivation")
        let status = secret.withUnsafeBytes { secret in
            purpose.withUnsafeBytes { purpose in
                salt.withUnsafeBytes { salt in
                    result.withUnsafeMutableBytes { result in
                        var parameters = Parameters()
                        parameters.add("digest", text: "SHA256")
                        parameters.add("key", bytes: secret)
                        if !purpose.isEmpty { parameters.add("info", bytes: purpose) }
                        if !salt.isEmpty { parameters.add("salt", bytes: salt) }
                        return context.derive(&parameters, result)
                    }
                }
            }
        }
        guard status == 1 else { throw .openSSL("key derivation") }
    }

    /// A key of `byteCount` bytes.
    public static func derive(
        from secret: [UInt8], purpose: String, salt: [UInt8] = [], byteCount: Int
    ) throws(CryptoError) -> [UInt8] {
        guard 1...maximumByteCount ~= byteCount else {
            throw CryptoError("key derivation", "\(byteCount) bytes; 1 to \(maximumByteCount) can be made")
        }
        let purpose = Array(purpose.utf8)
        return try [UInt8](count: byteCount) { key throws(CryptoError) in
            try derive(from: secret.span.bytes, purpose: purpose.span.bytes, salt: salt.span.bytes, into: &key)
        }
    }
}

/// EVP_KDF_CTX
struct KDFContext: ~Copyable {
    private let pointer: OpaquePointer

    init(_ algorithm: OpaquePointer?, _ operation: String) throws(CryptoError) {
        guard let pointer = EVP_KDF_CTX_new(algorithm) else { throw .openSSL(operation) }
        self.pointer = pointer
    }

    deinit { EVP_KDF_CTX_free(pointer) }

    /// 1 for success.
    func derive(_ parameters: inout Parameters, _ result: UnsafeMutableRawBufferPointer) -> Int32 {
        parameters.use { EVP_KDF_derive(pointer, result.bytes, result.count, $0) }
    }
}
