import Testing

@testable import Zzz

/// The bytes that Idempotency keeps.
@Suite struct KeptResponseTests {
    private static let answer = KeptResponse.Answer(
        status: 201, contentType: "text/plain",
        fields: [.init(name: "Location", value: "/a"), .init(name: "X", value: "")], body: [1, 2, 3])

    @Test(arguments: [KeptResponse.State.pending, .unrepeatable, .answered(answer)])
    func keptBytesAreReadBack(_ state: KeptResponse.State) {
        let kept = KeptResponse(fingerprint: [UInt8](0..<32), state: state)
        let bytes = kept.bytes
        #expect(KeptResponse(bytes) == kept)
        for count in 0..<bytes.count { #expect(KeptResponse(Array(bytes[..<count])) == nil) }
        #expect(KeptResponse(bytes + [0]) == nil)
        #expect(KeptResponse([2] + bytes.dropFirst()) == nil)
        for index in 33..<bytes.count {
            // Lengths that are too large are no trap.
            var other = bytes
            other[index] = 255
            _ = KeptResponse(other)
        }
    }
}
