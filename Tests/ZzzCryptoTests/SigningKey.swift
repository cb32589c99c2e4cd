import COpenSSL

/// A private key that signs as tokens are signed, by OpenSSL.
final class SigningKey: @unchecked Sendable {
    // @unchecked: constant once it is made.
    private let pointer: OpaquePointer

    struct Failure: Error {}

    enum Kind {
        case rsa(bits: Int32)
        case curve(String)
        case ed25519
    }

    init(_ kind: Kind) throws {
        let name =
            switch kind {
            case .rsa: "RSA"
            case .curve: "EC"
            case .ed25519: "ED25519"
            }
        guard let context = EVP_PKEY_CTX_new_from_name(nil, name, nil) else { throw Failure() }
        defer { EVP_PKEY_CTX_free(context) }
        guard EVP_PKEY_keygen_init(context) == 1 else { throw Failure() }
        switch kind {
        case .rsa(let bits):
            guard EVP_PKEY_CTX_set_rsa_keygen_bits(context, bits) == 1 else { throw Failure() }
        case .curve(let name):
            guard EVP_PKEY_CTX_set_group_name(context, name) == 1 else { throw Failure() }
        case .ed25519:
            break
        }
        var key: OpaquePointer?
        guard EVP_PKEY_generate(context, &key) == 1, let key else { throw Failure() }
        pointer = key
    }

    deinit { EVP_PKEY_free(pointer) }

    /// The public key as a SubjectPublicKeyInfo.
    var der: [UInt8] {
        var bytes: UnsafeMutablePointer<UInt8>?
        let count = i2d_PUBKEY(pointer, &bytes)
        defer { CRYPTO_free(bytes, nil, 0) }
        return Array(UnsafeBufferPointer(start: bytes, count: Int(count)))
    }

    var pem: String {
        let output = BIO_new(BIO_s_mem())
        defer { BIO_free(output) }
        PEM_write_bio_PUBKEY(output, pointer)
        var text = [UInt8](repeating: 0, count: 16 << 10)
        let count = BIO_read(output, &text, Int32(text.count))
        return String(decoding: text.prefix(Int(count)), as: UTF8.self)
    }

    /// - Parameter digest: "SHA256"; nil for Ed25519.
    func sign(_ data: [UInt8], _ digest: String?, pssSaltByteCount: Int32? = nil) throws -> [UInt8] {
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        var keyContext: OpaquePointer?
        let hash = digest.flatMap { EVP_get_digestbyname($0) }
        guard EVP_DigestSignInit(context, &keyContext, hash, nil, pointer) == 1 else { throw Failure() }
        if let pssSaltByteCount {
            guard EVP_PKEY_CTX_set_rsa_padding(keyContext, RSA_PKCS1_PSS_PADDING) == 1,
                EVP_PKEY_CTX_set_rsa_pss_saltlen(keyContext, pssSaltByteCount) == 1
            else { throw Failure() }
        }
        var count = 2048
        var signature = [UInt8](repeating: 0, count: count)
        guard EVP_DigestSign(context, &signature, &count, data, data.count) == 1 else { throw Failure() }
        return Array(signature.prefix(count))
    }

    /// r and s in a row, each of that many bytes.
    func signRaw(_ data: [UInt8], _ digest: String, _ byteCount: Int) throws -> [UInt8] {
        let encoded = try sign(data, digest)
        var position: UnsafePointer<UInt8>?
        return try encoded.withUnsafeBufferPointer { encoded in
            position = encoded.baseAddress
            guard let value = d2i_ECDSA_SIG(nil, &position, encoded.count) else { throw Failure() }
            defer { ECDSA_SIG_free(value) }
            var result = [UInt8](repeating: 0, count: 2 * byteCount)
            let status = result.withUnsafeMutableBufferPointer { result in
                BN_bn2binpad(ECDSA_SIG_get0_r(value), result.baseAddress, Int32(byteCount))
                    + BN_bn2binpad(ECDSA_SIG_get0_s(value), result.baseAddress! + byteCount, Int32(byteCount))
            }
            guard status == Int32(2 * byteCount) else { throw Failure() }
            return result
        }
    }
}
