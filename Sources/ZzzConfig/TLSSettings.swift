/// `[listen.tls]`: TLS for one listener.
public struct TLSSettings: Codable, Sendable, Equatable {
    /// Which versions are spoken.
    public enum Version: String, Codable, Sendable, CaseIterable {
        case v1_2 = "1.2"
        case v1_3 = "1.3"
    }

    /// Which cipher suites of TLS 1.2 are offered.
    public enum Preset: String, Codable, Sendable, CaseIterable {
        case modern, compatible
    }

    /// Whether clients show certificates.
    public enum ClientCertificates: String, Codable, Sendable, CaseIterable {
        case off, optional, required
    }

    /// The PEM file with the certificate and its intermediates.
    public var certificate: String?
    /// The PEM file with its key.
    public var key: String?
    /// `[[listen.tls.certificates]]`: more of them, for other hosts.
    public var certificates: [CertificateSettings] = []
    /// The oldest version that is spoken.
    public var minVersion = Version.v1_2
    /// The cipher suites, by purpose.
    public var preset = Preset.modern
    /// OpenSSL's list of ciphers for TLS 1.2; nil leaves the preset's.
    public var ciphers: String?
    /// OpenSSL's list of cipher suites for TLS 1.3; nil leaves OpenSSL's own.
    public var ciphersuites: String?
    /// OpenSSL's list of groups for the key exchange.
    public var curves = "X25519:P-256:P-384"
    /// Whether clients can resume sessions with tickets.
    public var tickets = true
    /// How long a key seals tickets.
    public var ticketRotation = TimeSpan.hours(12)
    /// Whether clients are asked for certificates.
    public var clientCertificates = ClientCertificates.off
    /// The PEM file with the authorities of client certificates.
    public var clientCA: String?
    /// How long a handshake may take.
    public var handshakeTimeout = TimeSpan.seconds(10)
    /// How many bytes of the client's a handshake may have.
    public var handshakeBytes = ByteCount(bytes: 64 << 10)

    public init() {}

    /// All certificates with their keys, the first one first.
    public var allCertificates: [CertificateSettings] {
        guard let certificate, let key else { return certificates }
        return [CertificateSettings(certificate: certificate, key: key)] + certificates
    }

    enum CodingKeys: String, CodingKey {
        case certificate, key, certificates, preset, ciphers, ciphersuites, curves, tickets
        case minVersion = "min_version"
        case ticketRotation = "ticket_rotation"
        case clientCertificates = "client_certificates"
        case clientCA = "client_ca"
        case handshakeTimeout = "handshake_timeout"
        case handshakeBytes = "handshake_bytes"
    }
}

/// `[[listen.tls.certificates]]`: a certificate and its key.
public struct CertificateSettings: Codable, Sendable, Equatable {
    /// The PEM file with the certificate and its intermediates.
    public var certificate = ""
    /// The PEM file with its key.
    public var key = ""

    public init() {}

    public init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}
