import COpenSSL

/// A peer's certificate, as far as it is of use to an app.
public struct TLSPeer: Sendable, Equatable {
    /// The subject, as RFC 2253 writes it: "CN=alice,O=Example".
    public let subject: String
    /// SHA-256 of the whole certificate.
    public let fingerprint: [UInt8]
    /// The whole certificate, in DER.
    public let certificate: [UInt8]
    /// Whether it comes from an authority that the options name.
    public let isVerified: Bool

    init?(_ certificate: OpaquePointer, isVerified: Bool) {
        guard let text = BIO_new(BIO_s_mem()) else { return nil }
        defer { BIO_free(text) }
        _ = zzz_tls_print_name(text, X509_get_subject_name(certificate))
        var subject: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 512)
        while case let count = BIO_read(text, &piece, 512), count > 0 { subject += piece[..<Int(count)] }
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var size: UInt32 = 0
        guard X509_digest(certificate, EVP_sha256(), &digest, &size) == 1 else { return nil }
        self.isVerified = isVerified
        self.certificate = Self.encoded(certificate)
        self.subject = String(decoding: subject, as: UTF8.self)
        fingerprint = Array(digest[..<Int(size)])
    }

    /// i2d_X509(3): the first call counts, and the second one moves the pointer.
    private static func encoded(_ certificate: OpaquePointer) -> [UInt8] {
        let size = i2d_X509(certificate, nil)
        guard size > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
            var end = buffer.baseAddress
            count = max(0, Int(i2d_X509(certificate, &end)))
        }
    }
}

/// A session that can be resumed.
public final class TLSTicket {
    let pointer: OpaquePointer
    init(_ pointer: OpaquePointer) { self.pointer = pointer }
    deinit { SSL_SESSION_free(pointer) }
}
