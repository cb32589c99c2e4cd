import ZzzAppABI

/// How a signature of a JSON Web Token is made (RFC 7518 section 3.1, RFC 8037 section 3.1).
public enum SignatureAlgorithm: UInt32, Sendable, CaseIterable {
    case rs256 = 1
    case rs384, rs512, ps256, ps384, ps512, es256, es384, es512
    /// With Ed25519.
    case edDSA

    /// As in a token: "RS256", "EdDSA".
    public var name: String {
        switch self {
        case .rs256: "RS256"
        case .rs384: "RS384"
        case .rs512: "RS512"
        case .ps256: "PS256"
        case .ps384: "PS384"
        case .ps512: "PS512"
        case .es256: "ES256"
        case .es384: "ES384"
        case .es512: "ES512"
        case .edDSA: "EdDSA"
        }
    }

    /// The algorithm of that name, exactly.
    public init?(name: some StringProtocol) {
        guard let algorithm = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = algorithm
    }
}

/// A key that signatures are verified with: RSA of 2048 to 8192 bits, P-256, P-384, P-521 or Ed25519. It is kept in the
/// daemon, which has room for 1024 of an app's: make it once.
public final class PublicKey: @unchecked Sendable {
    // @unchecked: the host's handle is constant, and its functions are [any].
    private let handle: OpaquePointer
    private let crypto: UnsafePointer<zzz_crypto>

    fileprivate init(
        _ encoding: zzz_bytes, format: Int, _ host: Host, _ crypto: UnsafePointer<zzz_crypto>
    ) throws(HostError) {
        var handle: OpaquePointer?
        _ = try hostCall("public key") {
            crypto.pointee.public_key(host.app, UInt32(format), encoding, &handle, $0)
        }
        guard let handle else { throw HostError("public key", code: HostStatus.app, message: "no handle") }
        self.handle = handle
        self.crypto = crypto
    }

    deinit { _ = crypto.pointee.release_key(handle) }

    /// Whether the signature is of this key's owner, over `data`. False also when the algorithm is for another kind of
    /// key, whatever a token says. ECDSA signatures are r and s in a row (RFC 7518 section 3.4).
    public func verify(_ algorithm: SignatureAlgorithm, signature: [UInt8], data: [UInt8]) throws -> Bool {
        try signature.withBytes { signature in
            try data.withBytes { data in
                try notFoundIsNil {
                    try hostCall("verify") {
                        crypto.pointee.verify(handle, algorithm.rawValue, signature, data, $0)
                    }
                }
            }
        } != nil
    }
}

extension Crypto {
    /// A key from a SubjectPublicKeyInfo (RFC 5280 section 4.1) in DER.
    public func publicKey(der: [UInt8]) throws -> PublicKey {
        let crypto = try table
        return try der.withBytes { try PublicKey($0, format: ZZZ_KEY_DER, host!, crypto) }
    }

    /// A key from the first "PUBLIC KEY" of a PEM text (RFC 7468 section 13).
    public func publicKey(pem: String) throws -> PublicKey {
        let crypto = try table
        return try pem.withBytes { try PublicKey($0, format: ZZZ_KEY_PEM, host!, crypto) }
    }
}
