import COpenSSL

/// EVP_PKEY with a public key. It does not change, so that any thread may verify with it.
struct PublicKeyHandle: ~Copyable, @unchecked Sendable {
    // @unchecked: an EVP_PKEY that nobody changes may be used by several threads (EVP_PKEY(3), openssl-threads(7)).
    let pointer: OpaquePointer

    deinit { EVP_PKEY_free(pointer) }

    /// Nil for what cannot be read, or is not all of `encoding`.
    init?(der encoding: UnsafeRawBufferPointer) {
        guard let start = encoding.octets else { return nil }
        var position: UnsafePointer<UInt8>? = start
        guard let pointer = d2i_PUBKEY(nil, &position, encoding.count) else { return nil }
        guard position == start + encoding.count else {
            EVP_PKEY_free(pointer)
            return nil
        }
        self.pointer = pointer
    }

    init?(pem text: UnsafeRawBufferPointer) {
        // Reads in place.
        guard let source = BIO_new_mem_buf(text.baseAddress, Int32(text.count)) else { return nil }
        defer { BIO_free(source) }
        guard let pointer = PEM_read_bio_PUBKEY(source, nil, nil, nil) else { return nil }
        self.pointer = pointer
    }

    /// Throws for a key of another kind, and for one that is too short or too long.
    func kind() throws(CryptoError) -> PublicKey.Kind {
        switch EVP_PKEY_get_base_id(pointer) {
        case EVP_PKEY_RSA:
            let bits = Int(EVP_PKEY_get_bits(pointer))
            guard PublicKey.rsaBitCounts ~= bits else {
                let range = PublicKey.rsaBitCounts
                throw CryptoError(
                    "public key", "RSA with \(bits) bits; \(range.lowerBound) to \(range.upperBound) are taken")
            }
            return .rsa
        case EVP_PKEY_EC:
            return try curve()
        case EVP_PKEY_ED25519:
            return .ed25519
        default:
            let name = EVP_PKEY_get0_type_name(pointer).map { String(cString: $0) } ?? "another kind"
            throw CryptoError("public key", "\(name); RSA, P-256, P-384, P-521 and Ed25519 are taken")
        }
    }

    private func curve() throws(CryptoError) -> PublicKey.Kind {
        var name = [CChar](repeating: 0, count: 64)
        var count = 0
        guard EVP_PKEY_get_group_name(pointer, &name, name.count, &count) == 1 else { throw .openSSL("public key") }
        switch String(decoding: name.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self) {
        case "prime256v1": return .p256
        case "secp384r1": return .p384
        case "secp521r1": return .p521
        case let name: throw CryptoError("public key", "the curve \(name); P-256, P-384 and P-521 are taken")
        }
    }
}
