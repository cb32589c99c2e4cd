/// TLS.
extension Schema {
    /// `[listen.tls]`
    static let tls = SettingTable<TLSSettings>(
        name: "tls", documentation: "TLS for the listener above it.",
        keys: [
            SettingKey(
                "certificate", .absolutePath, \.certificate,
                "A PEM file with the certificate and its intermediates, the certificate first."),
            SettingKey("key", .absolutePath, \.key, "A PEM file with the certificate's key, unencrypted."),
            SettingKey(
                "min_version", .choice, \.minVersion, "The oldest version of TLS that is spoken."),
            SettingKey(
                "preset", .choice, \.preset,
                "The cipher suites of TLS 1.2. `modern` has those with forward secrecy and authenticated encryption, "
                    + "`compatible` also older ones."),
            SettingKey(
                "ciphers", .opensslList, \.ciphers, "OpenSSL's names of ciphers for TLS 1.2, instead of the preset's."),
            SettingKey(
                "ciphersuites", .opensslList, \.ciphersuites, "OpenSSL's names of cipher suites for TLS 1.3."),
            SettingKey(
                "curves", .opensslList, \.curves, "OpenSSL's names of groups for the key exchange, the best first."),
            SettingKey(
                "tickets", .boolean, \.tickets, "Whether clients can resume their sessions with tickets."),
            SettingKey(
                "ticket_rotation", .timeSpan(.seconds(60)...(.hours(168))), \.ticketRotation,
                "How long one key seals tickets; the one before it is still taken as long again."),
            SettingKey(
                "client_certificates", .choice, \.clientCertificates,
                "Whether clients are asked for a certificate, and whether the handshake fails without."),
            SettingKey(
                "client_ca", .absolutePath, \.clientCA,
                "A PEM file with the authorities that client certificates must come from."),
            SettingKey(
                "handshake_timeout", .timeSpan(TimeSpan(milliseconds: 100)...(.hours(1))), \.handshakeTimeout,
                "How long a client may take for the handshake."),
            SettingKey(
                "handshake_bytes", .byteCount(ByteCount(bytes: 16 << 10)...ByteCount(bytes: 1 << 20)), \.handshakeBytes,
                "How many bytes of the client's a handshake may have, its certificates among them."),
        ])

    /// `[[listen.tls.certificates]]`
    static let tlsCertificates = SettingTable<CertificateSettings>(
        name: "certificates", documentation: "More certificates, each for the hosts that it names.",
        keys: [
            SettingKey(
                "certificate", .absolutePath, \.certificate,
                "A PEM file with the certificate and its intermediates, the certificate first."
            ).required(),
            SettingKey("key", .absolutePath, \.key, "A PEM file with the certificate's key, unencrypted.").required(),
        ])
}

extension TLSSettings: DefaultSettings {
    static var defaults: TLSSettings { TLSSettings() }
}

extension CertificateSettings: DefaultSettings {
    static var defaults: CertificateSettings { CertificateSettings() }
}

extension SettingReader where Value == String {
    /// Names that OpenSSL knows, with colons between them. OpenSSL itself says whether it does.
    static var opensslList: Self {
        .text("names with `:` between them", format: { $0 }) { text throws(SettingProblem) in
            guard (1...4096).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw SettingProblem(message: "it must be names with \":\" between them")
            }
            return text
        }
    }
}
