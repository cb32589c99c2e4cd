import Testing

@testable import ZzzHTTP

/// The table, and the functions that look at eight bytes at once, against their definitions.
struct ByteClassTests {
    private static let alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    private static let pathCharacters = alphanumeric + "-._~!$&'()*+,;=:@%/[]|"

    @Test(arguments: [
        (ByteClass.token, alphanumeric + "!#$%&'*+-.^_`|~"),
        (ByteClass.path, pathCharacters),
        (ByteClass.query, pathCharacters + "?{}^`\\"),
        (ByteClass.registeredName, alphanumeric + "-._~!$&'()*+,;="),
        (ByteClass.hexDigit, "0123456789abcdefABCDEF"),
    ])
    func members(_ set: UInt8, _ characters: String) {
        let expected = Set(characters.utf8)
        for byte in UInt8.min...UInt8.max {
            #expect(ByteClass.isMember(byte, of: set) == expected.contains(byte), "byte \(byte)")
        }
    }

    /// Every byte value at every place of inputs of 0 to 24 bytes, behind and before bytes that are close to the
    /// bounds.
    @Test func firstControl() {
        for filler: UInt8 in [0x20, 0x7E, 0x80, 0xFF] {
            for count in 0...24 {
                var bytes = [UInt8](repeating: filler, count: count)
                #expect(bytes.withUnsafeBytes { first($0) } == count)
                for place in 0..<count {
                    for byte in UInt8.min...UInt8.max {
                        bytes[place] = byte
                        let isControl = byte < 0x20 || byte == 0x7F
                        let expected = isControl ? place : count
                        if bytes.withUnsafeBytes({ first($0) }) != expected {
                            Issue.record("byte \(byte) at \(place) of \(count)")
                        }
                    }
                    bytes[place] = filler
                }
            }
        }
    }

    private func first(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard let start = bytes.baseAddress else { return 0 }
        return Words.firstControl(start, from: 0, to: bytes.count)
    }

    @Test func firstNameEnd() {
        for filler: UInt8 in [0x21, 0x39, 0x3B, 0x80, 0xFF] {
            for count in 1...24 {
                var bytes = [UInt8](repeating: filler, count: count)
                for place in 0..<count {
                    for byte in UInt8.min...UInt8.max {
                        bytes[place] = byte
                        let expected = byte <= 0x20 || byte == 0x3A ? place : count
                        let found = bytes.withUnsafeBytes {
                            Words.firstNameEnd($0.baseAddress!, from: 0, to: count)
                        }
                        if found != expected { Issue.record("byte \(byte) at \(place) of \(count)") }
                    }
                    bytes[place] = filler
                }
            }
        }
    }

    @Test func hexadecimalValues() {
        let values = "0123456789abcdef".utf8.map { Hexadecimal.value($0) }
        #expect(values == Array(0...15))
        #expect("ABCDEF".utf8.map { Hexadecimal.value($0) } == Array(10...15))
    }

    @Test func equalBytes() {
        func equal(_ text: String, _ literal: StaticString) -> Bool {
            Array(text.utf8).withUnsafeBytes { $0.equals(literal) }
        }
        func folded(_ text: String, _ literal: StaticString) -> Bool {
            Array(text.utf8).withUnsafeBytes { $0.equalsIgnoringCase(literal) }
        }
        #expect(equal("", "") && equal("abc", "abc") && equal("0123456789abc", "0123456789abc"))
        #expect(!equal("abc", "abd") && !equal("abc", "ab") && !equal("ab", "abc"))
        #expect(!equal("0123456789abc", "0123456789abd") && !equal("X123456789abc", "0123456789abc"))
        #expect(folded("ClOsE", "close") && folded("100-CONTINUE", "100-continue"))
        #expect(
            !folded("closE\t", "close") && !folded("closf", "close") && !folded("c", "close") && !folded("", "close"))
        #expect(!folded("keep\talive", "keep-alive") && folded("KEEP-ALIVE", "keep-alive"))
    }
}
