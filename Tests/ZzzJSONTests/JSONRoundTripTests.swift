import Testing
import ZzzJSON

/// SplitMix64, so that a failing case can be had again from its seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}

@Suite struct JSONRoundTripTests {
    private static let formats = [
        JSONOutputFormat.compact, .pretty, JSONOutputFormat(sortsKeys: true),
        JSONOutputFormat(sortsKeys: true, isPretty: true),
    ]

    private static func string(_ generator: inout SeededGenerator) -> String {
        let length = Int.random(in: 0...20, using: &generator)
        var scalars = String.UnicodeScalarView()
        for _ in 0..<length {
            let bits = Int.random(in: 3...21, using: &generator)
            let value = UInt32.random(in: 0..<min(1 << UInt32(bits), 0x110000), using: &generator)
            scalars.append(Unicode.Scalar(value) ?? "\u{FFFD}")
        }
        return String(scalars)
    }

    private static func value(_ generator: inout SeededGenerator, depth: Int = 0) -> JSONValue {
        switch Int.random(in: 0..<(depth < 5 ? 8 : 5), using: &generator) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &generator))
        case 2:
            let shift = Int.random(in: 0..<64, using: &generator)
            return .integer(Int64(truncatingIfNeeded: generator.next()) >> Int64(shift))
        case 3:
            let number = Double(bitPattern: generator.next())
            return .number(number.isFinite ? number : 0.5)
        case 4: return .string(string(&generator))
        case 5, 6:
            let count = Int.random(in: 0...6, using: &generator)
            return .array((0..<count).map { _ in value(&generator, depth: depth + 1) })
        default:
            var object = JSONObject()
            for _ in 0..<Int.random(in: 0...12, using: &generator) {
                object[string(&generator)] = value(&generator, depth: depth + 1)
            }
            return .object(object)
        }
    }

    @Test(arguments: 0..<20)
    func randomValues(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<10 {
            let value = Self.value(&generator)
            for format in Self.formats {
                let text = try value.serialized(format)
                #expect(try JSONValue(parsing: text) == value)
                #expect(try JSONBytesEncoder(format: format).encode(value) == text)
                #expect(
                    try JSONBytesEncoder(format: format).encode([value]) == JSONValue.array([value]).serialized(format))
                #expect(try JSONBytesDecoder().decode(JSONValue.self, from: text) == value)
                #expect(try JSONBytesDecoder().decode(Wrapped.self, from: text).value == value)
            }
        }
    }

    /// Calls `JSONValue.init(from:)`, which the decoder itself does without.
    private struct Wrapped: Decodable {
        let value: JSONValue

        init(from decoder: any Decoder) throws {
            value = try JSONValue(from: decoder)
        }
    }

    /// Damaged text is refused or read, but never brings the parser down.
    @Test(arguments: 0..<20)
    func damagedText(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: 1000 + seed)
        var refusedCount = 0
        for _ in 0..<50 {
            var text = try Self.value(&generator).serialized()
            for _ in 0...Int.random(in: 0..<3, using: &generator) {
                let place = Int.random(in: 0..<text.count, using: &generator)
                text[place] = Array("[]{},:\"\\u0e-1 \u{E9}".utf8).randomElement(using: &generator) ?? 0
            }
            do {
                let value = try JSONValue(parsing: text)
                #expect(try JSONValue(parsing: value.serialized()) == value)
            } catch {
                refusedCount += 1
                #expect(error.offset <= text.count)
                #expect(throws: DecodingError.self) { try JSONBytesDecoder().decode(JSONValue.self, from: text) }
            }
        }
        #expect(refusedCount > 0)
    }
}
