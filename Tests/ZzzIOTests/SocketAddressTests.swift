import Testing

@testable import ZzzIO

@Suite("Socket addresses")
struct SocketAddressTests {
    @Test("read and written again", arguments: [
        "127.0.0.1:8080", "0.0.0.0:0", "255.255.255.255:65535", "[::1]:8443", "[::]:80", "[2001:db8::1:0:0:1]:443",
        "[fe80::1%1]:80", "*:80", "unix:/run/x.sock", "unix:@abstract", "unix:relative.sock",
    ])
    func roundTrip(text: String) throws {
        #expect(try SocketAddress.parse(text).description == text)
    }

    @Test("bad ones are refused with a reason", arguments: [
        ("", "no port; write ADDRESS:PORT, or unix:PATH for a unix socket"),
        ("8080", "no port; write ADDRESS:PORT, or unix:PATH for a unix socket"),
        ("127.0.0.1", "no port; write ADDRESS:PORT, or unix:PATH for a unix socket"),
        ("127.0.0.1:", "the port must be a number from 0 to 65535"),
        ("127.0.0.1:65536", "the port must be a number from 0 to 65535"),
        ("127.0.0.1:-1", "the port must be a number from 0 to 65535"),
        ("127.0.0.1:+1", "the port must be a number from 0 to 65535"),
        ("127.0.0.1:8O", "the port must be a number from 0 to 65535"),
        ("::1:80", "an IPv6 address goes in brackets, as in [::1]:8080"),
        ("[::1:80", "not an IPv6 address in brackets"),
        ("[::g]:80", "not an IPv6 address in brackets"),
        ("[fe80::1%nonesuch]:80", "not an IPv6 address in brackets"),
        ("[]:80", "not an IPv6 address in brackets"),
        ("localhost:80", "not an IP address; names are not looked up, and * stands for every address"),
        (":80", "not an IP address; names are not looked up, and * stands for every address"),
        ("1.2.3:80", "not an IP address; names are not looked up, and * stands for every address"),
        ("unix:", "no path after unix:"),
        ("unix:@", "no path after unix:"),
        ("1.2.3.4:8\u{0}0", "a NUL byte"),
    ])
    func refused(text: String, reason: String) {
        let error = #expect(throws: SystemError.self) { _ = try SocketAddress.parse(text) }
        #expect(error?.description == "address \"\(text)\": \(reason)")
    }

    @Test("a unix path has at most 107 bytes", arguments: [(106, true), (107, true), (108, false)])
    func unixLength(count: Int, fits: Bool) throws {
        for prefix in ["unix:", "unix:@"] {
            let text = prefix + String(repeating: "x", count: count)
            if fits {
                #expect(try SocketAddress.parse(text).description == text)
            } else {
                #expect(throws: SystemError.self) { _ = try SocketAddress.parse(text) }
            }
        }
    }

    @Test("hosts as a log shows them")
    func hosts() throws {
        #expect(try SocketAddress.parse("10.0.0.1:80").host == "10.0.0.1")
        #expect(try SocketAddress.parse("[2001:db8::]:80").host == "2001:db8::")
        #expect(try SocketAddress.parse("unix:/x").host == "/x")
        #expect(SocketAddress(.unnamed).description == "unix:")
    }

    @Test("an error reads as a sentence")
    func error() {
        #expect(
            SystemError(operation: "bind", errno: 13, subject: "127.0.0.1:80").description
                == "bind 127.0.0.1:80: Permission denied (EACCES)")
        #expect(SystemError(operation: "epoll_wait", errno: 4).description
            == "epoll_wait: Interrupted system call (EINTR)")
    }
}
