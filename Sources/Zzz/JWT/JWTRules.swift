import ZzzJSON

/// What a token's claims must say. Looked at only when its signature is right.
struct JWTRules: Sendable {
    var issuers: [String]
    var audiences: [String]
    var leewaySeconds: Double
    var requiredClaims: [String]
    var maximumAgeSeconds: Double?

    func check(_ claims: JSONObject, nowSeconds now: Double) throws(JWTError) {
        for name in requiredClaims where claims[name] == nil { throw JWTError(.missingClaim(name)) }
        if let end = try seconds("exp", claims), now >= end + leewaySeconds { throw JWTError(.expired) }
        if let start = try seconds("nbf", claims), now + leewaySeconds < start { throw JWTError(.notYetValid) }
        let issuedAt = try seconds("iat", claims)
        if let issuedAt, now + leewaySeconds < issuedAt { throw JWTError(.notYetValid) }
        if let maximumAgeSeconds {
            guard let issuedAt else { throw JWTError(.missingClaim("iat")) }
            guard now - issuedAt <= maximumAgeSeconds + leewaySeconds else { throw JWTError(.tooOld) }
        }
        try checkParties(claims)
    }

    /// A NumericDate (RFC 7519 section 2), with or without a fraction.
    private func seconds(_ name: String, _ claims: JSONObject) throws(JWTError) -> Double? {
        guard let value = claims[name] else { return nil }
        guard let seconds = value.doubleValue else { throw JWTError(.malformed) }
        return seconds
    }

    private func checkParties(_ claims: JSONObject) throws(JWTError) {
        if !issuers.isEmpty {
            guard let issuer = claims["iss"] else { throw JWTError(.missingClaim("iss")) }
            guard let text = issuer.stringValue, issuers.contains(text) else { throw JWTError(.wrongIssuer) }
        }
        guard let audience = claims["aud"] else {
            if !audiences.isEmpty { throw JWTError(.missingClaim("aud")) }
            return
        }
        // RFC 7519 section 4.1.3: who is not among those that are named must refuse the token.
        let named = audience.arrayValue ?? [audience]
        guard named.contains(where: { $0.stringValue.map(audiences.contains) ?? false }) else {
            throw JWTError(.wrongAudience)
        }
    }
}
