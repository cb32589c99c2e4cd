import Testing
import ZzzWebSocket

/// RFC 6455 sections 5 to 8, in their order. Every case is also fed in pieces of 1, 2, 3 and 7 bytes.
@Suite struct MessageReceiverTests {
    private static let text125 = String(repeating: "a", count: 125)
    private static let text126 = String(repeating: "b", count: 126)
    private static let text65535 = String(repeating: "c", count: 65_535)
    private static let text65536 = String(repeating: "d", count: 65_536)

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let bytes: [UInt8]
        let seen: [Seen]
        var role = Role.server
        var testDescription: String { name }

        init(_ name: String, _ bytes: [UInt8], _ seen: [Seen], _ role: Role = .server) {
            (self.name, self.bytes, self.seen, self.role) = (name, bytes, seen, role)
        }
    }

    private static let good: [Case] = [
        Case("5.7: unmasked text", [0x81, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F], [.text("Hello")], .client),
        Case(
            "5.7: masked text", [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58], [.text("Hello")]),
        Case(
            "5.7: fragmented, unmasked", [0x01, 0x03, 0x48, 0x65, 0x6C, 0x80, 0x02, 0x6C, 0x6F], [.text("Hello")],
            .client),
        Case("5.7: ping", [0x89, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F], [.ping(Array("Hello".utf8))], .client),
        Case("no payload", Frames.text(""), [.text("")]),
        Case("125 bytes", Frames.text(text125), [.text(text125)]),
        Case("126 bytes", Frames.text(text126), [.text(text126)]),
        Case("65,535 bytes", Frames.text(text65535), [.text(text65535)]),
        Case("65,536 bytes", Frames.text(text65536), [.text(text65536)]),
        Case("binary", Frames.frame(0x82, [0, 255, 128]), [.binary([0, 255, 128])]),
        Case("two messages", Frames.text("a") + Frames.text("b"), [.text("a"), .text("b")]),
        Case(
            "empty fragments", Frames.frame(0x01) + Frames.frame(0x00) + Frames.frame(0x80, [0x61]), [.text("a")]),
        Case(
            "ping between fragments",
            Frames.frame(0x01, [0x61]) + Frames.frame(0x89, [1]) + Frames.frame(0x80, [0x62]),
            [.ping([1]), .text("ab")]),
        Case(
            "a message after a fragmented one",
            Frames.frame(0x01, [0x61]) + Frames.frame(0x80, [0x62]) + Frames.text("c"), [.text("ab"), .text("c")]),
        Case("pong", Frames.frame(0x8A), [.pong([])]),
        Case(
            "ping of 125 bytes", Frames.frame(0x89, Array(repeating: 7, count: 125)),
            [.ping(Array(repeating: 7, count: 125))]),
        Case(
            "a character cut by fragments", Frames.frame(0x01, [0xE2, 0x82]) + Frames.frame(0x80, [0xAC]),
            [.text("€")]),
        Case("close without a code", Frames.frame(0x88), [.close(1005, "")]),
        Case("close with a reason", Frames.close(1000, "bye €"), [.close(1000, "bye €")]),
        Case("close inside a message", Frames.frame(0x01, [0x61]) + Frames.close(1001), [.close(1001, "")]),
        Case("nothing after close", Frames.close(4999) + Frames.text("a"), [.close(4999, "")]),
    ]

    private static let bad: [Case] = [
        Case("RSV1 without an extension", Frames.frame(0xC1, [0x61]), [.failure(.reservedBits)]),
        Case("RSV2", Frames.frame(0xA1, [0x61]), [.failure(.reservedBits)]),
        Case("RSV3", Frames.frame(0x91, [0x61]), [.failure(.reservedBits)]),
        Case("opcode 3", Frames.frame(0x83), [.failure(.reservedOpcode)]),
        Case("opcode 7", Frames.frame(0x87), [.failure(.reservedOpcode)]),
        Case("opcode 11", Frames.frame(0x8B), [.failure(.reservedOpcode)]),
        Case("opcode 15", Frames.frame(0x8F), [.failure(.reservedOpcode)]),
        Case("a client that does not mask", Frames.text("a", mask: nil), [.failure(.unmaskedFrame)]),
        Case("a server that masks", Frames.text("a"), [.failure(.maskedFrame)], .client),
        Case("125 bytes in 16 bits", Frames.frame(0x82, [1], lengthForm: 16), [.failure(.lengthNotMinimal)]),
        Case("1 byte in 64 bits", Frames.frame(0x82, [1], lengthForm: 64), [.failure(.lengthNotMinimal)]),
        Case("a length of 2^63", [0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4], [.failure(.lengthTooLarge)]),
        Case("a fragmented ping", Frames.frame(0x09), [.failure(.fragmentedControlFrame)]),
        Case(
            "a ping of 126 bytes", Frames.frame(0x89, Array(repeating: 1, count: 126)),
            [.failure(.controlFrameTooLong)]),
        Case("a continuation of nothing", Frames.frame(0x80, [0x61]), [.failure(.continuationWithoutMessage)]),
        Case(
            "a continuation of a finished message", Frames.text("a") + Frames.frame(0x80),
            [.text("a"), .failure(.continuationWithoutMessage)]),
        Case("a message in a message", Frames.frame(0x01) + Frames.text("a"), [.failure(.messageInsideMessage)]),
        Case("a byte that is no UTF-8", Frames.frame(0x81, [0x61, 0xFF]), [.failure(.invalidUTF8)]),
        Case("an overlong slash", Frames.frame(0x81, [0xC0, 0xAF]), [.failure(.invalidUTF8)]),
        Case("a surrogate", Frames.frame(0x81, [0xED, 0xA0, 0x80]), [.failure(.invalidUTF8)]),
        Case("beyond U+10FFFF", Frames.frame(0x81, [0xF4, 0x90, 0x80, 0x80]), [.failure(.invalidUTF8)]),
        Case("a character that is cut off", Frames.frame(0x81, [0xE2, 0x82]), [.failure(.invalidUTF8)]),
        Case(
            "a character cut off by the last fragment", Frames.frame(0x01, [0xE2]) + Frames.frame(0x80, [0x82]),
            [.failure(.invalidUTF8)]),
        // As soon as it is seen, not at the end of the message (Autobahn 6.4).
        Case("bad UTF-8 in the first fragment", Frames.frame(0x01, [0xCE, 0xBA, 0xFF]), [.failure(.invalidUTF8)]),
        Case("a close of one byte", Frames.frame(0x88, [3]), [.failure(.truncatedCloseCode)]),
        Case("a close reason that is no UTF-8", Frames.frame(0x88, [3, 0xE8, 0xFF]), [.failure(.invalidCloseReason)]),
    ] + [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535].map {
        Case("close code \($0)", Frames.close($0), [.failure(.invalidCloseCode)])
    }

    @Test(arguments: good + bad)
    func frames(_ test: Case) {
        for size in [Int.max, 1, 2, 3, 7] where size > 2 || test.bytes.count < 1000 {
            #expect(Seen.all(test.bytes, pieces: size, test.role) == test.seen, "in pieces of \(size)")
        }
    }

    @Test(arguments: [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999])
    func closeCodesThatMayBeSent(_ code: UInt16) { #expect(Seen.all(Frames.close(code)) == [.close(code, "")]) }

    // MARK: Limits

    @Test(arguments: [-1, 0, 1])
    func theMessageLimitIsExact(beyond: Int) {
        let limits = WebSocketLimits(messageBytes: 1000)
        let payload = [UInt8](repeating: 0x61, count: 1000 + beyond)
        let whole = Frames.frame(0x82, payload)
        let parts = Frames.frame(0x02, Array(payload[..<500])) + Frames.frame(0x80, Array(payload[500...]))
        for bytes in [whole, parts] {
            #expect(
                Seen.all(bytes, limits: limits) == [beyond > 0 ? .failure(.messageTooBig) : .binary(payload)])
        }
    }

    /// The head alone decides: nothing is stored for a frame that is too large.
    @Test func aFrameThatIsTooLargeIsRefusedByItsHead() {
        let head: [UInt8] = [0x82, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4]
        #expect(Seen.all(head) == [.failure(.messageTooBig)])
    }

    @Test(arguments: [-1, 0, 1])
    func theFragmentLimitIsExact(beyond: Int) {
        let limits = WebSocketLimits(fragments: 10)
        let middle = Array(repeating: Frames.frame(0x00), count: 8 + beyond).flatMap { $0 }
        let bytes = Frames.frame(0x02) + middle + Frames.frame(0x80)
        #expect(Seen.all(bytes, limits: limits) == [beyond > 0 ? .failure(.tooManyFragments) : .binary([])])
    }

    @Test func buffersAreGivenBackOnlyBetweenMessages() {
        var receiver = MessageReceiver(.server)
        var first = Frames.frame(0x01, [0x61])
        var last = Frames.frame(0x80, [0x62])
        first.withUnsafeMutableBytes {
            var input = $0
            guard case .needMore = receiver.next(&input) else { return #expect(Bool(false), "nothing is whole yet") }
        }
        let isInside = receiver.isInsideMessage
        #expect(isInside)
        receiver.releaseBuffers()
        let text = last.withUnsafeMutableBytes { bytes -> String in
            var input = bytes
            guard case .text(let text) = receiver.next(&input) else { return "" }
            return String(decoding: text, as: UTF8.self)
        }
        #expect(text == "ab")
        let isStillInside = receiver.isInsideMessage
        #expect(!isStillInside)
    }

    @Test func everyErrorHasACodeThatMayBeSentAndAMessageThatFits() {
        for error in WebSocketError.allCases {
            #expect(error.closeCode.isSendable)
            #expect("\(error.message)".utf8.count <= 123, "RFC 6455 section 5.5: 125 bytes with the code")
        }
    }
}
