import COpenSSL
import Testing

@testable import ZzzCrypto

/// Signatures of JSON Web Tokens: the examples of the RFCs, and keys that are made here.
@Suite struct SignatureTests {
    private static let data = Array("eyJhbGciOiJub25lIn0.e30".utf8)
    private static let rsa = Result { try SigningKey(.rsa(bits: 2048)) }
    private static let p256 = Result { try SigningKey(.curve("P-256")) }
    private static let p384 = Result { try SigningKey(.curve("P-384")) }
    private static let p521 = Result { try SigningKey(.curve("P-521")) }
    private static let ed25519 = Result { try SigningKey(.ed25519) }

    private static func key(for algorithm: SignatureAlgorithm) throws -> SigningKey {
        switch algorithm.keyKind {
        case .rsa: try rsa.get()
        case .p256: try p256.get()
        case .p384: try p384.get()
        case .p521: try p521.get()
        case .ed25519: try ed25519.get()
        }
    }

    private static func sign(_ algorithm: SignatureAlgorithm, _ data: [UInt8] = data) throws -> [UInt8] {
        let key = try key(for: algorithm)
        return switch algorithm {
        case .rs256: try key.sign(data, "SHA256")
        case .rs384: try key.sign(data, "SHA384")
        case .rs512: try key.sign(data, "SHA512")
        case .ps256: try key.sign(data, "SHA256", pssSaltByteCount: 32)
        case .ps384: try key.sign(data, "SHA384", pssSaltByteCount: 48)
        case .ps512: try key.sign(data, "SHA512", pssSaltByteCount: 64)
        case .es256: try key.signRaw(data, "SHA256", 32)
        case .es384: try key.signRaw(data, "SHA384", 48)
        case .es512: try key.signRaw(data, "SHA512", 66)
        case .edDSA: try key.sign(data, nil)
        }
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func aSignatureFits(_ algorithm: SignatureAlgorithm) throws {
        let key = try PublicKey(der: Self.key(for: algorithm).der)
        let signature = try Self.sign(algorithm)
        #expect(try key.verify(algorithm, signature: signature, Self.data))
        #expect(try !key.verify(algorithm, signature: signature, Self.data + [0]))
        #expect(try !key.verify(algorithm, signature: signature, []))
        #expect(try key.verify(algorithm, signature: Self.sign(algorithm, []), []))
        #expect(ERR_peek_error() == 0)
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func everyOtherAlgorithmRefusesIt(_ algorithm: SignatureAlgorithm) throws {
        let signature = try Self.sign(algorithm)
        for other in SignatureAlgorithm.allCases where other != algorithm {
            let key = try PublicKey(der: Self.key(for: algorithm).der)
            #expect(try !key.verify(other, signature: signature, Self.data), "\(other)")
            let otherKey = try PublicKey(der: Self.key(for: other).der)
            #expect(try !otherKey.verify(other, signature: signature, Self.data), "\(other)")
        }
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func everyChangedByteAndEveryOtherLengthIsSeen(_ algorithm: SignatureAlgorithm) throws {
        let key = try PublicKey(der: Self.key(for: algorithm).der)
        let signature = try Self.sign(algorithm)
        for index in signature.indices {
            var forged = signature
            forged[index] ^= 0x10
            #expect(try !key.verify(algorithm, signature: forged, Self.data), "byte \(index)")
        }
        for count in [0, 1, signature.count / 2, signature.count - 1] {
            #expect(try !key.verify(algorithm, signature: Array(signature[..<count]), Self.data), "\(count) bytes")
        }
        #expect(try !key.verify(algorithm, signature: signature + [0], Self.data))
        #expect(try !key.verify(algorithm, signature: [0] + signature, Self.data))
        #expect(ERR_peek_error() == 0)
    }

    @Test(arguments: [SignatureAlgorithm.es256, .es384, .es512])
    func ellipticCurveSignaturesAreRawAndNotZero(_ algorithm: SignatureAlgorithm) throws {
        let signingKey = try Self.key(for: algorithm)
        let key = try PublicKey(der: signingKey.der)
        let encoded = try signingKey.sign(Self.data, algorithm.digest.map { "\($0.name)" })
        #expect(try !key.verify(algorithm, signature: encoded, Self.data))
        // CVE-2022-21449: r and s of zero must not fit everything.
        let zeros = [UInt8](repeating: 0, count: try Self.sign(algorithm).count)
        #expect(try !key.verify(algorithm, signature: zeros, Self.data))
    }

    @Test func theSaltOfPSSIsAsLongAsTheDigest() throws {
        let signingKey = try Self.rsa.get()
        let key = try PublicKey(der: signingKey.der)
        for saltByteCount in [0, 20, 31, 33] as [Int32] {
            let signature = try signingKey.sign(Self.data, "SHA256", pssSaltByteCount: saltByteCount)
            #expect(try !key.verify(.ps256, signature: signature, Self.data), "\(saltByteCount)")
        }
    }

    // MARK: The RFCs' examples

    private static let payload =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"

    /// RFC 7515 appendix A.2.
    @Test func rfc7515RS256() throws {
        let modulus = [UInt8](
            base64url: "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4"
                + "d4Ql"
                + "L-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUs"
                + "LA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoud"
                + "F8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ")
        let signature = [UInt8](
            base64url: "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5"
                + "jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07"
                + "Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI"
                + "8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw")
        let key = try PublicKey(der: DER.rsa(modulus: modulus))
        #expect(key.kind == .rsa)
        #expect(
            try key.verify(.rs256, signature: signature, Array("eyJhbGciOiJSUzI1NiJ9.\(Self.payload)".utf8)))
    }

    /// RFC 7515 appendix A.3.
    @Test func rfc7515ES256() throws {
        let point = [UInt8](base64url: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU")
            + [UInt8](base64url: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")
        let signature = [UInt8](
            base64url: "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q")
        let key = try PublicKey(der: [UInt8](hex: "3059301306072a8648ce3d020106082a8648ce3d03010703420004") + point)
        #expect(key.kind == .p256)
        #expect(
            try key.verify(.es256, signature: signature, Array("eyJhbGciOiJFUzI1NiJ9.\(Self.payload)".utf8)))
    }

    /// RFC 7515 appendix A.4.
    @Test func rfc7515ES512() throws {
        let point =
            [UInt8](
                base64url: "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk")
            + [UInt8](
                base64url: "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2")
        let signature = [UInt8](
            base64url: "AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7Xdt"
                + "AG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn")
        let key = try PublicKey(der: [UInt8](hex: "30819b301006072a8648ce3d020106052b8104002303818600" + "04") + point)
        #expect(try key.verify(.es512, signature: signature, Array("eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA".utf8)))
    }

    /// RFC 8037 appendix A.5.
    @Test func rfc8037Ed25519() throws {
        let key = try PublicKey(
            der: [UInt8](hex: "302a300506032b6570032100")
                + [UInt8](base64url: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"))
        let signature = [UInt8](
            base64url: "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg")
        let data = Array("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc".utf8)
        #expect(try key.verify(.edDSA, signature: signature, data))
    }
}

extension PublicKey {
    convenience init(der: [UInt8]) throws(CryptoError) { try self.init(der: der.span.bytes) }
    convenience init(pem: String) throws(CryptoError) {
        let text = Array(pem.utf8)
        try self.init(pem: text.span.bytes)
    }

    func verify(
        _ algorithm: SignatureAlgorithm, signature: [UInt8], _ data: [UInt8]
    ) throws(CryptoError) -> Bool {
        try verify(algorithm, signature: signature.span.bytes, data.span.bytes)
    }
}

extension [UInt8] {
    init(base64url text: String) {
        var bits: UInt32 = 0
        var count = 0
        self = []
        for digit in text.utf8 {
            let value: UInt8 =
                switch digit {
                case 0x41...0x5A: digit - 0x41
                case 0x61...0x7A: digit - 0x61 + 26
                case 0x30...0x39: digit - 0x30 + 52
                case UInt8(ascii: "-"): 62
                default: 63
                }
            bits = bits << 6 | UInt32(value)
            count += 6
            guard count >= 8 else { continue }
            count -= 8
            append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
        }
    }
}
