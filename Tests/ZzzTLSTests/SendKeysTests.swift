import COpenSSL
import Testing
import ZzzTLS

/// What the kernel would be given: records sealed with it go on where the session has stopped.
@Suite struct SendKeysTests {
    private static func sides(
        _ suite: String = "TLS_AES_128_GCM_SHA256", giving: Bool = true, version: TLSOptions.Version = .v1_3
    ) throws -> (server: Side, client: Side) {
        let files = try TLSFiles()
        var options = TLSOptions()
        options.certificates = [try files.selfSigned(["localhost"])]
        options.cipherSuites = suite
        options.givesSendKeys = giving
        let server = Side(server: try TLSContext(options, tickets: TLSTicketKeys(rotationSeconds: 3600)))
        var clientOptions = TLSClientContext.Options()
        clientOptions.maximumVersion = version
        let client = Side(client: try TLSClientContext(clientOptions))
        Side.converse(client, server)
        return (server, client)
    }

    /// A record as RFC 8446 section 5.2 has it, sealed by the means of section 5.3.
    private static func record(_ text: String, type: UInt8 = 23, _ keys: TLSSendKeys, _ number: UInt64) -> [UInt8] {
        let plain = Array(text.utf8) + [type]
        let header: [UInt8] = [23, 3, 3, 0, UInt8(plain.count + 16)]
        var nonce = keys.vector
        for index in 0..<8 { nonce[4 + index] ^= UInt8(truncatingIfNeeded: number >> UInt64(56 - 8 * index)) }
        let cipher =
            switch keys.cipher {
            case .aes128GCM: EVP_aes_128_gcm()
            case .aes256GCM: EVP_aes_256_gcm()
            case .chaCha20Poly1305: EVP_chacha20_poly1305()
            }
        let context = EVP_CIPHER_CTX_new()
        defer { EVP_CIPHER_CTX_free(context) }
        var sealed = [UInt8](repeating: 0, count: plain.count)
        var tag = [UInt8](repeating: 0, count: 16)
        var count: Int32 = 0
        EVP_EncryptInit_ex(context, cipher, nil, keys.key, nonce)
        EVP_EncryptUpdate(context, nil, &count, header, Int32(header.count))
        EVP_EncryptUpdate(context, &sealed, &count, plain, Int32(plain.count))
        EVP_EncryptFinal_ex(context, nil, &count)
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, &tag)
        return header + sealed + tag
    }

    @Test(arguments: ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"], [0, 1, 5])
    func `somebody else goes on with the records`(_ suite: String, _ written: Int) throws {
        let (server, client) = try Self.sides(suite)
        for _ in 0..<written { #expect(server.write("from the session, ")) }
        Side.converse(client, server)
        let keys = try #require(server.sendKeys())
        client.feed(Self.record("from elsewhere", keys, keys.sequence))
        client.feed(Self.record(", twice", keys, keys.sequence + 1))
        let before = String(repeating: "from the session, ", count: written)
        #expect(String(decoding: client.received, as: UTF8.self) == before + "from elsewhere, twice")
        // The other direction goes on.
        #expect(client.write("back"))
        Side.converse(client, server)
        #expect(server.received == Array("back".utf8))
        // close_notify (RFC 8446 section 6.1).
        client.feed(Self.record("\u{1}\u{0}", type: 21, keys, keys.sequence + 2))
        #expect(client.hasEnded)
    }

    @Test func `there are none without leave, in TLS 1_2 and once the keys have changed`() throws {
        #expect(try Self.sides(giving: false).server.sendKeys() == nil)
        #expect(try Self.sides(version: .v1_2).server.sendKeys() == nil)
        let (own, client) = try Self.sides()
        own.updateKeys()
        #expect(own.write("with new keys"))
        #expect(own.sendKeys() == nil)
        Side.converse(client, own)
        #expect(client.received == Array("with new keys".utf8))
    }

    @Test func `there are none once the peer has asked for new ones`() throws {
        let (server, client) = try Self.sides()
        #expect(!server.isAskedForNewKeys)
        client.updateKeys()
        #expect(client.write("x"))
        Side.converse(client, server)
        #expect(server.isAskedForNewKeys)
        #expect(server.sendKeys() == nil)
    }

    @Test func `there are none before the session is open, and after its end`() throws {
        let files = try TLSFiles()
        var options = TLSOptions()
        options.certificates = [try files.selfSigned(["localhost"])]
        options.givesSendKeys = true
        #expect(Side(server: try TLSContext(options, tickets: nil)).sendKeys() == nil)
        let (server, _) = try Self.sides()
        server.closeNotify()
        #expect(server.sendKeys() == nil)
    }
}
