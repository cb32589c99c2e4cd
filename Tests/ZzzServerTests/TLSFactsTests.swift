import Glibc
import Testing
import ZzzAppABI
import ZzzIO
import ZzzTLS

@testable import ZzzServer

/// `zzz_tls`, copied.
struct TLSKnowledge: CustomStringConvertible {
    var version, cipher, serverName, subject: String
    var fingerprint, certificate: [UInt8]
    var isResumed, isVerified: Bool

    init(_ tls: zzz_tls) {
        version = tls.protocol.string
        cipher = tls.cipher.string
        serverName = tls.server_name.string
        subject = tls.client_subject.string
        fingerprint = tls.client_fingerprint.array
        certificate = tls.client_certificate.array
        isResumed = tls.flags & UInt32(ZZZ_TLS_RESUMED) != 0
        isVerified = tls.flags & UInt32(ZZZ_TLS_CLIENT_VERIFIED) != 0
    }

    var description: String {
        "\(version) \(serverName) \(subject) \(fingerprint.count) \(isResumed) \(isVerified)"
    }
}

/// What an app is told about the TLS of its request's connection.
@Suite struct TLSFactsTests {
    private static let about = TestRoute.get("/") { request, _ in
        request.respond(request.tls().map { "\($0)" } ?? "none")
    }

    /// The test's own certificate is its own authority.
    private static func askForClients(_ options: inout TLSOptions) {
        options.clientCertificates = .optional
        options.clientCA = TestCertificate.files.certificate
    }

    @Test(arguments: Setup.all)
    func theVersionAndTheCipher(_ setup: Setup) throws {
        let cipher = TestRoute.get("/cipher") { request, _ in request.respond(request.tls()?.cipher ?? "none") }
        try TestServer.run(setup, [Self.about, cipher]) { server in
            let client = try server.client()
            for _ in 0..<2 { #expect(try client.get("/").text == (setup.usesTLS ? "TLSv1.3   0 false false" : "none")) }
            #expect(try client.get("/cipher").text.hasPrefix("TLS_") == setup.usesTLS)
        }
    }

    @Test(arguments: Setup.tls, [TLSOptions.Version.v1_2, .v1_3])
    func aClientsCertificate(_ setup: Setup, _ version: TLSOptions.Version) throws {
        let matches = TestRoute.get("/matches") { request, _ in
            let tls = request.tls()
            request.respond("\(tls?.certificate.isEmpty == false && tls?.fingerprint.count == 32)")
        }
        try TestServer.run(setup, [Self.about, matches], tls: Self.askForClients) { server in
            var options = TLSClientContext.Options()
            options.certificate = TestCertificate.files
            options.maximumVersion = version
            let client = try Client(server.address, tls: try TLSClientContext(options))
            #expect(try client.get("/").text == "TLSv\(version.rawValue)  CN=test 32 false true")
            #expect(try client.get("/matches").text == "true")
            client.close()
            // One may do without.
            #expect(try server.get("/").text == "TLSv1.3   0 false false")
        }
    }

    /// The bytes belong to the request: they stay when the client has gone.
    @Test(arguments: Setup.tls)
    func whatIsKnownStaysWithTheRequest(_ setup: Setup) throws {
        let kept = Probe<String>("")
        let hasGone = Probe<Bool>(false)
        let route = TestRoute.get("/") { request, _ in
            request.retain()
            guard let facts = try? RequestCalls.tls(request.handle) else { return }
            nonisolated(unsafe) var tls = zzz_tls()  // Only read below.
            facts.fill(&tls)
            request.onClosed { request in
                // A second time, without the connection.
                kept.set("\(TLSKnowledge(tls).version) \(request.tls()?.version ?? "none")")
                request.release()
                hasGone.set(true)
            }
        }
        try TestServer.run(setup, [route]) { server in
            let client = try server.client()
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(server.eventually { server.site.activity.totals.inFlight == 1 })
            client.reset()
            #expect(hasGone.awaitValue(true))
            #expect(kept.current == "TLSv1.3 TLSv1.3")
        }
    }
}
