import COpenSSL
import Testing

@testable import ZzzCrypto

/// Random bytes, comparison, and AES-256-GCM.
@Suite struct SecretTests {
    @Test func randomBytesDiffer() throws {
        let first = try Randomness.bytes(32)
        #expect(first.count == 32)
        #expect(try Randomness.bytes(32) != first)
        #expect(try Randomness.bytes(0).isEmpty)
    }

    @Test(arguments: [(-1, false), ((1 << 20) - 1, true), (1 << 20, true), ((1 << 20) + 1, false)])
    func randomBytesHaveALimit(_ count: Int, _ isPossible: Bool) {
        #expect((try? Randomness.bytes(count))?.count == (isPossible ? count : nil))
    }

    @Test(arguments: [
        ("", "", true), ("a", "a", true), ("secret", "secret", true), ("secret", "secreT", false),
        ("secret", "Secret", false), ("secret", "secre", false), ("", "a", false),
    ])
    func comparison(_ left: String, _ right: String, _ isEqual: Bool) {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        #expect(ConstantTime.equal(left.span.bytes, right.span.bytes) == isEqual)
    }

    private let key = [UInt8](0..<32)

    @Test(arguments: [0, 1, 15, 16, 17, 4096])
    func whatIsSealedCanBeOpened(_ count: Int) throws {
        let text = [UInt8](repeating: 0x41, count: count)
        let box = try SealedBox.seal(text, key: key, authenticating: [1, 2])
        #expect(box.count == count + SealedBox.overheadByteCount)
        #expect(try SealedBox.open(box, key: key, authenticating: [1, 2]) == text)
        // The nonce is another each time.
        #expect(try SealedBox.seal(text, key: key, authenticating: [1, 2]) != box)
    }

    @Test func aBoxThatWasMadeElsewhereCanBeOpened() throws {
        // NIST's GCM test vectors (gcmEncryptExtIV256), one with a text of 16 bytes and no context.
        let key = [UInt8](hex: "31bdadd96698c204aa9ce1448ea94ae1fb4a9a0b3c9d773b51bb1822666b8f22")
        let box = [UInt8](
            hex: "0d18e06c7c725ac9e362e1ce" + "fa4362189661d163fcd6a56d8bf0405a" + "d636ac1bbedd5cc3ee727dc2ab4a9489")
        #expect(try SealedBox.open(box, key: key)?.hex == "2db5168e932556f8089a0622981d017d")
    }

    @Test func everyChangedBitIsSeen() throws {
        let box = try SealedBox.seal(Array("text".utf8), key: key, authenticating: [1])
        for index in box.indices {
            for bit in 0..<8 {
                var forged = box
                forged[index] ^= 1 << bit
                #expect(try SealedBox.open(forged, key: key, authenticating: [1]) == nil)
            }
        }
        #expect(ERR_peek_error() == 0)
    }

    @Test func everyShorterBoxIsRefused() throws {
        let box = try SealedBox.seal(Array("text".utf8), key: key)
        for count in 0..<box.count { #expect(try SealedBox.open(Array(box[..<count]), key: key) == nil) }
        #expect(try SealedBox.open(box + [0], key: key) == nil)
    }

    @Test func aBoxBelongsToItsKeyAndContext() throws {
        let box = try SealedBox.seal([1], key: key, authenticating: [1])
        #expect(try SealedBox.open(box, key: key, authenticating: [2]) == nil)
        #expect(try SealedBox.open(box, key: key) == nil)
        #expect(try SealedBox.open(box, key: key.reversed(), authenticating: [1]) == nil)
    }

    @Test func whatWasForgedLeavesNothingBehind() throws {
        var box = try SealedBox.seal([UInt8](repeating: 0x41, count: 64), key: key)
        box[box.count - 1] ^= 1
        let context: [UInt8] = []
        let text = try [UInt8](count: 64) { text throws(CryptoError) in
            let isOpen = try SealedBox.open(
                box.span.bytes, key: key.span.bytes, authenticating: context.span.bytes, into: &text)
            #expect(!isOpen)
        }
        #expect(text == [UInt8](repeating: 0, count: 64))
    }

    @Test(arguments: [0, 16, 31, 33])
    func aKeyOfAnotherLengthIsRefused(_ count: Int) {
        let key = [UInt8](repeating: 1, count: count)
        #expect(throws: CryptoError.self) { try SealedBox.seal([1], key: key) }
        #expect(throws: CryptoError.self) { try SealedBox.open([UInt8](repeating: 0, count: 40), key: key) }
    }
}

extension [UInt8] {
    init(hex: String) {
        let digits = hex.utf8.map { $0 <= 0x39 ? $0 - 0x30 : $0 - 0x61 + 10 }
        self = stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
