import Testing
import ZzzJSON

/// Numbers as they are written and read: the short ways must not be told from the long ones.
@Suite struct JSONNumberTests {
    private func written(_ value: Double) throws -> String {
        String(decoding: try JSONBytesEncoder().encode(value), as: UTF8.self)
    }

    private func read(_ text: String) throws -> Double {
        try JSONBytesDecoder().decode(Double.self, from: text)
    }

    private func expectSame(_ value: Double) throws {
        for value in [value, -value] {
            #expect(try written(value) == value.description)
            #expect(try read(value.description).bitPattern == value.bitPattern)
        }
    }

    @Test(arguments: [
        0, 1, 9, 10, 0.1, 0.2, 0.3, 0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.001, 0.0001, 0.00011, 0.00001, 1e-5,
        9.9999, 9.99999, 0.99995, 1.0001, 19.9, 24.35, 1284.35, 999.9999, 123456789.1234, 9999999999, 9999999999.5,
        1e10, 10000000000.5, 1e15, 1e16, 1e17, 1e21, 1e22, 1e23, 1e300, 1.7976931348623157e308, 5e-324,
        2.2250738585072014e-308,
        0x1p53, 0x1p53 + 2, 0x1p63, 0x1p64, 0.1 + 0.2, 1.0 / 3, 2.0 / 3, 4.35, 4.349999999999999, 1.005, 2.675, 0.57,
    ])
    func tellingValues(_ value: Double) throws {
        try expectSame(value)
        for neighbour in [value.nextUp, value.nextDown] where neighbour.isFinite { try expectSame(neighbour) }
    }

    @Test(arguments: 0..<10)
    func decimals(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let digits = Int64.random(in: 0..<(1 << Int64.random(in: 1...53, using: &generator)), using: &generator)
            let power: Double = [1, 10, 100, 1000, 10000, 1e5, 1e6].randomElement(using: &generator) ?? 1
            try expectSame(Double(digits) / power)
            let value = Double(bitPattern: generator.next())
            if value.isFinite { try expectSame(value) }
        }
    }

    /// However a number is spelled, it is read as `Double` reads it.
    @Test(arguments: 0..<10)
    func spellings(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: 100 + seed)
        func digits(_ count: ClosedRange<Int>) -> String {
            String((0..<Int.random(in: count, using: &generator)).map { _ in
                Character(UnicodeScalar(UInt8.random(in: 48...57, using: &generator)))
            })
        }
        for _ in 0..<500 {
            var text = ["", "-"].randomElement(using: &generator) ?? ""
            let isZero = Bool.random(using: &generator)
            text += isZero ? "0" : "\(Int.random(in: 1...9, using: &generator))\(digits(0...25))"
            if Bool.random(using: &generator) { text += ".\(digits(1...25))" }
            if Bool.random(using: &generator) {
                text += ["e", "E", "e+", "e-", "E-"].randomElement(using: &generator) ?? "e"
                text += digits(1...3)
            }
            let expected = try #require(Double(text))
            if expected.isFinite {
                #expect(try read(text).bitPattern == expected.bitPattern, "\(text)")
            } else {
                #expect(throws: DecodingError.self, "\(text)") { try read(text) }
            }
        }
    }

    @Test(arguments: [
        ("18446744073709551616", 0x1p64), ("18446744073709551616e0", 0x1p64), ("36893488147419103232", 0x1p65),
        ("184467440737095516160", 184_467_440_737_095_516_160), ("00e1", nil), ("0.000000000000000000000000001", 1e-27),
        ("9007199254740993", 9_007_199_254_740_992), ("9007199254740993.0000000000000000001", 9_007_199_254_740_994),
        ("1e0000000000000000000000000000000001", 10), ("1e-99999999999999999999", 0), ("0e99999999999999999999", 0),
        ("123456789012345678901234567890e-29", 1.2345678901234567), ("1e22", 1e22), ("1e23", 1e23),
        ("8.5e-22", 8.5e-22), ("2.2250738585072011e-308", 2.225073858507201e-308), ("-0", -0.0), ("-0.0e5", -0.0),
    ] as [(String, Double?)])
    func awkwardSpellings(_ text: String, _ expected: Double?) throws {
        guard let expected else {
            #expect(throws: DecodingError.self) { try read(text) }
            return
        }
        #expect(try read(text).bitPattern == expected.bitPattern)
    }

    @Test func integersOfEveryLength() throws {
        for shift in 0..<64 {
            for value in [UInt64.max >> shift, UInt64.max >> shift + (shift > 0 ? 1 : 0)] {
                let text = try JSONBytesEncoder().encode(value)
                #expect(text == Array("\(value)".utf8))
                #expect(try JSONBytesDecoder().decode(UInt64.self, from: text) == value)
                guard let signed = Int64(exactly: value) else { continue }
                #expect(try JSONBytesEncoder().encode(-signed) == Array("\(-signed)".utf8))
                #expect(try JSONBytesDecoder().decode(Int64.self, from: "\(-signed)") == -signed)
            }
        }
    }
}
