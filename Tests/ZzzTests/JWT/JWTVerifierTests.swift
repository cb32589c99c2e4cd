import Testing
import ZzzBase64
import ZzzJSON

@testable import Zzz

/// Runs verifiers in a request, where the daemon's cryptography is.
struct JWTBench {
    /// Verifies a token; "good" with the claims, or why not.
    static func verify(_ token: String, _ verifier: JWTVerifier, now: Int64 = 1_800_000_000) throws -> String {
        let host = FakeHost()
        try host.load {
            get("/") { context in
                do {
                    let claims = try verifier.verify(token, context)
                    return "good \(String(decoding: try JSONValue.object(claims).serialized(), as: UTF8.self))"
                } catch let error as JWTError {
                    return "\(error.reason)"
                }
            }
        }
        return FakeBrowser(host, now: now).get("/").text
    }

    static let secret = "a secret of at least thirty-two bytes"

    static func key(_ algorithm: JWTAlgorithm = .hs256) throws -> JWTKey {
        try JWTKey(secret: String(repeating: secret, count: 2), algorithms: [algorithm])
    }

    /// A token with any header and any claims, signed with HMAC-SHA256 of the secret.
    static func token(header: String = #"{"alg":"HS256"}"#, claims: String) throws -> String {
        let signed = Base64.encode(Array(header.utf8)) + "." + Base64.encode(Array(claims.utf8))
        let key = Array(String(repeating: secret, count: 2).utf8)
        let code = try Crypto.process.authenticationCode(.sha256, key: key, Array(signed.utf8))
        return signed + "." + Base64.encode(code)
    }

    /// With the daemon's tables in place.
    static func prepare() throws { try FakeHost().load { get("/") { _ in "x" } } }
}

@Suite struct JWTVerifierTests {
    private func verifier(
        issuers: [String] = [], audiences: [String] = [], type: String? = nil, leeway: Duration = .zero,
        requiredClaims: [String] = [], maximumAge: Duration? = nil, limitBytes: Int = 8192
    ) throws -> JWTVerifier {
        JWTVerifier(
            keys: .set(try JWTKeySet([JWTBench.key()])), issuers: issuers, audiences: audiences, type: type,
            leeway: leeway, requiredClaims: requiredClaims, maximumAge: maximumAge, limitBytes: limitBytes)
    }

    // MARK: Signatures

    @Test(arguments: JWTVectors.published)
    func theExamplesOfTheRFCs(_ vector: JWTVector) throws {
        try JWTBench.prepare()
        let key = try JWTKey(jwk: JSONValue(parsing: vector.key))
        let parts = vector.token.split(separator: ".")
        let header = try JSONValue(parsing: try #require(Base64.decode(parts[0], .url)))
        let algorithm = try #require(header["alg"]?.stringValue.flatMap(JWTAlgorithm.init(rawValue:)))
        let signature = try #require(Base64.decode(parts[2], .url))
        let signed = Array("\(parts[0]).\(parts[1])".utf8)
        #expect(key.algorithms.contains(algorithm))
        #expect(try key.verifies(signature, of: signed, algorithm, .process))
        for index in [0, signature.count / 2, signature.count - 1] {
            var bad = signature
            bad[index] ^= 1
            #expect(try !key.verifies(bad, of: signed, algorithm, .process))
        }
        #expect(try !key.verifies(signature, of: signed + [0], algorithm, .process))
        #expect(try !key.verifies(signature.dropLast(), of: signed, algorithm, .process))
        #expect(try !key.verifies(signature + [0], of: signed, algorithm, .process))
    }

    /// RFC 7519 section 3.1 is RFC 7515 appendix A.1, which ended in 2011.
    @Test func theExampleOfRFC7519() throws {
        let vector = try #require(JWTVectors.published.first)
        let keys = try JWTKeySet([JWTKey(jwk: JSONValue(parsing: vector.key))])
        let verifier = JWTVerifier(keys: .set(keys), leeway: .zero)
        let good = #"good {"iss":"joe","exp":1300819380,"http://example.com/is_root":true}"#
        #expect(try JWTBench.verify(vector.token, verifier, now: 1_300_819_379) == good)
        #expect(try JWTBench.verify(vector.token, verifier, now: 1_300_819_380) == "expired")
    }

    /// RFC 7519 section 6.1.
    @Test func theUnsecuredExampleIsRefused() throws {
        let payload = try #require(JWTVectors.published.first).token.split(separator: ".")[1]
        #expect(try JWTBench.verify("eyJhbGciOiJub25lIn0.\(payload).", verifier()) == "malformed")
        #expect(try JWTBench.verify("eyJhbGciOiJub25lIn0.\(payload).AA", verifier()) == "algorithmRefused")
    }

    @Test(arguments: JWTVectors.made.map(\.algorithm))
    func everyAlgorithmWithAKeySet(_ algorithm: String) throws {
        let token = try #require(JWTVectors.made.first { $0.algorithm == algorithm }).token
        let keys = try JWTKeySet(jwks: JWTVectors.keySet)
        #expect(keys.keys.count == 5)
        #expect(try JWTBench.verify(token, JWTVerifier(keys: .set(keys))) == #"good {"sub":"ada","exp":1800000600}"#)
        let other = Set(JWTAlgorithm.allCases).subtracting([try #require(JWTAlgorithm(rawValue: algorithm))])
        #expect(try JWTBench.verify(token, JWTVerifier(keys: .set(keys), algorithms: other)) == "algorithmRefused")
        let parts = token.split(separator: ".")
        let swapped = "\(parts[0]).\(Base64.encode(Array(#"{"sub":"eve","exp":1800000600}"#.utf8))).\(parts[2])"
        #expect(try JWTBench.verify(swapped, JWTVerifier(keys: .set(keys))) == "wrongSignature")
    }

    @Test func aKeyInPEM() throws {
        let token = try #require(JWTVectors.made.first { $0.algorithm == "ES256" }).token
        let keys = try JWTKeySet([JWTKey(pem: JWTVectors.pem, algorithms: [.es256])])
        #expect(try JWTBench.verify(token, JWTVerifier(keys: .set(keys))).hasPrefix("good"))
        // Another kind of key than it is said to be: the signature is wrong, whatever the token says.
        let confused = try JWTKeySet([JWTKey(pem: JWTVectors.pem, algorithms: [.rs256, .es384, .edDSA])])
        for algorithm in ["RS256", "ES384", "EdDSA"] {
            let token = try #require(JWTVectors.made.first { $0.algorithm == algorithm }).token
            #expect(try JWTBench.verify(token, JWTVerifier(keys: .set(confused))) == "wrongSignature")
        }
    }

    // MARK: Attacks

    private static let attacks: [(header: String, reason: String)] = [
        (#"{"alg":"none"}"#, "algorithmRefused"), (#"{"alg":"None"}"#, "algorithmRefused"),
        (#"{"alg":"nOnE"}"#, "algorithmRefused"), (#"{"alg":""}"#, "algorithmRefused"),
        (#"{"alg":"hs256"}"#, "algorithmRefused"), (#"{"alg":"HS256 "}"#, "algorithmRefused"),
        (#"{"alg":"HS1"}"#, "algorithmRefused"), (#"{"alg":"dir","enc":"A256GCM"}"#, "algorithmRefused"),
        (#"{"alg":"HS512"}"#, "unknownKey"), (#"{"alg":"RS256"}"#, "unknownKey"), (#"{"alg":"EdDSA"}"#, "unknownKey"),
        (#"{"alg":["HS256"]}"#, "malformed"), (#"{"alg":null}"#, "malformed"), (#"{"typ":"JWT"}"#, "malformed"),
        (#"{"alg":"HS256","alg":"none"}"#, "malformed"), (#"{"alg":"none","\u0061lg":"HS256"}"#, "malformed"),
        (#"{"alg":"HS256","crit":["exp"]}"#, "criticalExtension"), (#"{"alg":"HS256","crit":[]}"#, "criticalExtension"),
        (#"{"alg":"HS256","b64":false,"crit":["b64"]}"#, "criticalExtension"),
        (#"{"alg":"HS256","typ":"dpop+jwt"}"#, "wrongType"), (#"{"alg":"HS256","typ":"JOSE"}"#, "wrongType"),
        (#"{"alg":"HS256","typ":7}"#, "malformed"), (#"{"alg":"HS256","kid":7}"#, "malformed"),
        (#"["HS256"]"#, "malformed"), ("", "malformed"), ("{", "malformed"), (#""HS256""#, "malformed"),
        (#"{"alg":"HS256","x":[[[[[[[[1]]]]]]]]}"#, "malformed"),
    ]

    @Test(arguments: attacks.indices)
    func aHeaderThatWantsSomethingElse(_ index: Int) throws {
        try JWTBench.prepare()
        let (header, reason) = Self.attacks[index]
        let token = try JWTBench.token(header: header, claims: "{}")
        #expect(try JWTBench.verify(token, verifier()) == reason, "\(header)")
    }

    /// Keys that a token brings with it, or points to, are not looked at.
    @Test(arguments: [
        #"{"alg":"HS256","jwk":{"kty":"oct","k":"AA"}}"#, #"{"alg":"HS256","jku":"https://evil.example/"}"#,
        #"{"alg":"HS256","x5u":"https://evil.example/"}"#, #"{"alg":"HS256","x5c":["AA"]}"#,
        #"{"alg":"HS256","kid":"../../dev/null"}"#, #"{"alg":"HS256","kid":"' OR 1=1"}"#,
        #"{"alg":"HS256","typ":"application/JWT"}"#, #"{"alg":"HS256","typ":"at+jwt"}"#,
    ])
    func whatAHeaderSaysOfKeysDoesNotMatter(_ header: String) throws {
        try JWTBench.prepare()
        #expect(try JWTBench.verify(JWTBench.token(header: header, claims: "{}"), verifier()) == "good {}")
        let other = try JWTKeySet([JWTKey(secret: String(repeating: "x", count: 32))])
        let refused = try JWTBench.verify(
            JWTBench.token(header: header, claims: "{}"), JWTVerifier(keys: .set(other), requiredClaims: []))
        #expect(refused == "wrongSignature")
    }

    /// The public key, which everybody knows, as the secret of HS256 (RFC 8725 section 2.1).
    @Test func algorithmConfusionIsRefused() throws {
        try JWTBench.prepare()
        let keys = try JWTKeySet(jwks: JWTVectors.keySet)
        for (_, der) in JWTVectors.encodings {
            let signed = Base64.encode(Array(#"{"alg":"HS256"}"#.utf8)) + "." + Base64.encode(Array("{}".utf8))
            for secret in [try #require(Base64.decode(der, .url)), Array(JWTVectors.pem.utf8)] {
                let code = try Crypto.process.authenticationCode(.sha256, key: secret, Array(signed.utf8))
                let token = "\(signed).\(Base64.encode(code))"
                #expect(try JWTBench.verify(token, JWTVerifier(keys: .set(keys))) == "unknownKey")
            }
        }
        #expect(throws: StartupError.self) { try JWTKey(secret: JWTVectors.pem) }
        #expect(throws: StartupError.self) { try JWTKey(pem: JWTVectors.pem, algorithms: [.hs256]) }
        #expect(throws: StartupError.self) { try JWTKey(pem: JWTVectors.pem, algorithms: []) }
    }

    @Test(arguments: [
        "", ".", "..", "...", "a", "a.b", "a.b.c", "e30.e30.e30", "e30.e30.", "e30..AA", ".e30.AA",
        "eyJhbGciOiJIUzI1NiJ9.e30.AA.AA", "eyJhbGciOiJIUzI1NiJ9.e30.AA.", "eyJhbGciOiJIUzI1NiJ9.e30",
        "eyJhbGciOiJIUzI1NiJ9.e30.", "eyJhbGciOiJIUzI1NiJ9.e30.A", "eyJhbGciOiJIUzI1NiJ9.e30.AA==",
        "eyJhbGciOiJIUzI1NiJ9.e30.A A", "eyJhbGciOiJIUzI1NiJ9.e30.é", " eyJhbGciOiJIUzI1NiJ9.e30.AA",
        "eyJhbGciOiJIUzI1NiJ9==.e30.AA", "{}.{}.AA",
    ])
    func whatIsNoTokenIsMalformed(_ token: String) throws {
        #expect(try JWTBench.verify(token, verifier()) == "malformed")
    }

    @Test func everyChangeOfACharacterIsNoticed() throws {
        try JWTBench.prepare()
        let token = Array(try JWTBench.token(claims: #"{"sub":"ada"}"#).utf8)
        let verifier = try verifier()
        let host = FakeHost()
        try host.load {
            get("/") { context in
                for index in token.indices {
                    var changed = token
                    changed[index] = changed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
                    let text = String(decoding: changed, as: UTF8.self)
                    if (try? verifier.verify(text, context)) != nil { return "character \(index) does not count" }
                    let prefix = String(decoding: token.prefix(index), as: UTF8.self)
                    if (try? verifier.verify(prefix, context)) != nil { return "\(index) characters are enough" }
                }
                _ = try verifier.verify(String(decoding: token, as: UTF8.self), context)
                return "all count"
            }
        }
        #expect(host.get("/").text == "all count")
    }

    // MARK: Claims

    private static let timeCases: [(claims: String, reason: String)] = [
        (#"{"exp":1800000001}"#, "good"), (#"{"exp":1800000000}"#, "expired"), (#"{"exp":1800000000.5}"#, "good"),
        (#"{"exp":1.8e9}"#, "expired"), (#"{"exp":1e300}"#, "good"), (#"{"exp":-1}"#, "expired"),
        (#"{"exp":0}"#, "expired"), (#"{"exp":"1800000001"}"#, "malformed"), (#"{"exp":null}"#, "malformed"),
        (#"{"exp":true}"#, "malformed"), (#"{"exp":[1800000001]}"#, "malformed"),
        (#"{"nbf":1800000000}"#, "good"), (#"{"nbf":1800000001}"#, "notYetValid"), (#"{"nbf":"0"}"#, "malformed"),
        (#"{"iat":1800000000}"#, "good"), (#"{"iat":1800000001}"#, "notYetValid"), (#"{"iat":{}}"#, "malformed"),
        (#"{"exp":1800000001,"exp":1}"#, "malformed"), (#"[]"#, "malformed"), ("", "malformed"), ("null", "malformed"),
        (#"{"a":1"#, "malformed"), ("{}", "good"),
    ]

    @Test(arguments: timeCases.indices)
    func times(_ index: Int) throws {
        try JWTBench.prepare()
        let (claims, reason) = Self.timeCases[index]
        let result = try JWTBench.verify(JWTBench.token(claims: claims), verifier())
        #expect(result.hasPrefix(reason), "\(claims): \(result)")
    }

    @Test func leewayIsForBothEnds() throws {
        try JWTBench.prepare()
        let lenient = try verifier(leeway: .seconds(30))
        let cases = [
            (#"{"exp":1799999971}"#, "good"), (#"{"exp":1799999970}"#, "expired"), (#"{"nbf":1800000030}"#, "good"),
            (#"{"nbf":1800000031}"#, "notYetValid"), (#"{"iat":1800000031}"#, "notYetValid"),
        ]
        for (claims, reason) in cases {
            #expect(try JWTBench.verify(JWTBench.token(claims: claims), lenient).hasPrefix(reason), "\(claims)")
        }
    }

    private static let partyCases: [(claims: String, reason: String)] = [
        (#"{"iss":"a","aud":"x"}"#, "good"), (#"{"iss":"b","aud":"y"}"#, "good"),
        (#"{"iss":"a","aud":["z","x"]}"#, "good"), (#"{"iss":"c","aud":"x"}"#, "wrongIssuer"),
        (#"{"iss":"A","aud":"x"}"#, "wrongIssuer"), (#"{"iss":["a"],"aud":"x"}"#, "wrongIssuer"),
        (#"{"aud":"x"}"#, #"missingClaim("iss")"#), (#"{"iss":"a"}"#, #"missingClaim("aud")"#),
        (#"{"iss":"a","aud":"z"}"#, "wrongAudience"), (#"{"iss":"a","aud":[]}"#, "wrongAudience"),
        (#"{"iss":"a","aud":["xx"]}"#, "wrongAudience"), (#"{"iss":"a","aud":{"x":"x"}}"#, "wrongAudience"),
        (#"{"iss":"a","aud":7}"#, "wrongAudience"), (#"{"iss":"a","aud":null}"#, "wrongAudience"),
    ]

    @Test(arguments: partyCases.indices)
    func parties(_ index: Int) throws {
        try JWTBench.prepare()
        let (claims, reason) = Self.partyCases[index]
        let result = try JWTBench.verify(
            JWTBench.token(claims: claims), verifier(issuers: ["a", "b"], audiences: ["x", "y"]))
        #expect(result.hasPrefix(reason), "\(claims): \(result)")
    }

    @Test func aTokenForSomebodyElseIsRefusedWithoutAudiencesToo() throws {
        try JWTBench.prepare()
        #expect(try JWTBench.verify(JWTBench.token(claims: #"{"aud":"x"}"#), verifier()) == "wrongAudience")
    }

    @Test func claimsCanBeRequired() throws {
        try JWTBench.prepare()
        let keys = try JWTKeySet([JWTBench.key()])
        #expect(try JWTBench.verify(JWTBench.token(claims: "{}"), JWTVerifier(keys: .set(keys)))
            == #"missingClaim("exp")"#)
        let strict = try verifier(requiredClaims: ["sub", "jti"])
        #expect(try JWTBench.verify(JWTBench.token(claims: #"{"sub":"a"}"#), strict) == #"missingClaim("jti")"#)
        #expect(try JWTBench.verify(JWTBench.token(claims: #"{"sub":"a","jti":"b"}"#), strict).hasPrefix("good"))
    }

    @Test func theAgeCanBeLimited() throws {
        try JWTBench.prepare()
        let young = try verifier(maximumAge: .seconds(60))
        let cases = [
            (#"{"iat":1799999940}"#, "good"), (#"{"iat":1799999939}"#, "tooOld"), ("{}", #"missingClaim("iat")"#),
        ]
        for (claims, reason) in cases {
            #expect(try JWTBench.verify(JWTBench.token(claims: claims), young).hasPrefix(reason), "\(claims)")
        }
    }

    @Test(arguments: [
        (#"{"alg":"HS256","typ":"at+jwt"}"#, "good"), (#"{"alg":"HS256","typ":"application/AT+JWT"}"#, "good"),
        (#"{"alg":"HS256","typ":"JWT"}"#, "wrongType"), (#"{"alg":"HS256"}"#, "wrongType"),
    ])
    func aTypeCanBeAskedFor(_ header: String, _ reason: String) throws {
        try JWTBench.prepare()
        let typed = try verifier(type: "at+jwt")
        #expect(try JWTBench.verify(JWTBench.token(header: header, claims: "{}"), typed).hasPrefix(reason))
    }

    @Test func theLengthIsLimited() throws {
        try JWTBench.prepare()
        let token = try JWTBench.token(claims: #"{"sub":"ada"}"#)
        let count = token.utf8.count
        #expect(try JWTBench.verify(token, verifier(limitBytes: count)).hasPrefix("good"))
        #expect(try JWTBench.verify(token, verifier(limitBytes: count + 1)).hasPrefix("good"))
        #expect(try JWTBench.verify(token, verifier(limitBytes: count - 1)) == "tooLong")
    }
}
