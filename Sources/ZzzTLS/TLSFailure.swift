import COpenSSL

/// Why a session failed. The raw values are the labels of the metrics.
public enum TLSFailure: String, Error, Sendable, CaseIterable {
    /// What came is not TLS, or breaks its rules.
    case malformed
    /// The peer offers no version that is allowed.
    case version
    /// No cipher, group or signature algorithm in common.
    case parameters
    /// The peer offers protocols above TLS, and none that is spoken here.
    case application_protocol
    /// The client certificate is missing or does not verify.
    case client_certificate
    /// The peer has refused with an alert.
    case refused_by_peer
    /// The handshake took too long.
    case timeout
    /// The peer went away in the middle of the handshake.
    case closed
    /// The handshake had more bytes than one may have.
    case too_large
    /// A request in plain HTTP.
    case plain_http

    /// The oldest error that OpenSSL has noted on this thread, which is the cause of the others; forgets them all.
    static func taken() -> TLSFailure {
        let code = ERR_peek_error()
        ERR_clear_error()
        guard zzz_tls_error_library(code) == ERR_LIB_SSL else { return .malformed }
        let reason = zzz_tls_error_reason(code)
        switch reason {
        case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_VERSION_TOO_LOW, SSL_R_UNKNOWN_SSL_VERSION,
            SSL_R_NO_PROTOCOLS_AVAILABLE, SSL_R_WRONG_SSL_VERSION:
            return .version
        case SSL_R_NO_SHARED_CIPHER, SSL_R_NO_SUITABLE_KEY_SHARE, SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM,
            SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, SSL_R_NO_SHARED_GROUPS, SSL_R_NO_CIPHERS_SPECIFIED:
            return .parameters
        case SSL_R_NO_APPLICATION_PROTOCOL: return .application_protocol
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, SSL_R_CERTIFICATE_VERIFY_FAILED: return .client_certificate
        // Alerts of the peer are noted as this offset and the number of the alert (RFC 8446 section 6).
        case SSL_AD_REASON_OFFSET...(SSL_AD_REASON_OFFSET + 255): return .refused_by_peer
        default: return .malformed
        }
    }
}
