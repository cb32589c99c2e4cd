import Testing

@testable import ZzzIO

@Suite("Ranges of addresses")
struct AddressRangeTests {
    @Test("contained", arguments: [
        ("10.0.0.0/8", "10.255.0.1:1"), ("10.1.2.3/8", "10.255.0.1:1"), ("192.0.2.1", "192.0.2.1:80"),
        ("192.0.2.1/32", "192.0.2.1:80"), ("0.0.0.0/0", "203.0.113.7:1"), ("192.0.2.128/25", "192.0.2.129:1"),
        ("10.0.0.0/8", "[::ffff:10.2.3.4]:1"), ("::ffff:10.0.0.0/104", "10.2.3.4:1"), ("::1", "[::1]:1"),
        ("2001:db8::/32", "[2001:db8:ffff::1]:1"), ("::/0", "[2001:db8::1]:1"), ("fe80::/10", "[fe80::1%1]:1"),
        ("2001:db8::8000:0:0:0/65", "[2001:db8::8000:0:0:1]:1"),
    ])
    func contained(range: String, address: String) throws {
        #expect(try #require(AddressRange(range)).contains(.parse(address)))
    }

    @Test("not contained", arguments: [
        ("10.0.0.0/8", "11.0.0.1:1"), ("192.0.2.1", "192.0.2.2:80"), ("192.0.2.128/25", "192.0.2.127:1"),
        ("0.0.0.0/0", "[2001:db8::1]:1"), ("10.0.0.0/8", "[::10.2.3.4]:1"), ("::1", "[::2]:1"),
        ("2001:db8::/32", "[2001:db9::1]:1"), ("2001:db8::8000:0:0:0/65", "[2001:db8::1]:1"),
        ("0.0.0.0/0", "unix:/run/a"), ("::/0", "unix:@a"),
    ])
    func notContained(range: String, address: String) throws {
        let range = try #require(AddressRange(range))
        #expect(try !range.contains(.parse(address)))
    }

    @Test("no ranges", arguments: [
        "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "10.0.0/8",
        "::/129", "[::1]", "fe80::1%1", "localhost", "10.0.0.0/x", "1.2.3.4\0", "unix",
    ])
    func refused(text: String) { #expect(AddressRange(text) == nil) }
}
