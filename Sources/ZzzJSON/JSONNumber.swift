/// What the numbers of JSON text stand for, for text that `JSONTapeParser` has accepted.
enum JSONNumber {
    /// The value of an integer, nil when `T` does not hold it.
    static func integer<T: FixedWidthInteger>(_ bytes: UnsafeRawBufferPointer, as type: T.Type) -> T? {
        let isNegative = bytes.first == UInt8(ascii: "-")
        var magnitude: UInt64 = 0
        for byte in bytes.dropFirst(isNegative ? 1 : 0) {
            let (product, overflowed) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carried) = product.addingReportingOverflow(UInt64(byte &- UInt8(ascii: "0")))
            if overflowed || carried { return nil }
            magnitude = sum
        }
        guard isNegative else { return T(exactly: magnitude) }
        guard magnitude <= UInt64(1) << 63 else { return nil }
        return T(exactly: Int64(truncatingIfNeeded: 0 &- magnitude))
    }

    /// The nearest double, nil when the number is out of range.
    static func double(_ bytes: UnsafeRawBufferPointer) -> Double? {
        JSONDecimal(bytes).double ?? finite(Double(String(decoding: bytes, as: UTF8.self)))
    }

    /// The nearest float, nil when the number is out of range.
    static func float(_ bytes: UnsafeRawBufferPointer) -> Float? {
        finite(Float(String(decoding: bytes, as: UTF8.self)))
    }

    private static func finite<T: BinaryFloatingPoint>(_ value: T?) -> T? {
        value.flatMap { $0.isFinite ? $0 : nil }
    }
}
