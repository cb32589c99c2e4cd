/// What a listener's TLS does. The initial values are the defaults of the configuration.
public struct TLSOptions: Sendable, Equatable {
    /// A certificate with its intermediates, and its key, in PEM files.
    public struct CertificateFiles: Sendable, Equatable {
        public var certificate: String
        public var key: String

        public init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    /// Which cipher suites of TLS 1.2 are offered; those of TLS 1.3 are all good.
    public enum Preset: String, Sendable, CaseIterable {
        /// Forward secrecy and authenticated encryption only.
        case modern
        /// Also CBC and key exchange with RSA, for clients of before 2014.
        case compatible
    }

    public enum Version: String, Sendable, CaseIterable {
        case v1_2 = "1.2"
        case v1_3 = "1.3"
    }

    public enum ClientCertificates: String, Sendable, CaseIterable {
        /// None is asked for.
        case off
        /// A client may show one; one that does not verify ends the handshake.
        case optional
        /// The handshake fails without one.
        case required
    }

    /// The first one is for clients that name no host, or one that no certificate has.
    public var certificates: [CertificateFiles] = []
    public var minimumVersion = Version.v1_2
    public var preset = Preset.modern
    /// OpenSSL's list of ciphers for TLS 1.2, instead of the preset's.
    public var ciphers: String?
    /// OpenSSL's list of cipher suites for TLS 1.3.
    public var cipherSuites: String?
    /// OpenSSL's list of groups for the key exchange.
    public var curves = "X25519:P-256:P-384"
    public var clientCertificates = ClientCertificates.off
    /// A PEM file with the authorities that client certificates must come from.
    public var clientCA: String?
    /// Whether a certificate that has expired is refused. When nothing else is there to be served, it is not: clients
    /// refuse it by themselves.
    public var refusesExpired = true
    /// Whether a session keeps what `TLSSession.sendKeys` needs.
    public var givesSendKeys = false
    public var handshakeTimeoutMilliseconds: UInt64 = 10_000
    /// A ClientHello has hundreds, a client's certificates some thousands.
    public var maximumHandshakeBytes = 64 << 10

    public init() {}

    /// The list of ciphers for TLS 1.2.
    var effectiveCiphers: String {
        if let ciphers { return ciphers }
        let modern = [
            "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
            "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
        ]
        let old = [
            "ECDHE-ECDSA-AES128-SHA256", "ECDHE-RSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA384",
            "ECDHE-RSA-AES256-SHA384", "ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES128-SHA", "AES128-GCM-SHA256",
            "AES256-GCM-SHA384", "AES128-SHA256", "AES128-SHA",
        ]
        return (preset == .modern ? modern : modern + old).joined(separator: ":")
    }
}
