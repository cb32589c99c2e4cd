import Testing

@testable import ZzzWebSocket

/// RFC 7692.
@Suite struct CompressionTests {
    // MARK: Negotiation

    struct Offer: Sendable, CustomTestStringConvertible {
        let offers: [String]
        let answer: String?
        var policy = CompressionPolicy(keepsServerContext: true, keepsClientContext: true)
        var testDescription: String { offers.joined(separator: " / ") }
    }

    private static let strict = CompressionPolicy(serverWindowBits: 11, clientWindowBits: 10)

    @Test(arguments: [
        Offer(offers: [], answer: nil),
        Offer(offers: ["permessage-deflate"], answer: "permessage-deflate"),
        Offer(
            offers: ["permessage-deflate"],
            answer: "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
            policy: CompressionPolicy()),
        Offer(
            offers: ["permessage-deflate; server_no_context_takeover"],
            answer: "permessage-deflate; server_no_context_takeover"),
        Offer(
            offers: ["permessage-deflate;client_no_context_takeover"],
            answer: "permessage-deflate; client_no_context_takeover"),
        Offer(
            offers: ["permessage-deflate; client_max_window_bits; server_max_window_bits=10"],
            answer: "permessage-deflate; server_max_window_bits=10"),
        Offer(
            offers: ["permessage-deflate; client_max_window_bits=9"],
            answer: "permessage-deflate; client_max_window_bits=9"),
        Offer(
            offers: ["permessage-deflate; server_max_window_bits=\"12\""],
            answer: "permessage-deflate; server_max_window_bits=12"),
        Offer(
            offers: ["permessage-deflate; client_max_window_bits"],
            answer: "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
                + "; server_max_window_bits=11; client_max_window_bits=10",
            policy: strict),
        // A client that did not say that it knows the parameter is not told one.
        Offer(
            offers: ["permessage-deflate"],
            answer: "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
                + "; server_max_window_bits=11",
            policy: strict),
        // A client that asked for a window waits for an answer to that, whatever it is (RFC 7692 section 7.1.2.1).
        Offer(
            offers: ["permessage-deflate; server_max_window_bits=15"],
            answer: "permessage-deflate; server_max_window_bits=15"),
        // RFC 9110 sections 5.6.1.2 and 5.6.4.
        Offer(offers: [", \t,permessage-deflate,,"], answer: "permessage-deflate"),
        Offer(
            offers: [#"permessage-deflate; client_max_window_bits="1\0""#],
            answer: "permessage-deflate; client_max_window_bits=10"),
        // The first one that can be taken.
        Offer(
            offers: ["x-webkit-deflate-frame, permessage-deflate; server_max_window_bits=8, permessage-deflate"],
            answer: "permessage-deflate"),
        Offer(offers: ["foo", "permessage-deflate"], answer: "permessage-deflate"),
        Offer(offers: ["permessage-deflate; server_max_window_bits=8"], answer: nil),
        Offer(offers: ["permessage-deflate; server_max_window_bits"], answer: nil),
        Offer(offers: ["permessage-deflate; server_max_window_bits=16"], answer: nil),
        Offer(offers: ["permessage-deflate; server_max_window_bits=09"], answer: nil),
        Offer(offers: ["permessage-deflate; client_max_window_bits=7"], answer: nil),
        Offer(offers: ["permessage-deflate; server_no_context_takeover=1"], answer: nil),
        Offer(offers: ["permessage-deflate; client_no_context_takeover; client_no_context_takeover"], answer: nil),
        Offer(offers: ["permessage-deflate; unknown"], answer: nil),
        Offer(offers: ["permessage-deflate; ="], answer: nil),
        Offer(offers: ["permessage-deflate; server_max_window_bits=\"12"], answer: nil),
        Offer(offers: ["permessage-deflate; server_max_window_bits=\"1\"2\""], answer: nil),
        Offer(offers: ["permessage-deflate; server_max_window_bits=\"12\\\""], answer: nil),
        Offer(offers: ["permessage-deflate; server_max_window_bits=1=2"], answer: nil),
        // A combining mark makes one character of itself and what stands before it.
        Offer(offers: ["permessage-deflate; server_max_window_bits=\u{301}10"], answer: nil),
        Offer(offers: ["permessage-deflate; server_max_window_bits=\"\u{301}10\""], answer: nil),
        Offer(offers: ["permessage-deflate;"], answer: nil),
        Offer(offers: ["permessage-deflate" + String(repeating: " ", count: 4096)], answer: nil),
    ])
    func offers(_ offer: Offer) { #expect(offer.policy.accept(offer.offers)?.answer == offer.answer) }

    // MARK: Messages

    private static var plain: CompressionParameters {
        var parameters = CompressionParameters()
        parameters.clientNoContextTakeover = true
        return parameters
    }

    /// RFC 7692 section 7.2.3, with masks.
    @Test(arguments: [
        ("7.2.3.1", Frames.frame(0xC1, [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00])),
        (
            "7.2.3.1, two fragments",
            Frames.frame(0x41, [0xF2, 0x48, 0xCD]) + Frames.frame(0x80, [0xC9, 0xC9, 0x07, 0x00])
        ),
        (
            "7.2.3.3, without compression",
            Frames.frame(0xC1, [0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00])
        ),
        ("7.2.3.4, BFINAL", Frames.frame(0xC1, [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00])),
        // 01 begins a last block that is stored; what is left out of the message is the rest of it.
        (
            "BFINAL in the block that is left out",
            Frames.frame(0xC1, [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0x01])
        ),
        (
            "7.2.3.5, two blocks",
            Frames.frame(
                0xC1, [0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00])
        ),
    ])
    func theExamplesOfTheRFC(_ example: (name: String, bytes: [UInt8])) {
        for size in [Int.max, 1, 3] {
            #expect(Seen.all(example.bytes, pieces: size, compression: Self.plain) == [.text("Hello")])
        }
    }

    /// RFC 7692 section 7.2.3.2: the second message refers to the first.
    @Test func theWindowIsKeptWhenThatWasAgreed() {
        let bytes = Frames.frame(0xC1, [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00])
            + Frames.frame(0xC1, [0xF2, 0x00, 0x11, 0x00, 0x00])
        #expect(Seen.all(bytes, compression: CompressionParameters()) == [.text("Hello"), .text("Hello")])
        #expect(Seen.all(bytes, compression: Self.plain) == [.text("Hello"), .failure(.invalidCompression)])
    }

    @Test func anUncompressedMessageMayComeInBetween() {
        let bytes = Frames.text("a") + Frames.frame(0xC1, [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00])
        #expect(Seen.all(bytes, compression: Self.plain) == [.text("a"), .text("Hello")])
    }

    @Test(arguments: [
        ("garbage", Frames.frame(0xC2, [0xFF, 0xFF, 0xFF]), WebSocketError.invalidCompression),
        ("RSV1 on a continuation", Frames.frame(0x42) + Frames.frame(0xC0), .reservedBits),
        ("RSV1 on a ping", Frames.frame(0xC9), .reservedBits),
        ("nothing, which no message deflates to", Frames.frame(0xC2), .invalidCompression),
        ("a message that is cut off inside a block", Frames.frame(0xC1, [0xF2, 0x48, 0xCD, 0xC9]), .invalidCompression),
        (
            "a message that ends with the last block, and nothing behind it (RFC 7692 7.2.3.4)",
            Frames.frame(0xC1, [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]), .invalidCompression
        ),
        (
            "no UTF-8, and further on no DEFLATE",
            Frames.frame(0xC1, [0x00, 0x01, 0x00, 0xFE, 0xFF, 0xFF, 0xFF]), .invalidUTF8
        ),
        // "\xFF" in a stored block.
        (
            "text that inflates to no UTF-8",
            Frames.frame(0xC1, [0x00, 0x01, 0x00, 0xFE, 0xFF, 0xFF, 0x00]), .invalidUTF8
        ),
    ])
    func badCompression(_ test: (name: String, bytes: [UInt8], error: WebSocketError)) {
        for size in [Int.max, 1] {
            #expect(Seen.all(test.bytes, pieces: size, compression: Self.plain) == [.failure(test.error)])
        }
    }

    // MARK: Bombs

    private static func compressed(zeros count: Int) throws -> [UInt8] {
        let deflater = try #require(Deflater(windowBits: 15, keepsContext: false, level: 9))
        let zeros = [UInt8](repeating: 0, count: count)
        return zeros.withUnsafeBytes { Frames.frame(0xC2, Array(deflater.compress($0))) }
    }

    @Test(arguments: [-1, 0, 1])
    func theMessageLimitHoldsForWhatIsInflated(beyond: Int) throws {
        let limits = WebSocketLimits(messageBytes: 100_000, inflateRatio: 10_000)
        let bytes = try Self.compressed(zeros: 100_000 + beyond)
        let zeros = [UInt8](repeating: 0, count: 100_000 + beyond)
        for size in [Int.max, 5] {
            #expect(
                Seen.all(bytes, pieces: size, limits: limits, compression: Self.plain)
                    == [beyond > 0 ? .failure(.messageTooBig) : .binary(zeros)])
        }
    }

    @Test func aBombIsRefused() throws {
        let limits = WebSocketLimits(messageBytes: 64 << 20, inflateRatio: 100, freeInflatedBytes: 1 << 20)
        let bytes = try Self.compressed(zeros: 32 << 20)
        #expect(bytes.count < 40_000)
        #expect(Seen.all(bytes, limits: limits, compression: Self.plain) == [.failure(.inflatesTooMuch)])
        // What stays below the free bytes may compress as well as it likes.
        let small = try Self.compressed(zeros: 1 << 20)
        #expect(
            Seen.all(small, limits: limits, compression: Self.plain) == [.binary(Array(repeating: 0, count: 1 << 20))])
    }

    /// A beginning that inflates well may come alone: the verdict is that of the message.
    @Test(arguments: [(880, 130, true), (880, 20, false), (1_500, 400, false)])
    func howTheNetworkCutsAMessageMakesNoDifference(zeros: Int, noise: Int, isAccepted: Bool) throws {
        let limits = WebSocketLimits(messageBytes: 2_000, inflateRatio: 8, freeInflatedBytes: 256)
        let deflater = try #require(Deflater(windowBits: 15, keepsContext: false, level: 6))
        var state = UInt64(42)
        let message = [UInt8](repeating: 0, count: zeros) + (0..<noise).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1
            return UInt8(truncatingIfNeeded: state >> 56)
        }
        let bytes = message.withUnsafeBytes { Frames.frame(0xC2, Array(deflater.compress($0))) }
        for size in [Int.max, 1, 7, 100] {
            #expect(
                Seen.all(bytes, pieces: size, limits: limits, compression: Self.plain)
                    == [isAccepted ? .binary(message) : .failure(.inflatesTooMuch)])
        }
    }

    // MARK: Both ways

    @Test(arguments: [9, 10, 12, 15], [false, true])
    func whatIsDeflatedInflates(windowBits: Int, keepsContext: Bool) throws {
        let deflater = try #require(Deflater(windowBits: windowBits, keepsContext: keepsContext, level: 6))
        var parameters = CompressionParameters()
        parameters.clientWindowBits = windowBits
        parameters.clientNoContextTakeover = !keepsContext
        var bytes: [UInt8] = []
        var expected: [Seen] = []
        var state = UInt64(42)
        for size in [0, 1, 2, 100, 5_000, 0, 70_000, 300_000, 3] {
            let message = (0..<size).map { index -> UInt8 in
                state = state &* 6_364_136_223_846_793_005 &+ 1
                return index % 3 == 0 ? UInt8(truncatingIfNeeded: state >> 60) : 7
            }
            message.withUnsafeBytes { bytes += Frames.frame(0xC2, Array(deflater.compress($0))) }
            expected.append(.binary(message))
        }
        for piece in [Int.max, 1_000, 13] {
            #expect(Seen.all(bytes, pieces: piece, compression: parameters) == expected)
        }
    }
}
