import Testing

@testable import ZzzIO

/// Headers by version, in the order of the protocol's own document.
@Suite("PROXY headers")
struct ProxyHeaderTests {
    private static let most = 4096

    private static func parse(_ bytes: [UInt8], limit: Int = most) -> ProxyHeader.Outcome {
        ProxyHeader.parse(bytes.span, limit: limit)
    }

    private static func parse(_ text: String) -> ProxyHeader.Outcome { parse(Array(text.utf8)) }

    private static func source(_ address: String) throws -> SocketAddress { try SocketAddress.parse(address) }

    // MARK: Version 1

    static let goodLines: [(line: String, source: String?)] = [
        ("PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n", "192.0.2.1:56324"),
        ("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255:65535"),
        ("PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n", "0.0.0.0:0"),
        ("PROXY TCP6 2001:db8::1 ::1 1 2\r\n", "[2001:db8::1]:1"),
        ("PROXY TCP6 2001:DB8:0:0:0:0:0:A ::1 1 2\r\n", "[2001:db8::a]:1"),
        ("PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n", "[::ffff:192.0.2.1]:1"),
        (
            "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 "
                + "65535\r\n", "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"
        ),
        ("PROXY UNKNOWN\r\n", nil),
        (
            "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 "
                + "65535\r\n", nil
        ),
        ("PROXY UNKNOWN whatever \u{1} is here\r\n", nil),
    ]

    @Test("lines", arguments: goodLines)
    func lines(line: String, source: String?) throws {
        let header = ProxyHeader(source: try source.map(Self.source), length: line.utf8.count)
        #expect(Self.parse(line) == .header(header))
        #expect(Self.parse(line + "GET / HTTP/1.1\r\n") == .header(header))
    }

    static let badLines = [
        "PROXY \r\n", "PROXY TCP4\r\n", "PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n",
        "PROXY  TCP4 192.0.2.1 192.0.2.2 1 2\r\n", "PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n", "PROXY TCP4 192.0.2.1\t192.0.2.2 1 2\r\n",
        "PROXY tcp4 192.0.2.1 192.0.2.2 1 2\r\n", "PROXY TCP5 192.0.2.1 192.0.2.2 1 2\r\n",
        "PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n", "PROXY unknown\r\n", "PROXY UNKNOWNX\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n", "PROXY TCP4 192.0.2.1 192.0.2.2 -1 2\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 +1 2\r\n", "PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 1 00\r\n", "PROXY TCP4 192.0.2.1 192.0.2.2  1\r\n",
        "PROXY TCP4 192.0.2.01 192.0.2.2 1 2\r\n", "PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n",
        "PROXY TCP4 192.0.2 192.0.2.2 1 2\r\n", "PROXY TCP4 0x1.0.2.1 192.0.2.2 1 2\r\n",
        "PROXY TCP4 192.0.2.1 name 1 2\r\n", "PROXY TCP4 ::1 ::1 1 2\r\n", "PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n",
        "PROXY TCP6 fe80::1%1 ::1 1 2\r\n", "PROXY TCP6 [::1] ::1 1 2\r\n", "PROXY TCP6 ::1::2 ::1 1 2\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n\r\n", "PROXY \n",
        "PROXY TCP4 192.0.2.1\0 192.0.2.2 1 2\r\n", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\r\n",
        "PROXY TCP4 192.0.2.\u{661} 192.0.2.2 1 2\r\n",
    ]

    @Test("bad lines", arguments: badLines)
    func badLine(line: String) { #expect(Self.parse(line) == .malformed) }

    @Test("a line has at most 107 bytes")
    func longestLine() {
        func line(_ count: Int) -> String {
            "PROXY UNKNOWN " + String(repeating: "x", count: count - 16) + "\r\n"
        }
        for count in [106, 107] {
            #expect(Self.parse(line(count)) == .header(ProxyHeader(source: nil, length: count)))
        }
        #expect(Self.parse(line(108)) == .malformed)
        #expect(Self.parse(Array(line(108).utf8.dropLast(2))) == .incomplete)
        #expect(Self.parse(Array(line(109).utf8.dropLast(2))) == .malformed)
    }

    // MARK: Version 2

    static let signature: [UInt8] = Array("\r\n\r\n\0\r\nQUIT\n".utf8)

    /// - Parameter length: what the header says; the right one unless told.
    static func header(_ command: UInt8, _ family: UInt8, _ rest: [UInt8], length: Int? = nil) -> [UInt8] {
        let length = length ?? rest.count
        return signature + [command, family, UInt8(length >> 8), UInt8(length & 0xFF)] + rest
    }

    static func value(_ type: UInt8, _ bytes: [UInt8]) -> [UInt8] {
        [type, UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)] + bytes
    }

    static let ipv4: [UInt8] = [192, 0, 2, 1, 198, 51, 100, 1, 0xDC, 0x04, 0x01, 0xBB]
    static let ipv6: [UInt8] =
        [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [1] + [UInt8](repeating: 0, count: 15)
        + [1, 0xDC, 0x04, 0x01, 0xBB]
    static func unix(_ path: String) -> [UInt8] {
        Array(path.utf8) + [UInt8](repeating: 0, count: 216 - path.utf8.count)
    }
    /// What load balancers of cloud providers add: a name, a checksum, their own numbers.
    static let values = value(0x02, Array("example.com".utf8)) + value(0x03, [1, 2, 3, 4]) + value(0xEA, [1] + ipv4)

    static let good: [(bytes: [UInt8], source: String?)] = [
        (header(0x21, 0x11, ipv4), "192.0.2.1:56324"),
        (header(0x21, 0x11, ipv4 + values), "192.0.2.1:56324"),
        (header(0x21, 0x11, ipv4 + value(4, [])), "192.0.2.1:56324"),
        (header(0x21, 0x12, ipv4), "192.0.2.1:56324"),
        (header(0x21, 0x21, ipv6), "[2001:db8::1]:56324"),
        (header(0x21, 0x22, ipv6 + values), "[2001:db8::1]:56324"),
        (header(0x21, 0x31, unix("/run/a.sock")), "unix:/run/a.sock"),
        (header(0x21, 0x31, unix("\0name") + values), "unix:@name"),
        (header(0x21, 0x31, unix("")), "unix:"),
        (header(0x21, 0x31, unix(String(repeating: "p", count: 216))), "unix:" + String(repeating: "p", count: 108)),
        // LOCAL, whatever it carries.
        (header(0x20, 0x00, []), nil), (header(0x20, 0x11, ipv4), nil), (header(0x20, 0xFF, [1, 2, 3]), nil),
        // UNSPEC.
        (header(0x21, 0x00, []), nil), (header(0x21, 0x00, [9, 9]), nil), (header(0x21, 0x10, ipv4), nil),
        (header(0x21, 0x01, ipv4), nil),
    ]

    @Test("binary headers", arguments: good)
    func binary(bytes: [UInt8], source: String?) throws {
        guard case .header(let header) = Self.parse(bytes + [0x16, 3, 1]) else {
            Issue.record("\(Self.parse(bytes))")
            return
        }
        #expect(header.source?.description == source)
        #expect(header.length == bytes.count)
    }

    static let bad: [[UInt8]] = [
        // Versions and commands.
        header(0x11, 0x11, ipv4), header(0x31, 0x11, ipv4), header(0x01, 0x11, ipv4), header(0x22, 0x11, ipv4),
        header(0x2F, 0x11, ipv4),
        // Families and transports.
        header(0x21, 0x41, ipv4), header(0x21, 0xF1, ipv4), header(0x21, 0x13, ipv4), header(0x21, 0x1F, ipv4),
        // Less than the addresses need.
        header(0x21, 0x11, []), header(0x21, 0x11, Array(ipv4.dropLast())), header(0x21, 0x21, ipv4),
        header(0x21, 0x21, Array(ipv6.dropLast())), header(0x21, 0x31, ipv6),
        header(0x21, 0x31, Array(unix("/a").dropLast())),
        // Values that do not end where the header does.
        header(0x21, 0x11, ipv4 + [1]), header(0x21, 0x11, ipv4 + [1, 0]), header(0x21, 0x11, ipv4 + [1, 0, 1]),
        header(0x21, 0x11, ipv4 + value(1, [1]) + [0, 0]), header(0x21, 0x11, ipv4 + [1, 0xFF, 0xFF, 1]),
        header(0x21, 0x21, ipv6 + [1, 0, 2, 1]), header(0x21, 0x31, unix("/a") + [0]),
    ]

    @Test("bad binary headers", arguments: bad)
    func badBinary(bytes: [UInt8]) { #expect(Self.parse(bytes) == .malformed) }

    @Test("a header has at most as many bytes as it may")
    func limit() {
        let header = Self.header(0x21, 0x11, Self.ipv4 + Self.value(1, [UInt8](repeating: 0, count: 100)))
        for limit in [header.count, header.count + 1] {
            guard case .header = Self.parse(header, limit: limit) else {
                Issue.record("refused with a limit of \(limit)")
                return
            }
        }
        #expect(Self.parse(header, limit: header.count - 1) == .tooLarge)
        // Before the rest has come.
        #expect(Self.parse(Array(header[..<16]), limit: header.count - 1) == .tooLarge)
        #expect(Self.parse(Self.header(0x20, 0, [], length: 65_535)) == .tooLarge)
    }

    // MARK: Both

    @Test("every strict prefix is incomplete")
    func prefixes() {
        for bytes in Self.goodLines.map({ Array($0.line.utf8) }) + Self.good.map(\.bytes) {
            for count in 0..<bytes.count { #expect(Self.parse(Array(bytes[..<count])) == .incomplete) }
        }
    }

    @Test("cut anywhere, a bad one is incomplete or bad")
    func badPrefixes() {
        for bytes in Self.badLines.map({ Array($0.utf8) }) + Self.bad {
            var verdicts = (0...bytes.count).map { Self.parse(Array(bytes[..<$0])) }
            verdicts.removeAll { $0 == .incomplete }
            #expect(!verdicts.isEmpty && verdicts.allSatisfy { $0 == .malformed })
        }
    }

    @Test("what begins otherwise is no header", arguments: [
        "GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\n", "PROXX", "PROXY\r\n", "proxy TCP4", "\r\nGET / HTTP/1.1",
        "\r\n\r\nG", "\u{16}\u{3}\u{1}", "X", "\r\n\r\n\0\r\nQUIX",
    ])
    func absent(text: String) { #expect(Self.parse(text) == .absent) }
}
