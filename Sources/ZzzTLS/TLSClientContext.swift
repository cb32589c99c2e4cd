import COpenSSL

/// The client's side of the options.
public final class TLSClientContext: @unchecked Sendable {
    // @unchecked: constant after init, see TLSContext.
    public struct Options: Sendable {
        /// The authorities that the server's certificate must come from, in a PEM file; nil: it is not verified.
        public var authorities: String?
        public var certificate: TLSOptions.CertificateFiles?
        public var protocols: [String] = []
        public var minimumVersion = TLSOptions.Version.v1_2
        public var maximumVersion = TLSOptions.Version.v1_3
        /// OpenSSL's list of ciphers for TLS 1.2.
        public var ciphers: String?

        public init() {}
    }

    let pointer: OpaquePointer

    /// - Throws: when a file or an option cannot be used.
    public init(_ options: Options = Options()) throws(TLSContextError) {
        ERR_clear_error()
        guard let context = SSL_CTX_new(TLS_client_method()) else {
            throw .openSSL("tls", "no context can be made", remedy: "look at the memory of the process")
        }
        pointer = context
        zzz_tls_set_mode(context)
        _ = zzz_tls_set_min_version(context, options.minimumVersion == .v1_3 ? TLS1_3_VERSION : TLS1_2_VERSION)
        _ = zzz_tls_set_max_version(context, options.maximumVersion == .v1_3 ? TLS1_3_VERSION : TLS1_2_VERSION)
        if let ciphers = options.ciphers, SSL_CTX_set_cipher_list(context, ciphers) != 1 {
            throw .openSSL("ciphers", "OpenSSL knows none of them", remedy: "`openssl ciphers -v` lists the names")
        }
        if !options.protocols.isEmpty {
            let list = options.protocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
            SSL_CTX_set_alpn_protos(context, list, UInt32(list.count))
        }
        if let file = options.authorities {
            guard SSL_CTX_load_verify_locations(context, file, nil) == 1 else {
                throw .openSSL(file, "is no list of certificates", remedy: "write them there in PEM format")
            }
            SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        }
        if let files = options.certificate {
            guard SSL_CTX_use_certificate_chain_file(context, files.certificate) == 1,
                SSL_CTX_use_PrivateKey_file(context, files.key, SSL_FILETYPE_PEM) == 1
            else {
                throw .openSSL(files.certificate, "cannot be used", remedy: "write certificate and key in PEM format")
            }
        }
    }

    deinit { SSL_CTX_free(pointer) }
}
