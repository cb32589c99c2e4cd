import Testing
import ZzzTLS

/// Certificates: which one is served, which are refused, and those of clients.
@Suite struct ContextTests {
    private static func subject(_ context: TLSContext, host: String?) throws -> String? {
        let clientContext = try TLSClientContext()
        let (server, client) = (Side(server: context), Side(client: clientContext, host: host))
        Side.converse(client, server)
        #expect(server.phase == .open)
        return client.peer?.subject
    }

    @Test func `exact names, then wildcards, then the first`() throws {
        let files = try TLSFiles()
        var options = TLSOptions()
        options.certificates = [
            try files.selfSigned(["first.example"], name: "first"),
            try files.selfSigned(["*.example.org", "example.org"], name: "wild"),
            try files.selfSigned(["www.example.org"], name: "exact"),
        ]
        let context = try TLSContext(options, tickets: nil)
        for (host, name) in [
            ("first.example", "first"), ("example.org", "wild"), ("a.example.org", "wild"),
            ("WWW.example.ORG", "exact"), ("www.example.org.", "exact"),
            ("a.b.example.org", "first"), ("other", "first"), (nil, "first"),
        ] as [(String?, String)] {
            #expect(try Self.subject(context, host: host) == "CN=\(name)", "\(host ?? "no name")")
        }
        #expect(context.certificates[1].names == ["*.example.org", "example.org"])
        #expect(context.certificates.allSatisfy { $0.expires > 1_700_000_000 })
    }

    private static func error(_ change: (inout TLSOptions) -> Void) -> TLSContextError? {
        var options = TLSOptions()
        change(&options)
        do throws(TLSContextError) {
            _ = try TLSContext(options, tickets: nil)
            return nil
        } catch {
            return error
        }
    }

    @Test func `what cannot be used is refused, with file, reason and remedy`() throws {
        let files = try TLSFiles()
        let (one, two) = (try files.selfSigned(["a"], name: "a"), try files.selfSigned(["b"], name: "b"))
        let expired = try files.expired()
        let nonsense = files.write("nonsense", to: "nonsense")
        let cases: [(files: TLSOptions.CertificateFiles, subject: String, reason: String)] = [
            (.init(certificate: one.certificate, key: two.key), two.key, "is not the key of the certificate"),
            (.init(certificate: "/nowhere", key: one.key), "/nowhere", "cannot be read: No such file"),
            (.init(certificate: one.certificate, key: "/nowhere"), "/nowhere", "cannot be read: No such file"),
            (.init(certificate: nonsense, key: one.key), nonsense, "is no certificate"),
            (.init(certificate: one.certificate, key: nonsense), nonsense, "is no private key"),
            (expired, expired.certificate, "the certificate has expired"),
        ]
        for (bad, subject, reason) in cases {
            let error = try #require(Self.error { $0.certificates = [one, bad] })
            #expect(error.subject == subject)
            #expect(error.reason.hasPrefix(reason), "\(error)")
            #expect(!error.remedy.isEmpty)
        }
        #expect(Self.error { $0.certificates = [] } != nil)
        #expect(Self.error {
            $0.certificates = [expired]
            $0.refusesExpired = false
        } == nil)
    }

    @Test func `options that OpenSSL does not know are refused`() throws {
        let files = try TLSFiles()
        let one = try files.selfSigned(["a"])
        for (option, change) in [
            ("ciphers", { $0.ciphers = "NO-SUCH-CIPHER" }), ("ciphersuites", { $0.cipherSuites = "TLS_NO" }),
            ("curves", { $0.curves = "Q-1" }), ("client_ca", { $0.clientCertificates = .required }),
        ] as [(String, (inout TLSOptions) -> Void)] {
            let error = Self.error {
                $0.certificates = [one]
                change(&$0)
            }
            #expect(error?.subject == option)
        }
    }

    @Test(arguments: TLSOptions.Version.allCases)
    func `client certificates`(_ version: TLSOptions.Version) throws {
        let files = try TLSFiles()
        let good = try files.client("alice", of: "ca")
        let foreign = try files.client("mallory", of: "otherca")
        for mode in TLSOptions.ClientCertificates.allCases {
            var options = TLSOptions()
            options.certificates = [try files.selfSigned(["localhost"])]
            options.clientCertificates = mode
            options.clientCA = files.path("ca.pem")
            let context = try TLSContext(options, tickets: nil)
            for (certificate, isGood) in [(nil, mode != .required), (good, true), (foreign, mode == .off)] {
                var clientOptions = TLSClientContext.Options()
                clientOptions.certificate = certificate
                clientOptions.maximumVersion = version
                let clientContext = try TLSClientContext(clientOptions)
                let (server, client) = (Side(server: context), Side(client: clientContext))
                Side.converse(client, server)
                #expect((server.phase == .open) == isGood, "\(mode), \(certificate?.certificate ?? "none")")
                if !isGood { #expect(server.failure == .client_certificate) }
                if isGood, mode != .off, certificate != nil {
                    #expect(server.peer?.subject == "CN=alice")
                    #expect(server.peer?.fingerprint.count == 32)
                }
            }
        }
    }
}
