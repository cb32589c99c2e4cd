/// How a token is signed (RFC 7518 section 3.1, RFC 8037 section 3.1). There is no "none".
public enum JWTAlgorithm: String, Sendable, CaseIterable {
    /// A secret that both sides know.
    case hs256 = "HS256"
    case hs384 = "HS384"
    case hs512 = "HS512"
    /// RSA.
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    /// RSA with PSS.
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    /// The elliptic curves P-256, P-384 and P-521.
    case es256 = "ES256"
    case es384 = "ES384"
    case es512 = "ES512"
    /// Ed25519.
    case edDSA = "EdDSA"

    static let symmetric: Set<JWTAlgorithm> = [.hs256, .hs384, .hs512]
    static let asymmetric = Set(allCases).subtracting(symmetric)

    /// Of the authentication code with a secret; nil for a public key.
    var digest: Crypto.Digest? {
        switch self {
        case .hs256: .sha256
        case .hs384: .sha384
        case .hs512: .sha512
        default: nil
        }
    }

    /// Of the signature with a public key; nil for a secret.
    var signature: SignatureAlgorithm? { SignatureAlgorithm(name: rawValue) }
}
