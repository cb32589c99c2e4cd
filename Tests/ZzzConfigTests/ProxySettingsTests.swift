import Testing
@testable import ZzzConfig

/// `proxy_protocol` and `trusted` of `[[listen]]`.
@Suite struct ProxySettingsTests {
    private static let address = "[[listen]]\naddress = \"127.0.0.1:1\"\n"

    @Test func `balancers of all kinds`() throws {
        let settings = try Program.settings(
            Self.address + """
                proxy_protocol = "require"
                trusted = ["10.0.0.0/8", "192.0.2.1", "2001:db8::/32", "::1", "0.0.0.0/0", "::/128", "unix"]
                [[listen]]
                address = "127.0.0.1:2"
                """)
        #expect(settings.listen[0].proxyProtocol == .require)
        #expect(settings.listen[0].trusted.count == 7)
        #expect(settings.listen[1].proxyProtocol == .off)
    }

    @Test(arguments: [
        ("proxy_protocol = true\n", "3:18: error: listen.proxy_protocol must be a string, not a boolean"),
        (
            "trusted = [\"::1\"]\nproxy_protocol = \"required\"\n",
            "4:18: error: listen.proxy_protocol is \"required\"; did you mean \"require\"?"
        ),
        (
            "proxy_protocol = \"accept\"\n",
            "3:1: error: listen.proxy_protocol needs trusted = [\"ADDRESS/BITS\"], the balancers to believe"
        ),
        (
            "trusted = [\"::1\", \"10.0.0.0/33\"]\n",
            "3:19: error: listen.trusted (element 2) is \"10.0.0.0/33\"; the number behind the \"/\" must be from 0 "
                + "to 32"
        ),
        (
            "trusted = [\"::/\"]\n",
            "3:12: error: listen.trusted (element 1) is \"::/\"; the number behind the \"/\" must be from 0 to 128"
        ),
        (
            "trusted = [\"balancer.example.com\"]\n",
            "3:12: error: listen.trusted (element 1) is \"balancer.example.com\"; it must be a range such as "
                + "\"10.0.0.0/8\", an address, or \"unix\""
        ),
    ])
    func `says what is wrong, and where`(_ lines: String, _ error: String) throws {
        let errors = try Program.errors(Self.address + lines)
        #expect(errors.contains { $0.hasSuffix(error) }, "\(errors)")
    }
}
