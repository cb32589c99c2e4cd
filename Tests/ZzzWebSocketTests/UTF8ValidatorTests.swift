import Testing
import ZzzWebSocket

@Suite struct UTF8ValidatorTests {
    private func isValid(_ bytes: [UInt8], cutAt cut: Int = 0) -> Bool {
        var validator = UTF8Validator()
        return bytes[..<cut].withUnsafeBytes { validator.accepts($0) }
            && bytes[cut...].withUnsafeBytes { validator.accepts($0) } && validator.isComplete
    }

    /// Every sequence of up to two bytes, and every pair that can begin a longer one, against the standard library.
    @Test func agreesWithTheStandardLibrary() {
        var wrong: [[UInt8]] = []
        for first in UInt8.min...UInt8.max {
            if isValid([first]) != (String(validating: [first], as: UTF8.self) != nil) { wrong.append([first]) }
            for second in UInt8.min...UInt8.max {
                for rest in [[], [0x80], [0x80, 0x80], [0xBF, 0xBF]] as [[UInt8]] {
                    let bytes = [first, second] + rest
                    if isValid(bytes) != (String(validating: bytes, as: UTF8.self) != nil) { wrong.append(bytes) }
                }
            }
        }
        #expect(wrong.isEmpty)
    }

    @Test func cutAnywhereItIsTheSame() {
        let bytes = Array("plain text of more than eight bytes, κόσμε, €, 𝄞 and 한국어".utf8)
        for cut in 0...bytes.count { #expect(isValid(bytes, cutAt: cut)) }
        for place in bytes.indices {
            var broken = bytes
            broken[place] = 0xFF
            for cut in [0, place, place / 2, bytes.count] { #expect(!isValid(broken, cutAt: cut)) }
        }
    }
}
