/// A number of JSON text as digits and a power of ten.
struct JSONDecimal {
    /// The powers of ten that a double holds exactly.
    private static let exactPowers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]

    private var isNegative = false
    private var digits: UInt64 = 0
    /// How many digits there are without leading zeros; beyond 19, `digits` has overflowed.
    private var digitCount = 0
    private var exponent = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        var isFraction = false
        var position = 0
        while position < bytes.count {
            let byte = bytes[position]
            position &+= 1
            switch byte {
            case UInt8(ascii: "-"): isNegative = true
            case UInt8(ascii: "."): isFraction = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                readExponent(UnsafeRawBufferPointer(rebasing: bytes[position...]))
                return
            default:
                let digit = UInt64(byte &- UInt8(ascii: "0"))
                digits = digits &* 10 &+ digit
                if digitCount > 0 || digit > 0 { digitCount &+= 1 }
                if isFraction { exponent &-= 1 }
            }
        }
    }

    private mutating func readExponent(_ bytes: UnsafeRawBufferPointer) {
        var value = 0
        for byte in bytes where byte != UInt8(ascii: "-") && byte != UInt8(ascii: "+") {
            // More than a double's range can need, and far from an overflow.
            value = min(value * 10 + Int(byte - UInt8(ascii: "0")), 1_000_000)
        }
        exponent += bytes.first == UInt8(ascii: "-") ? -value : value
    }

    /// The nearest double, where one rounding finds it: digits that a double holds exactly, times or over a power of
    /// ten that it holds exactly. Nil for any other number.
    var double: Double? {
        guard digitCount <= 19, digits <= 1 << 53, exponent.magnitude < Self.exactPowers.count else { return nil }
        let power = Self.exactPowers[Int(exponent.magnitude)]
        let magnitude = exponent < 0 ? Double(digits) / power : Double(digits) * power
        return isNegative ? -magnitude : magnitude
    }
}
