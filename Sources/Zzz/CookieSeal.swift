/// How the value of a protected cookie is written: Base64 for URLs (RFC 4648 section 5) of
///
/// - signed: 1, until when it is good (8 bytes, big-endian seconds since 1970), the text, and the HMAC-SHA256 of the
///   cookie's name, a zero byte and all of that;
/// - encrypted: 2, and the sealed box of the time and the text, with the 2 and the cookie's name authenticated.
///
/// So a value is good for nothing but the cookie that it was made for, and not for longer, whatever the browser does.
struct CookieSeal {
    let protection: Cookie.Protection
    let keys: SecretKeys
    let crypto: Crypto

    /// What was found in a value.
    enum Content: Equatable {
        case bytes([UInt8])
        /// It was good once.
        case expired
        /// Nobody with the secret has made it, or not for that name.
        case forged
    }

    /// The longest value that is looked at: browsers keep none that is longer.
    private static let maximumByteCount = 4096
    private static let codeByteCount = 32

    /// The value for some bytes.
    func value(of bytes: [UInt8], name: String, expiresAtSeconds: Int64) throws -> String {
        var timed = [UInt8]()
        timed.reserveCapacity(1 + 8 + bytes.count + Self.codeByteCount)
        timed.append(protection.mark)
        withUnsafeBytes(of: UInt64(bitPattern: expiresAtSeconds).bigEndian) { timed.append(contentsOf: $0) }
        timed += bytes
        switch protection {
        case .signed:
            timed += try code(of: timed, name, keys.signing[0])
            return Base64.encode(timed)
        case .encrypted:
            let text = Array(timed.dropFirst())
            let box = try crypto.seal(text, key: keys.sealing[0], authenticating: authenticated(name))
            return Base64.encode([protection.mark] + box)
        }
    }

    /// What is in a value.
    func open(_ value: UnsafeRawBufferPointer, name: String, nowSeconds: Int64) throws -> Content {
        guard value.count <= Self.maximumByteCount, let raw = Base64.decode(value, .url), raw.first == protection.mark
        else { return .forged }
        let opened =
            switch protection {
            case .signed: try verified(raw, name)
            case .encrypted: try decrypted(raw, name)
            }
        guard let opened, opened.count >= 8 else { return .forged }
        let expiresAtSeconds = opened.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard Int64(bitPattern: expiresAtSeconds) > nowSeconds else { return .expired }
        return .bytes(Array(opened.dropFirst(8)))
    }

    private func verified(_ raw: [UInt8], _ name: String) throws -> ArraySlice<UInt8>? {
        guard raw.count > Self.codeByteCount else { return nil }
        let signed = Array(raw.dropLast(Self.codeByteCount))
        let given = Array(raw.suffix(Self.codeByteCount))
        for key in keys.signing where ConstantTime.equal(given, try code(of: signed, name, key)) {
            return signed.dropFirst()
        }
        return nil
    }

    private func decrypted(_ raw: [UInt8], _ name: String) throws -> ArraySlice<UInt8>? {
        let box = Array(raw.dropFirst())
        for key in keys.sealing {
            if let text = try crypto.open(box, key: key, authenticating: authenticated(name)) { return text[...] }
        }
        return nil
    }

    private func code(of signed: [UInt8], _ name: String, _ key: [UInt8]) throws -> [UInt8] {
        try crypto.authenticationCode(.sha256, key: key, Array(name.utf8) + [0] + signed)
    }

    private func authenticated(_ name: String) -> [UInt8] { [protection.mark] + name.utf8 }
}

extension Cookie.Protection {
    fileprivate var mark: UInt8 {
        switch self {
        case .signed: 1
        case .encrypted: 2
        }
    }
}
