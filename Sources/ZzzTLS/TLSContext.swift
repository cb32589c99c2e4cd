import COpenSSL
import Glibc

/// A listener's certificates and options, checked. It never changes; a reload makes another one.
///
/// Shared by all loops: OpenSSL counts the references to its contexts atomically, and nothing else of them is written.
public final class TLSContext: @unchecked Sendable {
    // @unchecked: everything is constant after init, and SSL_new(3) may be called from several threads.

    /// The certificates in the order of the options.
    public let certificates: [TLSCertificate]
    private let contexts: [OpaquePointer]
    private let names: TLSNameTable
    private let tickets: TLSTicketKeys?
    /// How long a peer may take for the handshake.
    public let handshakeTimeoutMilliseconds: UInt64
    /// How many bytes a peer may send for it.
    public let maximumHandshakeBytes: Int

    /// The context that sessions begin with.
    var first: OpaquePointer { contexts[0] }

    /// - Parameters:
    ///   - tickets: nil for no session tickets.
    ///   - now: seconds since 1970.
    /// - Throws: when a file or an option cannot be used.
    public init(_ options: TLSOptions, tickets: TLSTicketKeys?, now: Int = time(nil)) throws(TLSContextError) {
        var contexts: [OpaquePointer] = []
        var certificates: [TLSCertificate] = []
        do throws(TLSContextError) {
            for files in options.certificates {
                let context = try Self.make(options, tickets)
                contexts.append(context)
                let certificate = try Self.load(files, into: context)
                if options.refusesExpired, certificate.expires <= now {
                    throw TLSContextError(
                        files.certificate, "the certificate has expired",
                        remedy: "renew it, write the new one there, and run `zzzctl reload`")
                }
                certificates.append(certificate)
            }
            guard !contexts.isEmpty else {
                throw TLSContextError("tls", "there is no certificate", remedy: "name a certificate and its key")
            }
        } catch {
            for context in contexts { SSL_CTX_free(context) }
            throw error
        }
        self.certificates = certificates
        self.contexts = contexts
        self.tickets = tickets
        handshakeTimeoutMilliseconds = options.handshakeTimeoutMilliseconds
        maximumHandshakeBytes = options.maximumHandshakeBytes
        names = TLSNameTable(certificates)
        zzz_tls_set_name_callback(contexts[0], { ssl, _, _ in TLSContext.chooseCertificate(ssl) }, nil)
    }

    deinit {
        for context in contexts { SSL_CTX_free(context) }
    }

    // MARK: Making

    private static func make(
        _ options: TLSOptions, _ tickets: TLSTicketKeys?
    ) throws(TLSContextError) -> OpaquePointer {
        ERR_clear_error()
        guard let context = SSL_CTX_new(TLS_server_method()) else {
            throw .openSSL("tls", "no context can be made", remedy: "look at the memory of the process")
        }
        do throws(TLSContextError) {
            try set(options, on: context)
            try setClients(options, on: context)
            setTickets(tickets, on: context)
            if options.givesSendKeys { keepSendSecrets(on: context) }
        } catch {
            SSL_CTX_free(context)
            throw error
        }
        return context
    }

    private static func set(_ options: TLSOptions, on context: OpaquePointer) throws(TLSContextError) {
        zzz_tls_set_mode(context)
        zzz_tls_set_server_options(context)
        let version = options.minimumVersion == .v1_3 ? TLS1_3_VERSION : TLS1_2_VERSION
        guard zzz_tls_set_min_version(context, version) == 1 else {
            throw .openSSL("min_version", "is refused", remedy: "look at the system's OpenSSL policy")
        }
        guard SSL_CTX_set_cipher_list(context, options.effectiveCiphers) == 1 else {
            throw .openSSL("ciphers", "OpenSSL knows none of them", remedy: "`openssl ciphers -v` lists the names")
        }
        if let suites = options.cipherSuites, SSL_CTX_set_ciphersuites(context, suites) != 1 {
            throw .openSSL(
                "ciphersuites", "OpenSSL does not know one of them", remedy: "`openssl ciphers -v -tls1_3` lists them")
        }
        guard zzz_tls_set_groups(context, options.curves) == 1 else {
            throw .openSSL(
                "curves", "OpenSSL does not know one of them", remedy: "write names such as \"X25519:P-256\"")
        }
        SSL_CTX_set_alpn_select_cb(
            context,
            { _, chosen, chosenCount, offered, offeredCount, _ in
                TLSContext.chooseProtocol(chosen, chosenCount, offered, offeredCount)
            }, nil)
        // A key with a passphrase is refused, rather than asked for at a terminal.
        SSL_CTX_set_default_passwd_cb(context) { _, _, _, _ in 0 }
    }

    private static func setClients(_ options: TLSOptions, on context: OpaquePointer) throws(TLSContextError) {
        // Tickets of a listener with other rules for clients are of no use here.
        var identity = Array("zzz \(options.clientCertificates.rawValue)".utf8)
        if options.clientCertificates != .off {
            guard let file = options.clientCA else {
                throw TLSContextError(
                    "client_ca", "is missing", remedy: "name the file with the authorities of client certificates")
            }
            try TLSContextError.checkReadable(file)
            guard SSL_CTX_load_verify_locations(context, file, nil) == 1, let names = zzz_tls_load_ca_names(file) else {
                throw .openSSL(file, "is no list of certificates", remedy: "write them there in PEM format")
            }
            SSL_CTX_set_client_CA_list(context, names)
            let isRequired = options.clientCertificates == .required
            SSL_CTX_set_verify(
                context, SSL_VERIFY_PEER | (isRequired ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nil)
            zzz_tls_set_max_certificate_list(context, options.maximumHandshakeBytes)
            identity += try digest(ofFile: file)
        }
        SSL_CTX_set_session_id_context(context, identity, UInt32(min(identity.count, 32)))
    }

    /// The first half of SHA-256.
    private static func digest(ofFile path: String) throws(TLSContextError) -> [UInt8] {
        var bytes: [UInt8] = []
        guard let file = fopen(path, "r") else {
            try TLSContextError.checkReadable(path)
            return bytes
        }
        defer { fclose(file) }
        var piece = [UInt8](repeating: 0, count: 4096)
        while case let count = fread(&piece, 1, piece.count, file), count > 0 { bytes += piece[..<count] }
        var digest = [UInt8](repeating: 0, count: 32)
        EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha256(), nil)
        return Array(digest[..<16])
    }

    private static func setTickets(_ tickets: TLSTicketKeys?, on context: OpaquePointer) {
        zzz_tls_set_cache_off(context)
        guard let tickets else {
            zzz_tls_set_tickets_off(context)
            return
        }
        SSL_CTX_set_timeout(context, tickets.rotationSeconds)
        // Each connection brings one for the connection that takes its place; OpenSSL would give out two.
        SSL_CTX_set_num_tickets(context, 1)
        zzz_tls_set_ticket_callback(context) { ssl, name, vector, cipher, mac, isSealing in
            guard let name, let vector, let keys = TLSContext.of(ssl)?.tickets else { return 0 }
            return keys.prepare(name, vector, cipher, mac, isSealing: isSealing == 1)
        }
    }

    private static func keepSendSecrets(on context: OpaquePointer) {
        SSL_CTX_set_keylog_callback(context) { ssl, line in
            guard let line, let wire = TLSWire.of(ssl: ssl) else { return }
            wire.pointee.sendSecret.note(line: line)
        }
        SSL_CTX_set_msg_callback(context) { isSent, _, type, bytes, count, ssl, _ in
            guard let wire = TLSWire.of(ssl: ssl) else { return }
            wire.pointee.sendSecret.note(
                type: type, UnsafeRawBufferPointer(start: bytes, count: count), isSent: isSent == 1)
        }
    }

    private static func load(
        _ files: TLSOptions.CertificateFiles, into context: OpaquePointer
    ) throws(TLSContextError) -> TLSCertificate {
        try TLSContextError.checkReadable(files.certificate)
        try TLSContextError.checkReadable(files.key)
        ERR_clear_error()
        guard SSL_CTX_use_certificate_chain_file(context, files.certificate) == 1,
            let certificate = SSL_CTX_get0_certificate(context)
        else {
            throw .openSSL(
                files.certificate, "is no certificate that can be used",
                remedy: "write the certificate and its intermediates there, in PEM format")
        }
        // SSL_CTX_use_PrivateKey_file(3) compares the key with the certificate.
        guard SSL_CTX_use_PrivateKey_file(context, files.key, SSL_FILETYPE_PEM) == 1 else {
            if zzz_tls_error_reason(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH {
                ERR_clear_error()
                throw TLSContextError(
                    files.key, "is not the key of the certificate in \(files.certificate)",
                    remedy: "write the key and the certificate that belong together")
            }
            throw .openSSL(
                files.key, "is no private key that can be used", remedy: "write it there in PEM format, unencrypted")
        }
        guard SSL_CTX_check_private_key(context) == 1 else {
            throw .openSSL(
                files.key, "is not the key of the certificate in \(files.certificate)",
                remedy: "write the key and the certificate that belong together")
        }
        return TLSCertificate(certificate, files)
    }
}

// MARK: Callbacks of OpenSSL's

extension TLSContext {
    /// The context that a session was made with.
    fileprivate static func of(_ ssl: OpaquePointer?) -> TLSContext? {
        SSL_get_ex_data(ssl, 0).map { Unmanaged<TLSContext>.fromOpaque($0).takeUnretainedValue() }
    }

    /// By the name that the client asks for (RFC 6066 section 3). None that fits: the first certificate.
    fileprivate static func chooseCertificate(_ ssl: OpaquePointer?) -> Int32 {
        guard let context = of(ssl), context.contexts.count > 1,
            let name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name)
        else { return SSL_TLSEXT_ERR_OK }
        let index = context.names.index(for: String(cString: name))
        if index != 0 { SSL_set_SSL_CTX(ssl, context.contexts[index]) }
        return SSL_TLSEXT_ERR_OK
    }

    /// http/1.1, or the end of the handshake when the client offers only others (RFC 7301 section 3.2).
    fileprivate static func chooseProtocol(
        _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?, _ chosenCount: UnsafeMutablePointer<UInt8>?,
        _ offered: UnsafePointer<UInt8>?, _ offeredCount: UInt32
    ) -> Int32 {
        let wanted: StaticString = "http/1.1"
        guard let offered else { return SSL_TLSEXT_ERR_NOACK }
        var position = 0
        while position < Int(offeredCount) {
            let count = Int(offered[position])
            let name = UnsafeBufferPointer(start: offered + position + 1, count: count)
            guard position + 1 + count <= Int(offeredCount) else { break }
            if name.elementsEqual(UnsafeBufferPointer(start: wanted.utf8Start, count: wanted.utf8CodeUnitCount)) {
                chosen?.pointee = name.baseAddress
                chosenCount?.pointee = UInt8(count)
                return SSL_TLSEXT_ERR_OK
            }
            position += 1 + count
        }
        return SSL_TLSEXT_ERR_ALERT_FATAL
    }
}
