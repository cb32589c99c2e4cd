import CLinux

/// TLS by the kernel, for what is sent: so that files go from the page cache to the peer by sendfile(2), sealed on
/// their way.
public enum KernelTLS {
    /// Whether this kernel can: with CONFIG_TLS, and its module loaded or loadable by this process.
    public static let isThere = zzz_linux_tls_is_there() == 1

    public enum Cipher: Sendable {
        case aes128GCM, aes256GCM, chaCha20Poly1305

        fileprivate var number: Int32 {
            switch self {
            case .aes128GCM: Int32(ZZZ_LINUX_TLS_AES_128_GCM)
            case .aes256GCM: Int32(ZZZ_LINUX_TLS_AES_256_GCM)
            case .chaCha20Poly1305: Int32(ZZZ_LINUX_TLS_CHACHA20_POLY1305)
            }
        }
    }

    /// Has the kernel seal, by TLS 1.3, what is written to a socket from now on. False when it does not, and then
    /// nothing has changed.
    /// - Parameters:
    ///   - vector: 12 bytes.
    ///   - sequence: the number of the next record.
    public static func seal(_ fd: Int32, _ cipher: Cipher, key: [UInt8], vector: [UInt8], sequence: UInt64) -> Bool {
        precondition(key.count == (cipher == .aes128GCM ? 16 : 32) && vector.count == 12, "keys of another size")
        return zzz_linux_tls_seal(fd, cipher.number, key, vector, sequence) == 0
    }

    /// Tells the peer that nothing more is sent (RFC 8446 section 6.1). Whoever has no room for that is not told.
    public static func sendCloseNotify(_ fd: Int32) { _ = zzz_linux_tls_send_alert(fd, 1, 0) }
}
