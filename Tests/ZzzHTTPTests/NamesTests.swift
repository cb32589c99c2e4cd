import Testing

@testable import ZzzHTTP

/// Methods (RFC 9110 section 9), known field names, and status codes (section 15).
struct NamesTests {
    @Test func methodTokens() {
        let tokens = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", ""]
        #expect(Method.allCases.map { "\($0.token)" } == tokens)
        for (method, token) in zip(Method.allCases, tokens) where method != .other {
            #expect(Array(token.utf8).withUnsafeBytes { Method(token: $0) } == method)
            #expect(Array(token.lowercased().utf8).withUnsafeBytes { Method(token: $0) } == .other)
            #expect(Array((token + "X").utf8).withUnsafeBytes { Method(token: $0) } == .other)
            #expect(Array(token.utf8.dropLast()).withUnsafeBytes { Method(token: $0) } == .other)
        }
        #expect(Method(token: UnsafeRawBufferPointer(start: nil, count: 0)) == .other)
    }

    @Test func safeMethods() {
        #expect(Method.allCases.filter(\.isSafe) == [.get, .head, .options, .trace])
    }

    @Test func methodsByOneWrongByte() {
        for method in Method.allCases where method != .other {
            let token = Array("\(method.token)".utf8)
            for index in token.indices {
                var wrong = token
                wrong[index] ^= 0x01
                #expect(wrong.withUnsafeBytes { Method(token: $0.baseAddress!, length: $0.count) } == .other)
            }
        }
    }

    private func known(_ name: String) -> KnownHeader {
        Array(name.utf8).withUnsafeBytes { KnownHeader(name: $0) }
    }

    @Test(arguments: KnownHeader.allCases.filter { $0 != .other }) func knownNames(_ header: KnownHeader) {
        let name = "\(header.name)"
        #expect(known(name) == header)
        #expect(known(name.uppercased()) == header)
        #expect(name == name.lowercased())
        #expect(known(name + "x") == .other)
        #expect(known("x" + name) == .other)
        #expect(known(String(name.dropLast())) == .other)
    }

    /// Flipping any bit of any byte gives another name, except that of case in a letter.
    @Test(arguments: KnownHeader.allCases.filter { $0 != .other }) func nameByOneWrongBit(_ header: KnownHeader) {
        let name = Array("\(header.name)".utf8)
        for index in name.indices {
            for bit in 0..<8 {
                var wrong = name
                wrong[index] ^= 1 << bit
                let isCase = bit == 5 && name[index] >= 0x61
                let found = wrong.withUnsafeBytes { KnownHeader(name: $0) }
                #expect((found == header) == isCase, "\(String(decoding: wrong, as: UTF8.self))")
            }
        }
    }

    @Test func otherNames() {
        for name in ["", "x", "ho st", "content_length", "x-unknown", "host\0"] { #expect(known(name) == .other) }
        #expect("\(KnownHeader.other.name)" == "")
    }

    @Test func framingFieldsComeFirst() {
        let framing: [KnownHeader] = [.host, .contentLength, .transferEncoding, .connection, .expect, .upgrade]
        #expect(KnownHeader.allCases.filter(\.isFraming) == framing)
    }

    @Test func statuses() {
        #expect(Status.ok.rawValue == 200)
        #expect("\(Status.ok.reasonPhrase)" == "OK")
        #expect("\(Status.contentTooLarge.reasonPhrase)" == "Content Too Large")
        #expect("\(Status.misdirectedRequest.reasonPhrase)" == "Misdirected Request")
        #expect("\(Status(299).reasonPhrase)" == "")
        #expect(Status(100).isInformational && Status(199).isInformational)
        #expect(!Status(99).isInformational && !Status(200).isInformational)
        #expect(!Status(99).isValid && Status(100).isValid && Status(599).isValid && !Status(600).isValid)
        let without = (100...599).filter { Status(UInt16($0)).forbidsContent }
        #expect(without == Array(100...199) + [204, 304])
        let registered = (100...599).filter { !"\(Status(UInt16($0)).reasonPhrase)".isEmpty }
        #expect(registered.count == 62)
    }
}
