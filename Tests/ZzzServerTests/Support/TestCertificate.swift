import Glibc
import Testing
import ZzzTLS

/// A certificate that signs itself, made once for all tests of the process by openssl(1).
enum TestCertificate {
    static let files: TLSOptions.CertificateFiles = {
        var template = Array("/tmp/zzz-server-tests-XXXXXX".utf8CString)
        let directory = mkdtemp(&template).map { String(cString: $0) } ?? "/nonexistent"
        atexit { TestCertificate.remove() }
        let files = TLSOptions.CertificateFiles(
            certificate: directory + "/certificate.pem", key: directory + "/key.pem")
        let command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test "
            + "-addext subjectAltName=DNS:localhost -keyout \(files.key) -out \(files.certificate) 2>/dev/null"
        let status = system(command)
        precondition(status == 0, "openssl could not make a certificate")
        return files
    }()

    private static func remove() {
        unlink(files.certificate)
        unlink(files.key)
        rmdir(String(files.key.dropLast("/key.pem".count)))
    }

    /// A server's context with it.
    static func context(_ change: (inout TLSOptions) -> Void = { _ in }) throws -> TLSContext {
        var options = TLSOptions()
        options.certificates = [files]
        change(&options)
        return try TLSContext(options, tickets: TLSTicketKeys(rotationSeconds: 3600))
    }
}
