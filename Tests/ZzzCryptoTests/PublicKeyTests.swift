import COpenSSL
import Testing

@testable import ZzzCrypto

/// Reading public keys, as DER and PEM.
@Suite struct PublicKeyTests {
    @Test(arguments: [
        (SigningKey.Kind.curve("P-256"), PublicKey.Kind.p256), (.curve("P-384"), .p384), (.curve("P-521"), .p521),
        (.ed25519, .ed25519), (.rsa(bits: 2048), .rsa),
    ])
    func bothEncodings(_ kind: SigningKey.Kind, _ expected: PublicKey.Kind) throws {
        let key = try SigningKey(kind)
        #expect(try PublicKey(der: key.der).kind == expected)
        #expect(try PublicKey(pem: key.pem).kind == expected)
        #expect(try PublicKey(pem: "Subject: someone\n\n" + key.pem + key.pem).kind == expected)
    }

    @Test func everyBeginningIsRefused() throws {
        let key = try SigningKey(.curve("P-256"))
        let (der, pem) = (key.der, key.pem.trimmingNewline)
        for count in 0..<der.count { #expect(throws: CryptoError.self) { try PublicKey(der: Array(der[..<count])) } }
        for count in 0..<pem.utf8.count {
            #expect(throws: CryptoError.self, "\(count)") { try PublicKey(pem: String(pem.prefix(count))) }
        }
        #expect(throws: CryptoError.self) { try PublicKey(der: der + [0]) }
        #expect(ERR_peek_error() == 0)
    }

    @Test func everyChangedByteOfAPointIsSeen() throws {
        let der = try SigningKey(.curve("P-256")).der
        // The coordinates are the last 64 bytes: almost no other pair is on the curve.
        for index in der.count - 64..<der.count {
            var other = der
            other[index] ^= 1
            #expect(throws: CryptoError.self) { try PublicKey(der: other) }
        }
    }

    @Test func whatIsNoPublicKey() throws {
        for text in ["", "-", "hello", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n"] {
            #expect(throws: CryptoError.self) { try PublicKey(pem: text) }
        }
        let pem = try SigningKey(.curve("P-256")).pem
        #expect(throws: CryptoError.self) { try PublicKey(pem: pem.replacing("PUBLIC KEY", with: "PRIVATE KEY")) }
    }

    @Test func otherKindsAreNamed() throws {
        let curve = #expect(throws: CryptoError.self) { try PublicKey(der: SigningKey(.curve("secp256k1")).der) }
        #expect(curve?.description == "public key: the curve secp256k1; P-256, P-384 and P-521 are taken")
        // X25519 agrees on keys, and signs nothing.
        let x25519 = [UInt8](hex: "302a300506032b656e032100") + [UInt8](repeating: 9, count: 32)
        let kind = #expect(throws: CryptoError.self) { try PublicKey(der: x25519) }
        #expect(kind?.description == "public key: X25519; RSA, P-256, P-384, P-521 and Ed25519 are taken")
    }

    @Test(arguments: [(1024, false), (2047, false), (2048, true), (4096, true), (8192, true), (8193, false)])
    func anRSAKeyHasLimits(_ bits: Int, _ isTaken: Bool) {
        // Odd, and of exactly so many bits; nobody knows its factors.
        var modulus = [UInt8](repeating: 0xA5, count: (bits + 7) / 8)
        modulus[0] = UInt8(1 << ((bits - 1) % 8))
        let key = Result { () throws(CryptoError) in try PublicKey(der: DER.rsa(modulus: modulus)) }
        switch key {
        case .success(let key): #expect(isTaken && key.kind == .rsa)
        case .failure(let error):
            #expect(!isTaken)
            #expect(error.description == "public key: RSA with \(bits) bits; 2048 to 8192 are taken")
        }
    }

    @Test func anEncodingHasALimit() {
        let maximum = PublicKey.maximumByteCount
        for (count, hasLimit) in [(maximum - 1, false), (maximum, false), (maximum + 1, true)] {
            let error = #expect(throws: CryptoError.self) { try PublicKey(der: [UInt8](repeating: 0x30, count: count)) }
            #expect(error?.description.contains("1 to \(maximum) are read") == hasLimit, "\(count)")
        }
    }
}

/// Just enough of X.690 to write a key.
enum DER {
    /// A SubjectPublicKeyInfo with the exponent 65537.
    static func rsa(modulus: [UInt8]) -> [UInt8] {
        let number = modulus[0] & 0x80 == 0 ? modulus : [0] + modulus
        let key = value(0x30, value(0x02, number) + [0x02, 0x03, 0x01, 0x00, 0x01])
        let algorithm = [UInt8](hex: "300d06092a864886f70d0101010500")
        return value(0x30, algorithm + value(0x03, [0] + key))
    }

    private static func value(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        switch content.count {
        case ..<0x80: [tag, UInt8(content.count)] + content
        case ..<0x100: [tag, 0x81, UInt8(content.count)] + content
        default: [tag, 0x82, UInt8(content.count >> 8), UInt8(content.count & 0xFF)] + content
        }
    }
}

extension String {
    fileprivate var trimmingNewline: String { hasSuffix("\n") ? String(dropLast()) : self }
}
