import ZzzBase64
import ZzzJSON

/// Verifies JSON Web Tokens (RFC 7519) in the compact form of RFC 7515, by the rules of RFC 8725: the keys decide which
/// algorithms there are, and nothing that the token says of keys beyond "kid" is believed.
///
/// ```swift
/// let verifier = try JWTVerifier(
///     keys: .set(JWTKeySet(jwks: document)), issuers: ["https://login.example.com"], audiences: ["shop"])
/// ```
public struct JWTVerifier: Sendable {
    /// Where the keys come from.
    public enum Keys: Sendable {
        case set(JWTKeySet)
        /// Asked for each token: for keys that change, or that are another tenant's. It must not wait; keep what was
        /// fetched in a `Mutex`.
        case function(@Sendable (_ header: JSONObject, _ context: Context) throws -> JWTKeySet)
    }

    private let keys: Keys
    private let algorithms: Set<JWTAlgorithm>
    private let type: String?
    private let rules: JWTRules
    private let limitBytes: Int

    /// - Parameters:
    ///   - keys: what tokens may be signed with.
    ///   - algorithms: which of the keys' algorithms are taken.
    ///   - issuers: of whom a token may be ("iss"); none: of anybody who has a key.
    ///   - audiences: for whom it may be ("aud"). None: a token that says for whom it is is refused, since this app is
    ///     not it.
    ///   - type: what "typ" must be, "at+jwt" for example. Nil: "JWT", "at+jwt" or nothing.
    ///   - leeway: how far clocks may differ.
    ///   - requiredClaims: what must be there.
    ///   - maximumAge: how long ago a token may have been issued ("iat"), whatever its end; nil: any time.
    ///   - limitBytes: the longest token.
    public init(
        keys: Keys, algorithms: Set<JWTAlgorithm> = Set(JWTAlgorithm.allCases), issuers: [String] = [],
        audiences: [String] = [], type: String? = nil, leeway: Duration = .seconds(30),
        requiredClaims: [String] = ["exp"], maximumAge: Duration? = nil, limitBytes: Int = 8192
    ) {
        self.keys = keys
        self.algorithms = algorithms
        self.type = type.map(Self.essence)
        self.limitBytes = limitBytes
        rules = JWTRules(
            issuers: issuers, audiences: audiences, leewaySeconds: Double(leeway.boundedSeconds),
            requiredClaims: requiredClaims, maximumAgeSeconds: maximumAge.map { Double($0.boundedSeconds) })
    }

    /// The claims of a token that is good here and now. Throws ``JWTError``, and what a function of keys throws.
    public func verify(_ token: String, _ context: Context) throws -> JSONObject {
        guard token.utf8.count <= limitBytes else { throw JWTError(.tooLong) }
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Self.object(parts[0], depth: 8),
            let signature = Base64.decode(parts[2], .url), !signature.isEmpty
        else { throw JWTError(.malformed) }
        let (algorithm, id) = try check(header)
        let signed = Array(token.utf8.prefix(parts[0].utf8.count + 1 + parts[1].utf8.count))
        try verify(signature, of: signed, algorithm, candidates(algorithm, id, header, context), context.crypto)
        guard let claims = Self.object(parts[1], depth: 64) else { throw JWTError(.malformed) }
        try rules.check(claims, nowSeconds: Double(context.instance.clock.seconds()))
        return claims
    }

    /// The same, decoded.
    public func verify<Claims: Decodable>(
        _ token: String, as type: Claims.Type, _ context: Context
    ) throws -> Claims {
        try Self.decode(verify(token, context), as: type)
    }

    static func decode<Claims: Decodable>(_ claims: JSONObject, as type: Claims.Type) throws -> Claims {
        do {
            return try JSONBytesDecoder().decode(type, from: JSONValue.object(claims).serialized())
        } catch {
            throw JWTError(.undecodable)
        }
    }

    /// What the header says, if it may (RFC 7515 section 4.1). Two members of one name are no JSON here, so that no two
    /// readers can see two headers in one.
    private func check(_ header: JSONObject) throws -> (JWTAlgorithm, id: String?) {
        guard let name = header["alg"]?.stringValue else { throw JWTError(.malformed) }
        guard let algorithm = JWTAlgorithm(rawValue: name), algorithms.contains(algorithm) else {
            throw JWTError(.algorithmRefused)
        }
        guard header["crit"] == nil else { throw JWTError(.criticalExtension) }
        try check(type: header["typ"])
        guard let id = header["kid"] else { return (algorithm, nil) }
        guard let text = id.stringValue else { throw JWTError(.malformed) }
        return (algorithm, text)
    }

    private func check(type value: JSONValue?) throws {
        guard let value else {
            if type != nil { throw JWTError(.wrongType) }
            return
        }
        guard let text = value.stringValue else { throw JWTError(.malformed) }
        let given = Self.essence(text)
        guard type.map({ $0 == given }) ?? ["jwt", "at+jwt"].contains(given) else { throw JWTError(.wrongType) }
    }

    /// RFC 7515 section 4.1.9: a media type, whose "application/" may be left out.
    private static func essence(_ type: String) -> String {
        let text = type.lowercased()
        return text.hasPrefix("application/") ? String(text.dropFirst("application/".count)) : text
    }

    private func candidates(
        _ algorithm: JWTAlgorithm, _ id: String?, _ header: JSONObject, _ context: Context
    ) throws -> [JWTKey] {
        let set =
            switch keys {
            case .set(let set): set
            case .function(let find): try find(header, context)
            }
        let candidates = set.candidates(algorithm, id: id)
        guard !candidates.isEmpty else { throw JWTError(.unknownKey) }
        return candidates
    }

    private func verify(
        _ signature: [UInt8], of signed: [UInt8], _ algorithm: JWTAlgorithm, _ candidates: [JWTKey], _ crypto: Crypto
    ) throws {
        for key in candidates where try key.verifies(signature, of: signed, algorithm, crypto) { return }
        throw JWTError(.wrongSignature)
    }

    private static func object(_ part: Substring, depth: Int) -> JSONObject? {
        guard let bytes = Base64.decode(part, .url) else { return nil }
        return (try? JSONValue(parsing: bytes, limits: JSONLimits(maximumDepth: depth)))?.objectValue
    }

    /// Reads the public keys that are known beforehand, so that a bad one is found while the app is loaded.
    func prepare(_ crypto: Crypto) throws {
        guard case .set(let set) = keys else { return }
        for key in set.keys { try key.prepare(crypto) }
    }
}
