import COpenSSL
import Glibc

/// What is known of a certificate that is served.
public struct TLSCertificate: Sendable, Equatable {
    public let files: TLSOptions.CertificateFiles
    /// The hosts it is for, in lower case: "example.com", "*.example.com".
    public let names: [String]
    /// When it expires, in seconds since 1970.
    public let expires: Int

    /// The first host it is for, or else the file.
    public var name: String { names.first ?? files.certificate }

    init(_ certificate: OpaquePointer, _ files: TLSOptions.CertificateFiles) {
        self.files = files
        names = Self.names(of: certificate)
        var time = tm()
        expires = ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) == 1 ? timegm(&time) : 0
    }

    /// The DNS names; the common name only where there are none (RFC 6125 section 6.4.4).
    private static func names(of certificate: OpaquePointer) -> [String] {
        var names: [String] = []
        if let list = X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil).map({ OpaquePointer($0) }) {
            defer { GENERAL_NAMES_free(list) }
            for index in 0..<zzz_tls_general_name_count(list) {
                guard let name = zzz_tls_general_name(list, index), zzz_tls_general_name_type(name) == GEN_DNS,
                    let text = zzz_tls_general_name_text(name)
                else { continue }
                names.append(String(text))
            }
        }
        if names.isEmpty, let subject = X509_get_subject_name(certificate) {
            let index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1)
            if index >= 0, let text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index)) {
                names.append(String(text))
            }
        }
        return names.map { $0.lowercased() }
    }
}

extension String {
    fileprivate init(_ text: UnsafePointer<ASN1_STRING>) {
        let bytes = UnsafeBufferPointer(start: ASN1_STRING_get0_data(text), count: Int(ASN1_STRING_length(text)))
        self.init(decoding: bytes, as: UTF8.self)
    }
}
