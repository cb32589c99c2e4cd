/// Unsigned decimal numbers, as HTTP writes them.
@usableFromInline
enum Decimal {
    /// The most digits of a UInt64.
    @inlinable static var maximumDigits: Int { 20 }

    @inlinable @inline(__always)
    static func digitCount(_ value: UInt64) -> Int {
        var count = 1
        var bound: UInt64 = 10
        while value >= bound {
            count = count &+ 1
            let (next, overflowed) = bound.multipliedReportingOverflow(by: 10)
            if overflowed { break }
            bound = next
        }
        return count
    }

    /// Writes `value` without leading zeros and returns where it ends. The caller has room for `maximumDigits`.
    @inlinable @inline(__always)
    static func write(_ value: UInt64, to target: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        let end = target + digitCount(value)
        var position = end
        var rest = value
        while rest >= 10 {
            position -= 1
            position.storeBytes(of: 0x30 | UInt8(truncatingIfNeeded: rest % 10), as: UInt8.self)
            rest /= 10
        }
        target.storeBytes(of: 0x30 | UInt8(truncatingIfNeeded: rest), as: UInt8.self)
        return end
    }

    /// Writes `value`, below 100, as two digits.
    @inlinable @inline(__always)
    static func writePair(_ value: Int, to target: UnsafeMutableRawPointer) {
        target.storeBytes(of: 0x30 &+ UInt8(truncatingIfNeeded: value / 10), as: UInt8.self)
        target.storeBytes(of: 0x30 &+ UInt8(truncatingIfNeeded: value % 10), toByteOffset: 1, as: UInt8.self)
    }
}
