import Testing
@testable import ZzzConfig

@Suite struct ListenAddressTests {
    @Test(arguments: [
        ("127.0.0.1:8080", ListenAddress.ipv4(host: "127.0.0.1", port: 8080)),
        ("0.0.0.0:0", .ipv4(host: "0.0.0.0", port: 0)),
        ("[::]:8443", .ipv6(host: "::", port: 8443)),
        ("[::ffff:1.2.3.4]:65535", .ipv6(host: "::ffff:1.2.3.4", port: 65535)),
        ("unix:/run/zzz/http.sock", .unix(path: "/run/zzz/http.sock")),
        ("unix:/a:b", .unix(path: "/a:b")),
    ])
    func `reads what it writes`(text: String, address: ListenAddress) throws {
        #expect(try ListenAddress(text) == address)
        #expect(address.description == text)
    }

    @Test(arguments: [
        ("", "no port"), ("127.0.0.1", "no port"), ("[::1]", "no port"), ("127.0.0.1:", "no port from"),
        ("127.0.0.1:65536", "65535"), ("127.0.0.1:-1", "65535"), ("127.0.0.1:+1", "65535"), ("127.0.0.1:8 ", "65535"),
        (":8080", "0.0.0.0:8080"), ("*:8080", "0.0.0.0:8080"), ("localhost:80", "127.0.0.1:80"),
        ("example.com:80", "not looked up"), ("::1:80", "[::1]:80"), ("[1.2.3.4]:80", "IPv6"), ("[::g]:80", "IPv6"),
        ("1.2.3:80", "IP address"), ("1.2.3.256:80", "IP address"), ("unix:", "absolute"), ("unix:run/a", "absolute"),
    ])
    func `refuses everything else and says what to write`(text: String, mention: String) {
        #expect {
            try ListenAddress(text)
        } throws: { error in
            (error as? ListenAddress.Problem)?.description.contains(mention) == true
        }
    }

    @Test func `takes a unix path of 107 bytes and no longer one`() throws {
        func path(_ count: Int) -> String { "/" + String(repeating: "a", count: count - 1) }
        for count in [106, 107] { #expect(try ListenAddress("unix:" + path(count)) == .unix(path: path(count))) }
        #expect(throws: ListenAddress.Problem.self) { try ListenAddress("unix:" + path(108)) }
    }
}
