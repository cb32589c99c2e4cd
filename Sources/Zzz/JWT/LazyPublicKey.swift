import Synchronization

/// A public key that the daemon reads when it is first used, and then keeps.
final class LazyPublicKey: Sendable {
    enum Encoding: Sendable {
        case der([UInt8])
        case pem(String)
    }

    let encoding: Encoding
    private let key = AtomicLazyReference<PublicKey>()

    init(_ encoding: Encoding) { self.encoding = encoding }

    /// The key, read by the first call. Throws for one that cannot be read.
    func load(_ crypto: Crypto) throws -> PublicKey {
        if let key = key.load() { return key }
        let read =
            switch encoding {
            case .der(let bytes): try crypto.publicKey(der: bytes)
            case .pem(let text): try crypto.publicKey(pem: text)
            }
        return key.storeIfNil(read)
    }
}

extension JWTKey {
    /// Whether the signature was made with this key, or with the private one that goes with it.
    func verifies(
        _ signature: [UInt8], of signed: [UInt8], _ algorithm: JWTAlgorithm, _ crypto: Crypto
    ) throws -> Bool {
        switch material {
        case .secret(let secret):
            return ConstantTime.equal(signature, try code(of: signed, secret, algorithm, crypto))
        case .publicKey(let key):
            guard let algorithm = algorithm.signature else { return false }
            return try key.load(crypto).verify(algorithm, signature: signature, data: signed)
        }
    }

    /// HMAC with the algorithm's digest.
    func code(of signed: [UInt8], _ secret: [UInt8], _ algorithm: JWTAlgorithm, _ crypto: Crypto) throws -> [UInt8] {
        guard let digest = algorithm.digest else { throw MisuseError("\(algorithm.rawValue) takes no secret") }
        return try crypto.authenticationCode(digest, key: secret, signed)
    }

    /// Reads a public key beforehand.
    func prepare(_ crypto: Crypto) throws {
        if case .publicKey(let key) = material { _ = try key.load(crypto) }
    }
}
