import Testing
@testable import ZzzConfig

/// `[listen.tls]`
@Suite struct TLSSettingsTests {
    private static let address = "[[listen]]\naddress = \"127.0.0.1:1\"\n"

    @Test func `a listener with several certificates`() throws {
        let settings = try Program.settings(
            Self.address + """
                [listen.tls]
                certificate = "/a.pem"
                key = "/a-key.pem"
                min_version = "1.3"
                ticket_rotation = "1h"
                [[listen.tls.certificates]]
                certificate = "/b.pem"
                key = "/b-key.pem"
                [[listen]]
                address = "127.0.0.1:2"
                tls = { certificates = [{ certificate = "/c.pem", key = "/c-key.pem" }] }
                [[listen]]
                address = "127.0.0.1:3"
                """)
        let tls = try #require(settings.listen[0].tls)
        #expect(tls.allCertificates == [
            CertificateSettings(certificate: "/a.pem", key: "/a-key.pem"),
            CertificateSettings(certificate: "/b.pem", key: "/b-key.pem"),
        ])
        #expect(tls.minVersion == .v1_3)
        #expect(tls.ticketRotation == .seconds(3600))
        #expect(settings.listen[1].tls?.allCertificates.map(\.certificate) == ["/c.pem"])
        #expect(settings.listen[2].tls == nil)
    }

    @Test(arguments: [
        ("tls = true\n", "3:7: error: listen.tls must be a table, not a boolean"),
        ("tls = {}\n", "3:1: error: listen.tls needs certificate = \"/PATH\" and key = \"/PATH\""),
        ("tls = { certificate = \"/a\" }\n", "3:9: error: listen.tls needs both certificate and key"),
        ("tls = { key = \"/a\" }\n", "3:9: error: listen.tls needs both certificate and key"),
        (
            "tls = { certificate = \"/a\", key = \"/b\", client_certificates = \"required\" }\n",
            "3:41: error: listen.tls.client_certificates needs client_ca = \"/PATH\""
        ),
        (
            "tls = { certificates = [{ certificate = \"/a\" }] }\n",
            "3:25: error: [[listen.tls.certificates]] needs key = \"/PATH\""
        ),
        (
            "tls = { certificate = \"/a\", key = \"/b\", min_versoin = \"1.3\" }\n",
            "3:41: error: unknown key \"min_versoin\" in listen.tls; did you mean \"min_version\"?"
        ),
        (
            "tls = { certificate = \"a\", key = \"/b\" }\n",
            "3:23: error: listen.tls.certificate is \"a\"; it must be an absolute path"
        ),
    ])
    func `says what is wrong, and where`(_ line: String, _ error: String) throws {
        let errors = try Program.errors(Self.address + line)
        #expect(errors.contains { $0.hasSuffix(error) }, "\(errors)")
    }
}
