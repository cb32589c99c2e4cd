import ZzzAppABI

/// The TLS between the client and the daemon.
public struct TLSDetails: Sendable, Hashable {
    /// What a client has shown to say who it is (`client_certificates` in the daemon's configuration).
    public struct Client: Sendable, Hashable {
        /// The certificate's subject, as RFC 2253 writes it: "CN=alice,O=Example".
        public let subject: String
        /// SHA-256 of the certificate.
        public let fingerprint: [UInt8]
        /// The whole certificate, in DER.
        public let certificate: [UInt8]
        /// Whether it comes from one of the authorities that the listener names.
        public let isVerified: Bool
    }

    /// "TLSv1.3"
    public let version: String
    /// The cipher suite: "TLS_AES_256_GCM_SHA384".
    public let cipher: String
    /// The host that the client has asked for in the handshake (RFC 6066 section 3). What the request says counts more.
    public let serverName: String?
    /// Whether an earlier session was resumed.
    public let isResumed: Bool
    /// Nil when the client has shown no certificate.
    public let client: Client?

    init(_ tls: zzz_tls) {
        version = tls.protocol.string
        cipher = tls.cipher.string
        serverName = tls.server_name.count == 0 ? nil : tls.server_name.string
        isResumed = tls.flags & UInt32(ZZZ_TLS_RESUMED) != 0
        guard tls.client_fingerprint.count > 0 else {
            client = nil
            return
        }
        client = Client(
            subject: tls.client_subject.string, fingerprint: tls.client_fingerprint.array,
            certificate: tls.client_certificate.array,
            isVerified: tls.flags & UInt32(ZZZ_TLS_CLIENT_VERIFIED) != 0)
    }
}

extension Context {
    /// What was agreed on with the client. Nil for a request that did not come to the daemon over TLS, also when a
    /// trusted proxy says that it came to the proxy so, and with a daemon that is older than this property.
    public var tls: TLSDetails? {
        guard let request, instance.host.tellsTLS else { return nil }
        var tls = zzz_tls()
        tls.size = UInt32(MemoryLayout<zzz_tls>.size)
        guard http.pointee.tls(request, &tls) >= 0 else { return nil }
        return TLSDetails(tls)
    }
}
