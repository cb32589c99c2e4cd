import COpenSSL

/// What somebody else, the kernel, needs to go on sealing a session's records: the keys of this side's direction
/// (RFC 8446 section 7.3).
public struct TLSSendKeys: Sendable, Equatable {
    public enum Cipher: Sendable, Equatable {
        case aes128GCM, aes256GCM, chaCha20Poly1305
    }

    public let cipher: Cipher
    public let key: [UInt8]
    /// 12 bytes.
    public let vector: [UInt8]
    /// The number of the next record.
    public let sequence: UInt64
}

/// What is noted of a session while it may still give its keys away.
struct TLSSendSecret {
    /// server_application_traffic_secret_0, once the side seals with it.
    private(set) var secret: [UInt8] = []
    /// Records that were sealed with its keys.
    private(set) var recordCount: UInt64 = 0
    /// The keys have changed since, in a way that OpenSSL does not tell.
    private(set) var isStale = false

    /// A line as SSL_CTX_set_keylog_callback(3) describes it: label, the client's random bytes, secret.
    mutating func note(line: UnsafePointer<CChar>) {
        let parts = String(cString: line).split(separator: " ")
        guard parts.count == 3, parts[0] == "SERVER_TRAFFIC_SECRET_0" else { return }
        let digits = Array(parts[2].utf8)
        secret = stride(from: 0, to: digits.count - 1, by: 2).compactMap { start in
            UInt8(String(decoding: digits[start...start + 1], as: UTF8.self), radix: 16)
        }
        recordCount = 0
    }

    /// The peer has asked for new keys: they come with what is sent next.
    private(set) var isAskedForNewKeys = false

    /// What SSL_CTX_set_msg_callback(3) shows of what is sent and received.
    mutating func note(type: Int32, _ bytes: UnsafeRawBufferPointer, isSent: Bool) {
        guard !secret.isEmpty else { return }
        if type == SSL3_RT_HEADER, isSent { recordCount += 1 }
        // A KeyUpdate (RFC 8446 section 4.6.3): type, length in 3 bytes, whether the peer must follow.
        guard type == SSL3_RT_HANDSHAKE, bytes.count == 5, bytes[0] == UInt8(SSL3_MT_KEY_UPDATE) else { return }
        if isSent { isStale = true } else if bytes[4] == 1 { isAskedForNewKeys = true }
    }

    func keys(cipherSuite: UInt32) -> TLSSendKeys? {
        let (cipher, digest, size): (TLSSendKeys.Cipher, StaticString, Int)
        switch cipherSuite {
        case UInt32(TLS1_3_CK_AES_128_GCM_SHA256): (cipher, digest, size) = (.aes128GCM, "SHA256", 16)
        case UInt32(TLS1_3_CK_AES_256_GCM_SHA384): (cipher, digest, size) = (.aes256GCM, "SHA384", 32)
        case UInt32(TLS1_3_CK_CHACHA20_POLY1305_SHA256): (cipher, digest, size) = (.chaCha20Poly1305, "SHA256", 32)
        default: return nil
        }
        guard !secret.isEmpty, !isStale, !isAskedForNewKeys, let key = expanded("key", digest, size),
            let vector = expanded("iv", digest, 12)
        else { return nil }
        return TLSSendKeys(cipher: cipher, key: key, vector: vector, sequence: recordCount)
    }

    /// HKDF-Expand-Label (RFC 8446 section 7.1) without a context; nil without memory.
    private func expanded(_ label: StaticString, _ digest: StaticString, _ count: Int) -> [UInt8]? {
        var result = [UInt8](repeating: 0, count: count)
        let isMade = zzz_tls_expand_label(digest.utf8Start, secret, secret.count, label.utf8Start, &result, count)
        return isMade == 1 ? result : nil
    }
}
