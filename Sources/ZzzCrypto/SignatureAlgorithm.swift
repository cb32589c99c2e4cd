/// How a signature of a JSON Web Token is made (RFC 7518 section 3.1, RFC 8037 section 3.1).
public enum SignatureAlgorithm: UInt32, Sendable, CaseIterable {
    case rs256 = 1
    case rs384
    case rs512
    case ps256
    case ps384
    case ps512
    case es256
    case es384
    case es512
    case edDSA

    /// What kind of key it takes.
    var keyKind: PublicKey.Kind {
        switch self {
        case .rs256, .rs384, .rs512, .ps256, .ps384, .ps512: .rsa
        case .es256: .p256
        case .es384: .p384
        case .es512: .p521
        case .edDSA: .ed25519
        }
    }

    /// Nil for EdDSA, which has one of its own.
    var digest: Digest? {
        switch self {
        case .rs256, .ps256, .es256: .sha256
        case .rs384, .ps384, .es384: .sha384
        case .rs512, .ps512, .es512: .sha512
        case .edDSA: nil
        }
    }

    /// Whether RSA is padded as PSS (RFC 7518 section 3.5) rather than as PKCS #1 1.5.
    var isPSS: Bool { self == .ps256 || self == .ps384 || self == .ps512 }
}
