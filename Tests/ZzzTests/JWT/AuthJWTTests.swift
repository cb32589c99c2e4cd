import Testing
import ZzzBase64
import ZzzJSON

@testable import Zzz

@Suite struct AuthJWTTests {
    private struct Reader: Codable, Sendable {
        var sub: String
        var exp: Int = 1_800_000_600
        var scope: String?
        var admin: Bool?
    }

    private static func verifier() throws -> JWTVerifier {
        JWTVerifier(keys: .set(try JWTKeySet([JWTBench.key()])))
    }

    private static func load(_ auth: Auth.JWT<Reader>) throws -> FakeBrowser {
        let host = FakeHost()
        try host.load {
            get("/", through: [Pipeline { auth }]) { context in
                "\(context.claims(as: Reader.self)?.sub ?? "nobody") \(context.bearerToken?.utf8.count ?? 0)"
            }
        }
        return FakeBrowser(host)
    }

    private static func token(_ reader: Reader) throws -> String {
        try JWTBench.prepare()
        return try JWT.sign(reader, with: JWTBench.key())
    }

    private func challenge(_ request: FakeRequest) -> String { request.header("WWW-Authenticate") ?? "" }

    @Test func aGoodTokenSaysWhoIsAsking() throws {
        let token = try Self.token(Reader(sub: "ada"))
        let browser = try Self.load(Auth.JWT(Self.verifier(), as: Reader.self))
        let request = browser.send("GET", "/", headers: [("Authorization", "bearer  \(token)")])
        #expect(request.text == "ada \(token.utf8.count)")
        #expect(request.header("Cache-Control") == nil)
    }

    /// RFC 6750 section 3.
    @Test func theChallengeSaysWhatIsWrong() throws {
        let token = try Self.token(Reader(sub: "ada"))
        let expired = try Self.token(Reader(sub: "ada", exp: 1))
        let other = try JWT.sign(["exp": 1_800_000_600], with: JWTBench.key())
        let browser = try Self.load(Auth.JWT(Self.verifier(), as: Reader.self, realm: "API", scopes: ["a", "b"]))
        let start = #"Bearer realm="API", scope="a b""#
        let none = browser.get("/")
        #expect(none.status == 401)
        #expect(challenge(none) == start)
        let cases = [
            (expired, 401, #", error="invalid_token", error_description="The token has expired.""#),
            (other, 403, #", error="insufficient_scope", error_description="The token does not allow this.""#),
            (token, 403, #", error="insufficient_scope", error_description="The token does not allow this.""#),
            ("x", 401, #", error="invalid_token", error_description="The token is malformed.""#),
            (token + "A", 401, #", error="invalid_token", error_description="The token's signature is wrong.""#),
        ]
        for (token, status, rest) in cases {
            let request = browser.send("GET", "/", headers: [("Authorization", "Bearer \(token)")])
            #expect(request.status == UInt16(status))
            #expect(challenge(request) == start + rest)
        }
        for field in ["Basic YTpi", "Bearer", ""] {
            #expect(challenge(browser.send("GET", "/", headers: [("Authorization", field)])) == start, "\(field)")
        }
        let twice = [("Authorization", "Bearer \(token)"), ("Authorization", "Bearer \(token)")]
        #expect(challenge(browser.send("GET", "/", headers: twice)) == start)
    }

    @Test func claimsThatCannotBeDecodedAreRefused() throws {
        try JWTBench.prepare()
        let token = try JWT.sign(["exp": 1_800_000_600], with: JWTBench.key())
        let browser = try Self.load(Auth.JWT(Self.verifier(), as: Reader.self))
        let request = browser.send("GET", "/", headers: [("Authorization", "Bearer \(token)")])
        #expect(request.status == 401)
        #expect(challenge(request).hasSuffix(#"error_description="The token's claims are not those that are needed.""#))
    }

    @Test(arguments: [
        (#"{"scope":"b c a"}"#, 200), (#"{"scope":"a b"}"#, 200), (#"{"scp":["a","b"]}"#, 200),
        (#"{"scope":"ab"}"#, 403),
        (#"{"scope":"a"}"#, 403), (#"{"scope":"A B"}"#, 403), (#"{"scope":["a",7]}"#, 403), (#"{"scope":7}"#, 403),
        ("{}", 403),
    ])
    func scopes(_ claims: String, _ status: UInt16) throws {
        try JWTBench.prepare()
        let keys = try JWTKeySet([JWTBench.key()])
        let auth = Auth.JWT(JWTVerifier(keys: .set(keys), requiredClaims: []), scopes: ["a", "b"])
        let host = FakeHost()
        try host.load { get("/", through: [Pipeline { auth }]) { _ in "x" } }
        let field = ("Authorization", "Bearer \(try JWTBench.token(claims: claims))")
        #expect(host.get("/", headers: [field]).status == status)
    }

    @Test func theTokenMayBeElsewhere() throws {
        let (ada, bob) = (try Self.token(Reader(sub: "ada")), try Self.token(Reader(sub: "bob")))
        let auth = try Auth.JWT(Self.verifier(), as: Reader.self, from: [.cookie("token"), .query("t")])
        let browser = try Self.load(auth)
        #expect(browser.send("GET", "/", headers: [("Authorization", "Bearer \(ada)")]).status == 401)
        let inQuery = browser.get("/?t=\(ada)")
        #expect(inQuery.text.hasPrefix("ada"))
        #expect(inQuery.header("Cache-Control") == "private")
        browser.cookies["token"] = bob
        #expect(browser.get("/?t=\(ada)").text.hasPrefix("bob"))
        browser.cookies["token"] = "x"
        #expect(browser.get("/?t=\(ada)").status == 401)
    }

    @Test func whereNoneIsRequiredABadOneIsRefusedAllTheSame() throws {
        let token = try Self.token(Reader(sub: "ada"))
        let browser = try Self.load(Auth.JWT(Self.verifier(), as: Reader.self, isRequired: false))
        #expect(browser.get("/").text == "nobody 0")
        #expect(browser.send("GET", "/", headers: [("Authorization", "Bearer \(token)")]).text.hasPrefix("ada"))
        #expect(browser.send("GET", "/", headers: [("Authorization", "Bearer \(token)x")]).status == 401)
    }

    @Test func keysMayComeFromAFunction() throws {
        let token = try Self.token(Reader(sub: "ada"))
        let verifier = JWTVerifier(
            keys: .function { header, context in
                guard header["alg"] == "HS256", context.path == "/" else { throw Abort(.serviceUnavailable) }
                return try JWTKeySet([JWTBench.key()])
            })
        let browser = try Self.load(Auth.JWT(verifier, as: Reader.self))
        #expect(browser.send("GET", "/", headers: [("Authorization", "Bearer \(token)")]).text.hasPrefix("ada"))
        let other = try JWT.sign(Reader(sub: "ada"), with: JWTBench.key(.hs384), algorithm: .hs384)
        #expect(browser.send("GET", "/", headers: [("Authorization", "Bearer \(other)")]).status == 503)
    }

    @Test func whatMakesNoSenseRefusesTheApp() throws {
        try JWTBench.prepare()
        let pem = JWTVectors.pem.replacing("MFkw", with: "MFkx")
        let broken = JWTVerifier(keys: .set(try JWTKeySet([JWTKey(pem: pem, algorithms: [.es256])])))
        for auth in [
            try Auth.JWT(Self.verifier(), as: Reader.self, from: []), Auth.JWT(broken, as: Reader.self),
            try Auth.JWT(Self.verifier(), as: Reader.self, realm: "a\u{7F}"),
        ] {
            #expect(throws: StartupError.self) { try Self.load(auth) }
        }
    }

    // MARK: Signing

    @Test(arguments: [JWTAlgorithm.hs256, .hs384, .hs512])
    func whatIsSignedIsGood(_ algorithm: JWTAlgorithm) throws {
        try JWTBench.prepare()
        let key = try JWTKey(
            secret: String(repeating: "x", count: 64), algorithms: [.hs256, .hs384, .hs512], id: "one")
        let claims = JWTClaims(
            issuer: "me", subject: "ada", audiences: ["x"], expiresAtSeconds: 1_800_000_600,
            issuedAtSeconds: 1_800_000_000)
        let token = try JWT.sign(claims, with: key, algorithm: algorithm, type: "at+jwt")
        let header = #"{"alg":"\#(algorithm.rawValue)","typ":"at+jwt","kid":"one"}"#
        #expect(token.hasPrefix(Base64.encode(Array(header.utf8)) + "."))
        let verifier = JWTVerifier(
            keys: .set(try JWTKeySet([key])), issuers: ["me"], audiences: ["x"], type: "at+jwt")
        let host = FakeHost()
        try host.load {
            get("/", through: [Pipeline { Auth.JWT(verifier) }]) { context in
                "\(context.claims() == claims) \(context.claims(as: Int.self) == nil)"
            }
        }
        let browser = FakeBrowser(host)
        #expect(browser.send("GET", "/", headers: [("Authorization", "Bearer \(token)")]).text == "true true")
    }

    @Test func whatCannotBeSignedIsAnError() throws {
        try JWTBench.prepare()
        let pem = try JWTKey(pem: JWTVectors.pem, algorithms: [.es256])
        #expect(throws: MisuseError.self) { try JWT.sign(JWTClaims(), with: pem) }
        #expect(throws: MisuseError.self) { try JWT.sign(JWTClaims(), with: JWTBench.key(), algorithm: .hs512) }
        #expect(throws: MisuseError.self) { try JWT.sign([1], with: JWTBench.key()) }
        #expect(throws: (any Error).self) { try JWT.sign(["exp": Double.nan], with: JWTBench.key()) }
    }

    @Test(arguments: [
        (#"{}"#, JWTClaims()), (#"{"aud":"x"}"#, JWTClaims(audiences: ["x"])),
        (#"{"iss":"a","sub":"b","aud":["x","y"],"exp":1,"nbf":2,"iat":3,"jti":"c"}"#,
            JWTClaims(
                issuer: "a", subject: "b", audiences: ["x", "y"], expiresAtSeconds: 1, notBeforeSeconds: 2,
                issuedAtSeconds: 3, id: "c")),
    ])
    func theRegisteredClaims(_ text: String, _ claims: JWTClaims) throws {
        #expect(try JSONBytesDecoder().decode(JWTClaims.self, from: text) == claims)
        let bytes = try JSONBytesEncoder().encode(claims)
        #expect(try JSONBytesDecoder().decode(JWTClaims.self, from: bytes) == claims)
    }
}
