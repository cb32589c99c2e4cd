/// Scalars as JSON writes them.
extension JSONBuffer {
    @inline(__always)
    mutating func appendNull() {
        append(word: 0x6C6C_756E, count: 4)
    }

    @inline(__always)
    mutating func append(_ value: Bool) {
        if value { append(word: 0x6575_7274, count: 4) } else { append(word: 0x65_736C_6166, count: 5) }
    }

    @inline(__always)
    mutating func append(_ value: some FixedWidthInteger) {
        if value < 0 { append(byte: UInt8(ascii: "-")) }
        append(digitsOf: UInt64(truncatingIfNeeded: value.magnitude))
    }

    private mutating func append(digitsOf value: UInt64) {
        var (word, count) = (0 as UInt64, 0)
        if value >= 100_000_000 {
            append(digitsOf: value / 100_000_000)
            (word, count) = (JSONWord.digits(value % 100_000_000, count: 8), 8)
        } else {
            var rest = value
            repeat {
                word = word << 8 | JSONWord.digit(rest % 10)
                rest /= 10
                count &+= 1
            } while rest > 0
        }
        append(word: word, count: count)
    }
}

/// Numbers with a fraction.
extension JSONBuffer {
    /// The shortest text that reads back as the same value; "1.0" for a value without fraction.
    mutating func append(finite value: Double) {
        if !appendDecimal(value) { append(describing: value) }
    }

    mutating func append(finite value: Float) {
        append(describing: value)
    }

    private mutating func append(describing value: some CustomStringConvertible) {
        value.description.withUTF8Bytes { append($0) }
    }

    /// A value with at most four decimals, as prices, percentages and measurements have it; false for any other.
    ///
    /// An integer below 10^15 divided by 10^4 is rounded once, so that a quotient equal to the value shows that the
    /// decimal number is read as this value. Two decimal numbers of at most 15 digits are never read as the same value:
    /// without the zeros at its end it is the shortest one, too.
    private mutating func appendDecimal(_ value: Double) -> Bool {
        let magnitude = value.magnitude
        guard magnitude < 1e10 else { return false }
        // Signed, which the processor converts in one step.
        let nearest = Int64(magnitude * 1e4 + 0.5)
        guard Double(nearest) / 1e4 == magnitude else { return false }
        if value.sign == .minus { append(byte: UInt8(ascii: "-")) }
        let scaled = UInt64(truncatingIfNeeded: nearest)
        append(digitsOf: scaled / 10000)
        let fraction = JSONWord.digits(scaled % 10000, count: 4)
        let zeros = UInt32(truncatingIfNeeded: fraction ^ JSONWord.digits(0, count: 4)).leadingZeroBitCount >> 3
        append(word: fraction << 8 | UInt64(UInt8(ascii: ".")), count: max(5 &- zeros, 2))
        return true
    }
}
