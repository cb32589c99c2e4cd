import COpenSSL

/// A key that signatures are verified with: RSA of 2048 to 8192 bits, an elliptic curve's (P-256, P-384, P-521), or
/// Ed25519.
public final class PublicKey: Sendable {
    public enum Kind: UInt32, Sendable {
        case rsa = 1
        case p256
        case p384
        case p521
        case ed25519
    }

    /// The longest encoding, in bytes.
    public static let maximumByteCount = 16 << 10
    /// RFC 7518 section 3.3 asks for 2048 bits; beyond 8192 one signature would take milliseconds.
    public static let rsaBitCounts = 2048...8192

    public let kind: Kind
    private let handle: PublicKeyHandle

    /// From a SubjectPublicKeyInfo (RFC 5280 section 4.1) in DER, and nothing behind it.
    public convenience init(der: RawSpan) throws(CryptoError) {
        try Self.check(der)
        try self.init(der.withUnsafeBytes { PublicKeyHandle(der: $0) })
    }

    /// From the first "PUBLIC KEY" of a PEM text (RFC 7468 section 13).
    public convenience init(pem: RawSpan) throws(CryptoError) {
        try Self.check(pem)
        try self.init(pem.withUnsafeBytes { PublicKeyHandle(pem: $0) })
    }

    private init(_ handle: consuming PublicKeyHandle?) throws(CryptoError) {
        guard let handle else { throw .openSSL("public key", isArgument: true) }
        kind = try handle.kind()
        self.handle = handle
    }

    private static func check(_ encoding: RawSpan) throws(CryptoError) {
        guard 1...maximumByteCount ~= encoding.byteCount else {
            throw CryptoError("public key", "\(encoding.byteCount) bytes; 1 to \(maximumByteCount) are read")
        }
    }

    /// Whether the signature is of this key's owner, over `data`.
    ///
    /// False also when the algorithm is for another kind of key: no text can talk a verifier into another meaning of
    /// its key. ECDSA signatures are r and s in a row, at the curve's full length (RFC 7518 section 3.4).
    public func verify(
        _ algorithm: SignatureAlgorithm, signature: RawSpan, _ data: RawSpan
    ) throws(CryptoError) -> Bool {
        guard algorithm.keyKind == kind else { return false }
        let context = try VerificationContext()
        let isValid = signature.withUnsafeBytes { signature in
            data.withUnsafeBytes { data in
                context.verify(algorithm, handle, kind: kind, signature, data)
            }
        }
        // A signature that does not fit leaves its reason in the queue.
        ERR_clear_error()
        return isValid
    }
}

/// EVP_MD_CTX
private struct VerificationContext: ~Copyable {
    private let pointer: OpaquePointer

    init() throws(CryptoError) {
        guard let pointer = EVP_MD_CTX_new() else { throw .openSSL("verify") }
        self.pointer = pointer
    }

    deinit { EVP_MD_CTX_free(pointer) }

    func verify(
        _ algorithm: SignatureAlgorithm, _ key: borrowing PublicKeyHandle, kind: PublicKey.Kind,
        _ signature: UnsafeRawBufferPointer, _ data: UnsafeRawBufferPointer
    ) -> Bool {
        // Owned by the context.
        var keyContext: OpaquePointer?
        guard EVP_DigestVerifyInit(pointer, &keyContext, algorithm.digest?.implementation, nil, key.pointer) == 1
        else { return false }
        if algorithm.isPSS {
            // The salt is as long as the digest (RFC 7518 section 3.5), and MGF1 uses the same one by default.
            guard EVP_PKEY_CTX_set_rsa_padding(keyContext, RSA_PKCS1_PSS_PADDING) == 1,
                EVP_PKEY_CTX_set_rsa_pss_saltlen(keyContext, RSA_PSS_SALTLEN_DIGEST) == 1
            else { return false }
        }
        guard let byteCount = kind.coordinateByteCount else { return verify(signature, data) }
        guard signature.count == 2 * byteCount else { return false }
        return ECDSASignature.der(signature, byteCount).withUnsafeBytes { !$0.isEmpty && verify($0, data) }
    }

    private func verify(_ signature: UnsafeRawBufferPointer, _ data: UnsafeRawBufferPointer) -> Bool {
        EVP_DigestVerify(pointer, signature.octets, signature.count, data.octets, data.count) == 1
    }
}

extension PublicKey.Kind {
    /// How many bytes r and s have each; nil for what is no elliptic curve's ECDSA.
    fileprivate var coordinateByteCount: Int? {
        switch self {
        case .p256: 32
        case .p384: 48
        case .p521: 66
        case .rsa, .ed25519: nil
        }
    }
}

private enum ECDSASignature {
    /// ECDSA-Sig-Value (RFC 3279 section 2.2.3) of r and s; empty when OpenSSL fails.
    static func der(_ signature: UnsafeRawBufferPointer, _ byteCount: Int) -> [UInt8] {
        guard let value = ECDSA_SIG_new() else { return [] }
        defer { ECDSA_SIG_free(value) }
        let r = BN_bin2bn(signature.octets, Int32(byteCount), nil)
        let s = BN_bin2bn(signature.octets! + byteCount, Int32(byteCount), nil)
        // Takes both over when it succeeds.
        guard ECDSA_SIG_set0(value, r, s) == 1 else {
            BN_free(r)
            BN_free(s)
            return []
        }
        let count = i2d_ECDSA_SIG(value, nil)
        guard count > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, written in
            var end = buffer.baseAddress
            written = Int(i2d_ECDSA_SIG(value, &end))
        }
    }
}
