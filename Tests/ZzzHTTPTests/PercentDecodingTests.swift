import Testing

@testable import ZzzHTTP

/// RFC 3986 section 2.1, and pairs as the WHATWG URL standard splits them.
struct PercentDecodingTests {
    private func decode(_ text: String, _ options: PercentDecoding.Options = []) -> [UInt8]? {
        let bytes = text.latin1
        let apart = bytes.withUnsafeBytes { source in
            withUnsafeTemporaryAllocation(byteCount: source.count, alignment: 1) { target in
                PercentDecoding.decode(source, into: target.baseAddress!, options: options).map { Array(target[..<$0]) }
            }
        }
        var place = bytes
        let inPlace: [UInt8]? = place.withUnsafeMutableBytes { target in
            guard let start = target.baseAddress else { return [] }
            return PercentDecoding.decode(UnsafeRawBufferPointer(target), into: start, options: options)
                .map { Array(target[..<$0]) }
        }
        #expect(inPlace == apart)
        return apart
    }

    @Test func good() {
        #expect(decode("") == [])
        #expect(decode("abc") == Array("abc".utf8))
        #expect(decode("a%20b") == Array("a b".utf8))
        #expect(decode("%41%42%43") == Array("ABC".utf8))
        #expect(decode("%c3%A9") == Array("é".utf8))
        #expect(decode("%2F%2e%2E") == Array("/..".utf8))
        #expect(decode("%25%32%35") == Array("%25".utf8))
        #expect(decode("100%25") == Array("100%".utf8))
        #expect(decode("%ff%80") == [0xFF, 0x80])
        #expect(decode("\u{E9}") == [0xE9])
        #expect(decode("a+b") == Array("a+b".utf8))
        #expect(decode("a+b%2B", .plusIsSpace) == Array("a b+".utf8))
        #expect(decode("%00", .allowsNUL) == [0])
        #expect(decode("a\0+", [.allowsNUL, .plusIsSpace]) == [0x61, 0, 0x20])
    }

    @Test(arguments: [
        "%", "%4", "a%", "a%4", "%zz", "%4g", "%g4", "%%41", "%4%31", "% 41", "%+1", "%-1", "%0x", "%00", "a%00b", "\0",
        "%u0041", "%\u{E9}1", "100%",
    ])
    func bad(_ text: String) {
        #expect(decode(text) == nil)
        #expect(decode(text, .plusIsSpace) == nil)
    }

    @Test func everyByteThereAndBack() {
        for byte in UInt8.min...UInt8.max {
            let high = "0123456789abcdef".utf8.dropFirst(Int(byte >> 4)).first!
            let low = "0123456789ABCDEF".utf8.dropFirst(Int(byte & 15)).first!
            let text = String(decoding: [0x25, high, low], as: UTF8.self)
            #expect(decode(text, .allowsNUL) == [byte])
            #expect((decode(text) == nil) == (byte == 0))
        }
    }

    @Test func isNeeded() {
        func needed(_ text: String, _ options: PercentDecoding.Options = []) -> Bool {
            text.latin1.withUnsafeBytes { PercentDecoding.isNeeded($0, options: options) }
        }
        #expect(!needed("") && !needed("abc") && !needed("a+b"))
        #expect(needed("%41") && needed("abc%") && needed("a+b", .plusIsSpace) && needed("a%b", .plusIsSpace))
    }

    @Test(arguments: [
        ("a=1&b=2", [["a", "1"], ["b", "2"]]),
        ("", []),
        ("a", [["a"]]),
        ("a=", [["a", ""]]),
        ("=1", [["", "1"]]),
        ("=", [["", ""]]),
        ("a=1&&b=2&", [["a", "1"], ["b", "2"]]),
        ("&&", []),
        ("a==b=c", [["a", "=b=c"]]),
        ("a&b=&c=d", [["a"], ["b", ""], ["c", "d"]]),
        ("a=1&a=2", [["a", "1"], ["a", "2"]]),
        ("a%26=b%3D&c;d", [["a%26", "b%3D"], ["c;d"]]),
    ])
    func pairs(_ query: String, _ expected: [[String]]) {
        let found = query.latin1.withUnsafeBytes { bytes in
            QueryPairs(bytes).map { pair in
                (pair.hasValue ? [pair.name, pair.value] : [pair.name]).map { String(decoding: $0, as: UTF8.self) }
            }
        }
        #expect(found == expected)
    }
}
