/// A moment in whole seconds, and its text as HTTP writes it (RFC 9110 section 5.6.7).
///
/// Holds the text of the last second it was asked for, so that one value per loop renders a date once a second.
@frozen public struct HTTPDate: Sendable, Equatable {
    /// Bytes of an IMF-fixdate: "Sun, 06 Nov 1994 08:49:37 GMT".
    @inlinable public static var textBytes: Int { 29 }
    /// Bytes of "date: ", the text and CRLF.
    @inlinable public static var fieldBytes: Int { 37 }

    /// Seconds since 1970-01-01T00:00:00Z, within the years 0 to 9999.
    public private(set) var unixSeconds: Int64
    /// "date: " + text + CRLF, and three unused bytes.
    @usableFromInline var line: (UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0)

    /// - Parameter unixSeconds: is moved into the years 0 to 9999 when it is outside.
    public init(unixSeconds: Int64) {
        self.unixSeconds = Self.clamped(unixSeconds)
        render()
    }

    /// Moves to another second; costs nothing while it is the same.
    @inlinable @inline(__always)
    public mutating func update(unixSeconds: Int64) {
        if unixSeconds != self.unixSeconds { self = HTTPDate(unixSeconds: unixSeconds) }
    }

    /// Writes the 29 bytes of the date and returns where they end.
    @inlinable @inline(__always)
    public func writeText(to target: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        withUnsafeBytes(of: line) { target.copyMemory(from: $0.baseAddress! + 6, byteCount: HTTPDate.textBytes) }
        return target + HTTPDate.textBytes
    }

    /// Writes "date: ", the date and CRLF, 37 bytes, and returns where they end.
    @inlinable @inline(__always)
    public func writeField(to target: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        withUnsafeBytes(of: line) { target.copyMemory(from: $0.baseAddress!, byteCount: HTTPDate.fieldBytes) }
        return target + HTTPDate.fieldBytes
    }

    /// Equal dates are equal seconds.
    public static func == (left: HTTPDate, right: HTTPDate) -> Bool { left.unixSeconds == right.unixSeconds }

    /// 0000-01-01T00:00:00Z to 9999-12-31T23:59:59Z: the year has four digits.
    private static func clamped(_ seconds: Int64) -> Int64 { min(max(seconds, -62_167_219_200), 253_402_300_799) }

    private mutating func render() {
        let date = CivilTime(unixSeconds: unixSeconds)
        withUnsafeMutableBytes(of: &line) { buffer in
            let start = buffer.baseAddress!
            _ = ResponseHead.write("date: Sun, 00 Jan 0000 00:00:00 GMT\r\n", to: start)
            _ = ResponseHead.write(HTTPDate.weekdayName(date.weekday), to: start + 6)
            Decimal.writePair(date.day, to: start + 11)
            _ = ResponseHead.write(HTTPDate.monthName(date.month), to: start + 14)
            Decimal.writePair(date.year / 100, to: start + 18)
            Decimal.writePair(date.year % 100, to: start + 20)
            Decimal.writePair(date.hour, to: start + 23)
            Decimal.writePair(date.minute, to: start + 26)
            Decimal.writePair(date.second, to: start + 29)
        }
    }

    /// The short name of a day, 0 for Sunday.
    static func weekdayName(_ weekday: Int) -> StaticString {
        switch weekday {
        case 0: "Sun"
        case 1: "Mon"
        case 2: "Tue"
        case 3: "Wed"
        case 4: "Thu"
        case 5: "Fri"
        default: "Sat"
        }
    }

    /// The short name of a month, 1 to 12.
    static func monthName(_ month: Int) -> StaticString {
        switch month {
        case 1: "Jan"
        case 2: "Feb"
        case 3: "Mar"
        case 4: "Apr"
        case 5: "May"
        case 6: "Jun"
        case 7: "Jul"
        case 8: "Aug"
        case 9: "Sep"
        case 10: "Oct"
        case 11: "Nov"
        default: "Dec"
        }
    }
}
