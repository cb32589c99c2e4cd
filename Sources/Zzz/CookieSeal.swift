import ZzzBase64

/// How the value of a protected cookie is written: a letter and, in Base64 for URLs (RFC 4648 section 5),
///
/// - "s": until when it is good (8 bytes, big-endian seconds since 1970), the text, and the HMAC-SHA256 of the cookie's
///   name, a zero byte and both;
/// - "e": the sealed box of both, with the cookie's name authenticated.
///
/// So a value is good for nothing but the cookie that it was made for, and not for longer, whatever the browser does.
struct CookieSeal {
    let protection: Cookie.Protection
    let keys: SecretKeys
    let crypto: Crypto

    /// What was found in a value.
    enum Content: Equatable {
        case bytes(ArraySlice<UInt8>)
        /// It was good once.
        case expired
        /// Nobody with the secret has made it, or not for that name.
        case forged
    }

    /// The longest value that is looked at: browsers keep none that is longer.
    private static let maximumByteCount = 4096
    private static let timeByteCount = 8
    private static let codeByteCount = 32

    /// The value for some bytes.
    func value(of bytes: [UInt8], name: String, expiresAtSeconds: Int64) throws -> String {
        var timed: [UInt8] = []
        timed.reserveCapacity(Self.timeByteCount + bytes.count + Self.codeByteCount)
        withUnsafeBytes(of: UInt64(bitPattern: expiresAtSeconds).bigEndian) { timed.append(contentsOf: $0) }
        timed += bytes
        switch protection {
        case .signed:
            timed += try code(of: timed[...], name, keys.signing[0])
            return "s" + Base64.encode(timed)
        case .encrypted:
            return "e" + Base64.encode(
                try crypto.seal(timed, key: keys.sealing[0], authenticating: Array(name.utf8)))
        }
    }

    /// What is in a value.
    func open(_ value: UnsafeRawBufferPointer, name: String, nowSeconds: Int64) throws -> Content {
        guard value.count <= Self.maximumByteCount, value.first == letter,
            let raw = Base64.decode(UnsafeRawBufferPointer(rebasing: value[1...]), .url)
        else { return .forged }
        let opened =
            switch protection {
            case .signed: try verified(raw, name)
            case .encrypted: try decrypted(raw, name)
            }
        guard let opened, opened.count >= Self.timeByteCount else { return .forged }
        let expiresAtSeconds = opened.prefix(Self.timeByteCount).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard Int64(bitPattern: expiresAtSeconds) > nowSeconds else { return .expired }
        return .bytes(opened.dropFirst(Self.timeByteCount))
    }

    private func verified(_ raw: [UInt8], _ name: String) throws -> ArraySlice<UInt8>? {
        let signed = raw.dropLast(Self.codeByteCount)
        let given = Array(raw[signed.endIndex...])
        for key in keys.signing where ConstantTime.equal(given, try code(of: signed, name, key)) { return signed }
        return nil
    }

    private func decrypted(_ raw: [UInt8], _ name: String) throws -> ArraySlice<UInt8>? {
        let context = Array(name.utf8)
        for key in keys.sealing {
            if let text = try crypto.open(raw, key: key, authenticating: context) { return text[...] }
        }
        return nil
    }

    private func code(of signed: ArraySlice<UInt8>, _ name: String, _ key: [UInt8]) throws -> [UInt8] {
        try crypto.authenticationCode(.sha256, key: key, Array(name.utf8) + [0] + signed)
    }

    private var letter: UInt8 {
        switch protection {
        case .signed: UInt8(ascii: "s")
        case .encrypted: UInt8(ascii: "e")
        }
    }
}
