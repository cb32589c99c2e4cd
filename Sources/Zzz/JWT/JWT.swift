import ZzzBase64
import ZzzJSON

/// Makes JSON Web Tokens, for apps that give them out themselves.
public enum JWT {
    /// A token with these claims, signed with a secret.
    ///
    /// Throws ``MisuseError`` when the key is no secret or not for the algorithm, and what encoding throws. Claims must
    /// be an object; give them an end.
    public static func sign(
        _ claims: some Encodable, with key: JWTKey, algorithm: JWTAlgorithm = .hs256, type: String = "JWT"
    ) throws -> String {
        guard case .secret(let secret) = key.material, key.algorithms.contains(algorithm) else {
            throw MisuseError("a token is signed with a secret that is for \(algorithm.rawValue)")
        }
        let payload = try JSONBytesEncoder().encode(claims)
        guard payload.first == UInt8(ascii: "{") else { throw MisuseError("a token's claims are an object") }
        var header = JSONObject()
        header["alg"] = .string(algorithm.rawValue)
        header["typ"] = .string(type)
        header["kid"] = key.id.map { .string($0) }
        let signed = Base64.encode(try JSONValue.object(header).serialized()) + "." + Base64.encode(payload)
        let code = try key.code(of: Array(signed.utf8), secret, algorithm, Crypto.process)
        return signed + "." + Base64.encode(code)
    }
}
