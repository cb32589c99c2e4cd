import ZzzBase64
import ZzzJSON

extension JWTKey {
    /// A JSON Web Key (RFC 7517, RFC 7518 section 6, RFC 8037 section 2): RSA, EC with P-256, P-384 and P-521, OKP with
    /// Ed25519, and oct. "alg" says what it is for; without that it is for everything that fits it. Throws
    /// ``StartupError``.
    public init(jwk: JSONValue) throws {
        guard let members = jwk.objectValue else { throw StartupError("a JSON Web Key is an object") }
        if let use = members["use"], use != "sig" { throw StartupError("the key is not for signatures") }
        if let operations = members["key_ops"]?.arrayValue, !operations.contains("verify") {
            throw StartupError("the key is not for verification")
        }
        let id = members["kid"]?.stringValue
        let parts = JWKParts(members: members)
        let fitting: Set<JWTAlgorithm>
        switch members["kty"]?.stringValue {
        case "RSA"?:
            fitting = [.rs256, .rs384, .rs512, .ps256, .ps384, .ps512]
            try self.init(der: parts.rsa(), algorithms: parts.algorithms(of: fitting), id: id)
        case "EC"?:
            let (der, algorithm) = try parts.ellipticCurve()
            try self.init(der: der, algorithms: parts.algorithms(of: [algorithm]), id: id)
        case "OKP"?:
            try self.init(der: parts.ed25519(), algorithms: parts.algorithms(of: [.edDSA]), id: id)
        case "oct"?:
            let secret = try parts.bytes("k")
            guard secret.count >= 32 else {
                throw StartupError("the key's \"k\" has \(secret.count) bytes: HS256 needs 32")
            }
            fitting = JWTAlgorithm.symmetric.filter { ($0.digest?.byteCount ?? 0) <= secret.count }
            try self.init(secret: secret, algorithms: parts.algorithms(of: fitting), id: id)
        default:
            throw StartupError("the key is of a kind that is not known here")
        }
    }
}

/// The members of a JSON Web Key, read and checked, as a SubjectPublicKeyInfo.
private struct JWKParts {
    let members: JSONObject

    /// The one of "alg", or all that fit.
    func algorithms(of fitting: Set<JWTAlgorithm>) throws -> Set<JWTAlgorithm> {
        guard let value = members["alg"] else { return fitting }
        guard let algorithm = value.stringValue.flatMap(JWTAlgorithm.init(rawValue:)), fitting.contains(algorithm)
        else { throw StartupError("the key's \"alg\" is not one for such a key") }
        return [algorithm]
    }

    func bytes(_ name: String) throws -> [UInt8] {
        guard let text = members[name]?.stringValue, let bytes = Base64.decode(text, .url), !bytes.isEmpty else {
            throw StartupError("the key's \"\(name)\" must be Base64 for URLs")
        }
        return bytes
    }

    /// RFC 8017 appendix A.1.1. OpenSSL checks the numbers.
    func rsa() throws -> [UInt8] {
        let algorithm = DER.sequence(
            DER.identifier([0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01]), DER.null)
        return try DER.sequence(
            algorithm, DER.bits(DER.sequence(DER.integer(bytes("n")), DER.integer(bytes("e")))))
    }

    /// RFC 5480 section 2: an uncompressed point.
    func ellipticCurve() throws -> (der: [UInt8], algorithm: JWTAlgorithm) {
        let curve: (identifier: [UInt8], byteCount: Int, algorithm: JWTAlgorithm)
        switch members["crv"]?.stringValue {
        case "P-256"?: curve = ([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07], 32, .es256)
        case "P-384"?: curve = ([0x2B, 0x81, 0x04, 0x00, 0x22], 48, .es384)
        case "P-521"?: curve = ([0x2B, 0x81, 0x04, 0x00, 0x23], 66, .es512)
        default: throw StartupError("the key's \"crv\" is not known here")
        }
        let (x, y) = try (bytes("x"), bytes("y"))
        guard x.count == curve.byteCount, y.count == curve.byteCount else {
            throw StartupError("the key's \"x\" and \"y\" must have \(curve.byteCount) bytes")
        }
        let algorithm = DER.sequence(
            DER.identifier([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01]), DER.identifier(curve.identifier))
        return (DER.sequence(algorithm, DER.bits([0x04] + x + y)), curve.algorithm)
    }

    /// RFC 8410 section 4.
    func ed25519() throws -> [UInt8] {
        guard members["crv"] == "Ed25519" else { throw StartupError("the key's \"crv\" is not known here") }
        let point = try bytes("x")
        guard point.count == 32 else { throw StartupError("the key's \"x\" must have 32 bytes") }
        return DER.sequence(DER.sequence(DER.identifier([0x2B, 0x65, 0x70])), DER.bits(point))
    }
}
