import Glibc
import Zzz

/// Gives out the tokens of the API, and knows them again.
struct TokenDesk: Sendable {
    /// How long a token is good.
    static let lifetimeSeconds = 3600

    private let key: JWTKey
    let verifier: JWTVerifier

    /// - Parameter secret: at least 32 bytes. Nil: one that ends with this generation of the app, and its tokens too.
    init(secret: String?) throws {
        key = try secret.map { try JWTKey(secret: $0) } ?? JWTKey(secret: Crypto.process.random(32))
        verifier = JWTVerifier(keys: .set(try JWTKeySet([key])), issuers: ["guestbook"])
    }

    func token(for name: String) throws -> String {
        let now = Double(time(nil))
        let end = now + Double(Self.lifetimeSeconds)
        let claims = JWTClaims(issuer: "guestbook", subject: name, expiresAtSeconds: end, issuedAtSeconds: now)
        return try JWT.sign(claims, with: key)
    }
}
