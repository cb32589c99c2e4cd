import Testing

@testable import ZzzBase64

@Suite struct Base64Tests {
    /// RFC 4648 section 10.
    private static let vectors = [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ]

    @Test(arguments: vectors)
    func theVectorsOfTheRFC(_ text: String, _ encoded: String) {
        #expect(Base64.encode(Array(text.utf8), .standard) == encoded)
        #expect(Base64.decode(encoded) == Array(text.utf8))
        let plain = encoded.replacing("=", with: "")
        #expect(Base64.encode(Array(text.utf8)) == plain)
        #expect(Base64.decode(plain) == Array(text.utf8))
        #expect(Base64.decode(plain, .url) == Array(text.utf8))
    }

    @Test func everyByteThereAndBack() {
        for count in 0...70 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 151 &+ count &* 7) }
            #expect(Base64.decode(Base64.encode(bytes), .url) == bytes)
            #expect(Base64.decode(Base64.encode(bytes, .standard)) == bytes)
        }
        #expect(Base64.encode([0xFB, 0xEF, 0xFF]) == "--__")
        #expect(Base64.encode([0xFB, 0xEF, 0xFF], .standard) == "++//")
    }

    @Test(arguments: [
        "A", "AAAAA", "Zg=", "Zg===", "Zg==Zg==", "Z===", "====", "=", "Zh==", "Zm9=", "Zm 9v", "Zm9v\n", "Zm9v ",
        "-_==", "Zm9v_", "é", "Zg=a", "\u{0}AAA",
    ])
    func whatIsNoBase64(_ text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test(arguments: ["A", "AAAAA", "Zg==", "Zm8=", "=", "Zh", "Zm9", "++//", "+A", "Zm 9v", "Zm9v\n", "é"])
    func whatIsNoBase64ForURLs(_ text: String) {
        #expect(Base64.decode(text, .url) == nil)
    }
}
