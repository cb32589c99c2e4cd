import Glibc
import Testing
import ZzzTLS

/// Certificates that openssl(1) makes, in a directory that goes with the object.
final class TLSFiles: Sendable {
    let directory: String

    init() throws {
        var template = Array("/tmp/zzz-tls-tests-XXXXXX".utf8CString)
        directory = String(cString: try #require(mkdtemp(&template)))
    }

    deinit { system("rm -r '\(directory)'") }

    func path(_ name: String) -> String { "\(directory)/\(name)" }

    private func openssl(_ arguments: String) throws {
        let status = system("cd '\(directory)' && openssl \(arguments) >openssl.log 2>&1")
        try #require(status == 0, "openssl \(arguments)")
    }

    /// A certificate that signs itself.
    func selfSigned(_ hosts: [String], name: String = "self", days: Int = 2) throws -> TLSOptions.CertificateFiles {
        let names = hosts.map { "DNS:\($0)" }.joined(separator: ",")
        try openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days \(days) -subj /CN=\(name) "
                + "-addext 'subjectAltName=\(names)' -keyout \(name)-key.pem -out \(name).pem")
        return .init(certificate: path("\(name).pem"), key: path("\(name)-key.pem"))
    }

    /// A certificate whose time is over.
    func expired() throws -> TLSOptions.CertificateFiles {
        _ = try selfSigned(["old.example"], name: "old")
        try openssl("req -new -key old-key.pem -subj /CN=old.example -out old.csr")
        try openssl("x509 -req -in old.csr -signkey old-key.pem -days -1 -out old.pem")
        return .init(certificate: path("old.pem"), key: path("old-key.pem"))
    }

    /// A certificate for a client, from an authority whose file is `authority`.pem.
    func client(_ name: String, of authority: String) throws -> TLSOptions.CertificateFiles {
        if access(path("\(authority).pem"), F_OK) != 0 { _ = try selfSigned(["ca"], name: authority) }
        try openssl("req -newkey rsa:2048 -nodes -subj /CN=\(name) -keyout \(name)-key.pem -out \(name).csr")
        try openssl(
            "x509 -req -in \(name).csr -CA \(authority).pem -CAkey \(authority)-key.pem -CAcreateserial -days 2 "
                + "-out \(name).pem")
        return .init(certificate: path("\(name).pem"), key: path("\(name)-key.pem"))
    }

    func write(_ text: String, to name: String) -> String {
        let file = fopen(path(name), "w")
        fputs(text, file)
        fclose(file)
        return path(name)
    }
}
