import Testing

@testable import ZzzCrypto

/// Digests (FIPS 180-4), HMAC (RFC 4231) and HKDF (RFC 5869), with the vectors of their standards.
@Suite struct DigestTests {
    @Test(arguments: [
        (Digest.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            .sha384,
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
        ),
        (
            .sha512,
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        ),
    ])
    func digests(_ digest: Digest, _ expected: String) throws {
        #expect(try digest.of(Array("abc".utf8)).hex == expected)
        #expect(digest.byteCount * 2 == expected.count)
    }

    @Test func theDigestOfNothing() throws {
        #expect(
            try Digest.sha256.of([]).hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test(arguments: Digest.allCases)
    func roomForOneByteLessIsRefused(_ digest: Digest) {
        #expect(throws: CryptoError.self) {
            try [UInt8](count: digest.byteCount - 1) { room throws(CryptoError) in
                try digest.compute(([1] as [UInt8]).span.bytes, into: &room)
            }
        }
    }

    @Test func authenticationCodes() throws {
        // RFC 4231 section 4.3 (test case 2).
        let key = Array("Jefe".utf8)
        let data = Array("what do ya want for nothing?".utf8)
        #expect(
            try AuthenticationCode.of(data, key: key, .sha256).hex
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        #expect(
            try AuthenticationCode.of(data, key: key, .sha384).hex
                == "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649")
        #expect(
            try AuthenticationCode.of(data, key: key, .sha512).hex
                == "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
                + "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737")
    }

    @Test func aKeyThatIsLongerThanABlockIsHashed() throws {
        // RFC 4231 section 4.7 (test case 6).
        let code = try AuthenticationCode.of(
            Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            key: [UInt8](repeating: 0xAA, count: 131), .sha256)
        #expect(code.hex == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    }

    @Test func anEmptyKeyIsAKey() throws {
        #expect(
            try AuthenticationCode.of([], key: [], .sha256).hex
                == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }

    @Test func noAuthenticationCodeIsMadeOfSHA1() {
        let error = #expect(throws: CryptoError.self) { try AuthenticationCode.of([1], key: [2], .sha1) }
        #expect(error?.description == "authentication code: SHA-1 is for digests only")
    }

    @Test func derivedKeys() throws {
        // RFC 5869 appendix A.1 and A.3.
        let secret = [UInt8](repeating: 0x0B, count: 22)
        let (purpose, salt) = ([UInt8](0xF0...0xF9), [UInt8](0...12))
        let key = try [UInt8](count: 42) { key throws(CryptoError) in
            try KeyDerivation.derive(
                from: secret.span.bytes, purpose: purpose.span.bytes, salt: salt.span.bytes, into: &key)
        }
        #expect(
            key.hex == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")
        #expect(
            try KeyDerivation.derive(from: secret, purpose: "", byteCount: 42).hex
                == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")
    }

    @Test func anotherPurposeGivesAnotherKey() throws {
        let secret = try Randomness.bytes(32)
        let sign = try KeyDerivation.derive(from: secret, purpose: "sign", byteCount: 32)
        #expect(try KeyDerivation.derive(from: secret, purpose: "sign", byteCount: 32) == sign)
        #expect(try KeyDerivation.derive(from: secret, purpose: "seal", byteCount: 32) != sign)
        #expect(try KeyDerivation.derive(from: secret, purpose: "sign", salt: [1], byteCount: 32) != sign)
    }

    @Test(arguments: [(-1, false), (0, false), (1, true), (8159, true), (8160, true), (8161, false)])
    func aDerivedKeyHasALimit(_ count: Int, _ isPossible: Bool) throws {
        let key = try? KeyDerivation.derive(from: [1], purpose: "x", byteCount: count)
        #expect(key?.count == (isPossible ? count : nil))
    }

    @Test func noKeyIsDerivedFromNothing() {
        #expect(throws: CryptoError.self) { try KeyDerivation.derive(from: [], purpose: "x", byteCount: 32) }
    }
}

extension [UInt8] {
    var hex: String { map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
}
