import Synchronization

/// A key that tokens are verified with, and the algorithms that it is for: a token cannot choose another one.
public struct JWTKey: Sendable {
    /// Its name, which a token says in "kid".
    public let id: String?
    /// What it may be used for.
    public let algorithms: Set<JWTAlgorithm>
    let material: Material

    enum Material: Sendable {
        case secret([UInt8])
        case publicKey(LazyPublicKey)
    }

    /// A secret that both sides know, for HS256 and its like: with at least as many bytes as the digest has, 32 for
    /// HS256 (RFC 7518 section 3.2). Throws ``StartupError`` for fewer, and for a public key, which everybody knows.
    public init(secret: [UInt8], algorithms: Set<JWTAlgorithm> = [.hs256], id: String? = nil) throws {
        guard !algorithms.isEmpty, algorithms.isSubset(of: JWTAlgorithm.symmetric) else {
            throw StartupError("a secret is for HS256, HS384 and HS512")
        }
        let least = algorithms.compactMap(\.digest?.byteCount).max() ?? 0
        guard secret.count >= least else {
            throw StartupError("a secret has \(secret.count) bytes: \(Self.names(algorithms)) needs \(least)")
        }
        guard !String(decoding: secret.prefix(64), as: UTF8.self).contains("-----BEGIN") else {
            throw StartupError("a public key or certificate is no secret: everybody knows it")
        }
        self.init(id: id, algorithms: algorithms, material: .secret(secret))
    }

    /// The same, with a text's bytes.
    public init(secret: String, algorithms: Set<JWTAlgorithm> = [.hs256], id: String? = nil) throws {
        try self.init(secret: Array(secret.utf8), algorithms: algorithms, id: id)
    }

    /// A public key in PEM: "-----BEGIN PUBLIC KEY-----" (RFC 7468 section 13). RSA needs 2048 bits or more. What is
    /// wrong with it is found when the app is loaded, or when it is first used.
    public init(pem: String, algorithms: Set<JWTAlgorithm>, id: String? = nil) throws {
        try self.init(LazyPublicKey(.pem(pem)), algorithms, id)
    }

    /// A public key as a SubjectPublicKeyInfo in DER (RFC 5280 section 4.1).
    public init(der: [UInt8], algorithms: Set<JWTAlgorithm>, id: String? = nil) throws {
        try self.init(LazyPublicKey(.der(der)), algorithms, id)
    }

    private init(_ key: LazyPublicKey, _ algorithms: Set<JWTAlgorithm>, _ id: String?) throws {
        guard !algorithms.isEmpty, algorithms.isSubset(of: JWTAlgorithm.asymmetric) else {
            throw StartupError("a public key is for algorithms such as RS256, ES256 and EdDSA, and never for HS256")
        }
        self.init(id: id, algorithms: algorithms, material: .publicKey(key))
    }

    private init(id: String?, algorithms: Set<JWTAlgorithm>, material: Material) {
        self.id = id
        self.algorithms = algorithms
        self.material = material
    }

    private static func names(_ algorithms: Set<JWTAlgorithm>) -> String {
        algorithms.map(\.rawValue).sorted().joined(separator: ", ")
    }
}
