import Testing

@testable import Zzz

/// Cryptography as an app sees it: what is computed is tested with ZzzCrypto, what comes over the contract here.
@Suite struct CryptoTests {
    private let host = FakeHost()
    private let crypto: Crypto

    init() throws {
        var table = FakeTables.host
        crypto = Crypto(host: try Host(&table, app: host.handle))
    }

    @Test(arguments: [0, 1, 32, 1000, (1 << 20) + 1])
    func randomBytes(_ count: Int) {
        let bytes = crypto.random(count)
        #expect(bytes.count == count)
        if count >= 32 {
            #expect(crypto.random(count) != bytes)
            #expect(Set(bytes).count > 8)
        }
    }

    @Test func randomBytesWithoutADaemon() {
        #expect(Crypto(host: nil).random(32) != Crypto(host: nil).random(32))
    }

    @Test func digests() throws {
        #expect(try crypto.digest(.sha1, "abc").hex == "a9993e364706816aba3e25717850c26c9cd0d89d")
        let sha256 = try crypto.digest(.sha256, Array("abc".utf8))
        #expect(sha256.hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(try crypto.digest(.sha384, []).count == Crypto.Digest.sha384.byteCount)
        #expect(try crypto.digest(.sha512, []).count == Crypto.Digest.sha512.byteCount)
    }

    @Test func authenticationCodes() throws {
        // RFC 4231 section 4.3.
        let code = try crypto.authenticationCode(
            .sha256, key: Array("Jefe".utf8), Array("what do ya want for nothing?".utf8))
        #expect(code.hex == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        let error = #expect(throws: HostError.self) { try crypto.authenticationCode(.sha1, key: [1], [2]) }
        #expect(error?.description == "authentication code: SHA-1 is for digests only")
    }

    @Test func derivedKeys() throws {
        // RFC 5869 appendix A.3.
        let key = try crypto.deriveKey(from: [UInt8](repeating: 0x0B, count: 22), purpose: "", byteCount: 42)
        #expect(
            key.hex == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")
        for count in [-1, 0, 8161] {
            #expect(throws: HostError.self) { try crypto.deriveKey(from: [1], purpose: "x", byteCount: count) }
        }
    }

    @Test func sealedBoxes() throws {
        let key = crypto.random(Crypto.sealKeyByteCount)
        let text = Array("a secret".utf8)
        var box = try crypto.seal(text, key: key, authenticating: [1])
        #expect(try crypto.open(box, key: key, authenticating: [1]) == text)
        #expect(try crypto.open(box, key: key) == nil)
        #expect(try crypto.open(crypto.seal([], key: key), key: key) == [])
        box[20] ^= 1
        #expect(try crypto.open(box, key: key, authenticating: [1]) == nil)
        #expect(try crypto.open([], key: key) == nil)
        #expect(throws: HostError.self) { try crypto.seal(text, key: [1, 2, 3]) }
        #expect(throws: HostError.self) { try crypto.open(box, key: [1, 2, 3]) }
    }

    @Test func signatures() throws {
        // RFC 8037 appendix A: the key of A.2 and the token of A.4.
        let der = [UInt8](
            hex: "302a300506032b6570032100" + "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
        let signature = [UInt8](
            hex: "860c98d2297f3060a33f42739672d61b53cf3adefed3d3c672f320dc021b411e"
                + "9d59b8628dc351e248b88b29468e0e41855b0fb7d83bb15be902bfccb8cd0a02")
        let data = Array("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc".utf8)
        let pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
            + "-----END PUBLIC KEY-----\n"
        for key in [try crypto.publicKey(der: der), try crypto.publicKey(pem: pem)] {
            #expect(try key.verify(.edDSA, signature: signature, data: data))
            #expect(try !key.verify(.edDSA, signature: signature, data: data + [0]))
            #expect(try !key.verify(.rs256, signature: signature, data: data))
        }
        let error = #expect(throws: HostError.self) { try crypto.publicKey(der: [1, 2, 3]) }
        #expect(error?.code == HostStatus.invalid)
    }

    @Test func namesOfAlgorithms() {
        for algorithm in SignatureAlgorithm.allCases { #expect(SignatureAlgorithm(name: algorithm.name) == algorithm) }
        for name in ["", "none", "HS256", "rs256", "EDDSA", "RS256 "] { #expect(SignatureAlgorithm(name: name) == nil) }
    }

    @Test func passwords() throws {
        let cost = Password.Cost(ln: 4, r: 8, p: 1)
        try host.load {
            post("/") { context in
                let hash = try await Password.hash("secret", cost: cost, context)
                let isRight = try await Password.verify("secret", hash, context)
                let isWrong = try await Password.verify("Secret", hash, context)
                return "\(hash.prefix(21)) \(isRight) \(isWrong) \(Password.isOutdated(hash, cost: cost))"
                    + " \(Password.isOutdated(hash))"
            }
            post("/bad") { context in "\(try await Password.verify("secret", "secret", context))" }
            post("/cost") { context in try await Password.hash("x", cost: Password.Cost(ln: -1, r: 8, p: 1), context) }
        }
        #expect(host.send(FakeRequest("POST", "/")).text == "$scrypt$ln=4,r=8,p=1$ true false false true")
        #expect(host.send(FakeRequest("POST", "/bad")).status == 500)
        #expect(host.send(FakeRequest("POST", "/cost")).status == 500)
        #expect(host.log.contains { "\($0)".contains("not of the form $scrypt$") })
    }

    @Test func withoutADaemonThereIsNone() {
        let error = #expect(throws: HostError.self) { try Crypto(host: nil).digest(.sha256, []) }
        #expect(error?.description == "crypto: the daemon has not made this app yet")
    }
}

extension [UInt8] {
    var hex: String { map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }

    init(hex: String) {
        let digits = hex.utf8.map { $0.hexValue ?? 0 }
        self = stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
