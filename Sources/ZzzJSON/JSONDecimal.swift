/// A number of JSON text as digits and a power of ten.
struct JSONDecimal {
    /// The powers of five that fit 64 bits.
    private static let powersOfFive: [UInt64] = (0...27).map { exponent in
        (0..<exponent).reduce(1) { power, _ in power * 5 }
    }

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

    /// The nearest double, where integers of 128 bits can say which: nil for more than 19 digits and for powers of ten
    /// that are beyond 27.
    var double: Double? {
        guard digitCount <= 19, exponent.magnitude < Self.powersOfFive.count else { return nil }
        let power = Self.powersOfFive[Int(exponent.magnitude)]
        let magnitude = digits == 0 ? 0 : exponent < 0 ? quotient(power) : product(power)
        return isNegative ? -magnitude : magnitude
    }

    /// Digits times a power of five, and of two.
    private func product(_ power: UInt64) -> Double {
        let (high, low) = digits.multipliedFullWidth(by: power)
        guard high > 0 else { return Self.double(low, isExact: true, exponent: exponent) }
        let shift = high.leadingZeroBitCount
        let top = high << shift | low >> (64 - shift)
        return Self.double(top, isExact: low << shift == 0, exponent: exponent + 64 - shift)
    }

    /// Digits over a power of five, and of two. Both are shifted to the left as far as they go, so that the quotient
    /// has at least 63 bits.
    private func quotient(_ power: UInt64) -> Double {
        let (digitShift, powerShift) = (digits.leadingZeroBitCount, power.leadingZeroBitCount)
        let dividend = digits << digitShift
        let (quotient, rest) = (power << powerShift).dividingFullWidth((dividend >> 1, dividend << 63))
        return Self.double(quotient, isExact: rest == 0, exponent: exponent - 63 + powerShift - digitShift)
    }

    /// The one rounding. What `bits` leaves out is less than its lowest bit, which stands for it: a double has ten bits
    /// fewer, so that it matters only to what would be half way between two doubles.
    private static func double(_ bits: UInt64, isExact: Bool, exponent: Int) -> Double {
        // 2 to the exponent, which is far from the ends of the range, as a double.
        let scale = Double(bitPattern: UInt64(1023 + exponent) << 52)
        return Double(isExact ? bits : bits | 1) * scale
    }
}
