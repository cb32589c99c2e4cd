import Testing
import ZzzBase64
import ZzzJSON

@testable import Zzz

@Suite struct JWTKeyTests {
    /// What is made of a JSON Web Key is what OpenSSL makes of the same key.
    @Test(arguments: JWTVectors.encodings.map(\.id))
    func theEncodingIsThatOfOpenSSL(_ id: String) throws {
        let document = try JSONValue(parsing: JWTVectors.keySet)
        let jwk = try #require(document["keys"]?.arrayValue?.first { $0["kid"]?.stringValue == id })
        let expected = try #require(JWTVectors.encodings.first { $0.id == id }).der
        guard case .publicKey(let key) = try JWTKey(jwk: jwk).material, case .der(let bytes) = key.encoding else {
            Issue.record("no encoding")
            return
        }
        #expect(Base64.encode(bytes) == expected)
    }

    private static let secret = #""k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T""#
    private static let point = #""x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU""#

    @Test(arguments: [
        (#"{"kty":"oct",\#(secret)}"#, ["HS256"]), (#"{"kty":"oct","alg":"HS256",\#(secret)}"#, ["HS256"]),
        (#"{"kty":"oct","use":"sig","key_ops":["sign","verify"],\#(secret)}"#, ["HS256"]),
        (#"{"kty":"OKP","crv":"Ed25519",\#(point)}"#, ["EdDSA"]),
        (#"{"kty":"RSA","alg":"PS384","n":"_w","e":"AQAB"}"#, ["PS384"]),
        (#"{"kty":"RSA","n":"_w","e":"AQAB"}"#, ["PS256", "PS384", "PS512", "RS256", "RS384", "RS512"]),
    ])
    func whatAKeyIsFor(_ jwk: String, _ algorithms: [String]) throws {
        #expect(try JWTKey(jwk: JSONValue(parsing: jwk)).algorithms.map(\.rawValue).sorted() == algorithms)
    }

    @Test(arguments: [
        "[]", "{}", #"{"kty":"oct"}"#, #"{"kty":"oct","k":""}"#, #"{"kty":"oct","k":"AAAA"}"#,
        #"{"kty":"oct","k":7}"#, #"{"kty":"oct","alg":"HS512",\#(secret)}"#, #"{"kty":"oct","alg":"RS256",\#(secret)}"#,
        #"{"kty":"oct","alg":"none",\#(secret)}"#, #"{"kty":"oct","use":"enc",\#(secret)}"#,
        #"{"kty":"oct","key_ops":["sign"],\#(secret)}"#, #"{"kty":"EC","crv":"P-256",\#(point)}"#,
        #"{"kty":"EC","crv":"P-256",\#(point),"y":"AA"}"#, #"{"kty":"EC","crv":"P-384",\#(point),"y":"AA"}"#,
        #"{"kty":"EC","crv":"secp256k1",\#(point),"y":"AA"}"#, #"{"kty":"EC","alg":"ES384","crv":"P-256",\#(point)}"#,
        #"{"kty":"OKP","crv":"Ed448",\#(point)}"#, #"{"kty":"OKP","crv":"X25519",\#(point)}"#,
        #"{"kty":"OKP","crv":"Ed25519","x":"AA"}"#, #"{"kty":"RSA","n":"AA"}"#, #"{"kty":"RSA","n":"A+","e":"AQAB"}"#,
        #"{"kty":"RSA","alg":"HS256","n":"_w","e":"AQAB"}"#, #"{"kty":"rsa","n":"_w","e":"AQAB"}"#, #"{"kty":7}"#,
    ])
    func whatIsNoKeyIsRefused(_ jwk: String) throws {
        let value = try JSONValue(parsing: jwk)
        #expect(throws: StartupError.self) { try JWTKey(jwk: value) }
    }

    @Test(arguments: [(JWTAlgorithm.hs256, 32), (.hs384, 48), (.hs512, 64)])
    func secretsAreAsLongAsTheDigest(_ algorithm: JWTAlgorithm, _ least: Int) throws {
        _ = try JWTKey(secret: Array(repeating: 1, count: least), algorithms: [algorithm])
        #expect(throws: StartupError.self) {
            try JWTKey(secret: Array(repeating: 1, count: least - 1), algorithms: [algorithm])
        }
        #expect(throws: StartupError.self) { try JWTKey(secret: Array(repeating: 1, count: 64), algorithms: [.es256]) }
    }

    @Test func setsHaveLimits() throws {
        let key = try JWTKey(secret: String(repeating: "x", count: 32))
        _ = try JWTKeySet(Array(repeating: key, count: 100))
        #expect(throws: StartupError.self) { try JWTKeySet(Array(repeating: key, count: 101)) }
        #expect(throws: StartupError.self) { try JWTKeySet([]) }
        let document = { (count: Int) in
            "{\"keys\":[\(Array(repeating: #"{"kty":"oct",\#(Self.secret)}"#, count: count).joined(separator: ","))]}"
        }
        #expect(try JWTKeySet(jwks: document(101)).keys.count == 100)
        for text in ["", "[]", "{}", #"{"keys":[]}"#, #"{"keys":{}}"#, #"{"keys":[7,{"kty":"x"}]}"#] {
            #expect(throws: StartupError.self, "\(text)") { try JWTKeySet(jwks: text) }
        }
    }

    @Test func keysAreChosenByName() throws {
        func key(_ id: String?) throws -> JWTKey {
            try JWTKey(secret: String(repeating: id ?? "x", count: 32), id: id)
        }
        let set = try JWTKeySet([key("a"), key("b"), key(nil), key("b")])
        #expect(set.candidates(.hs256, id: "b").map(\.id) == ["b", "b"])
        #expect(set.candidates(.hs256, id: "c").map(\.id) == [nil])
        #expect(set.candidates(.hs256, id: nil).count == 4)
        #expect(set.candidates(.hs384, id: "a").isEmpty)
        let many = try JWTKeySet(Array(repeating: key("a"), count: 20))
        #expect(many.candidates(.hs256, id: "a").count == 8)
        #expect(many.candidates(.hs256, id: nil).count == 8)
    }
}
