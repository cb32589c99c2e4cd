import Glibc

/// Turns nanoseconds since 1970 into the dates of the formats; it computes the calendar once per second, not per
/// record.
struct LogClock {
    private var second = Int.min
    private var parts = tm()
    /// The second as the two formats write it.
    private var rfc3339 = LogBuffer()
    private var common = LogBuffer()

    private static let months: [StaticString] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Nanoseconds since 1970 by the system's clock.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Appends RFC 3339 with milliseconds in UTC: `2026-11-22T12:24:00.123Z`.
    mutating func appendRFC3339(_ time: Int64, to buffer: inout LogBuffer) {
        let nanoseconds = update(time)
        buffer.append(rfc3339)
        buffer.append(".")
        buffer.append(nanoseconds / 1_000_000, width: 3)
        buffer.append("Z")
    }

    /// Appends the date of the Common Log Format: `22/Nov/2026:12:24:00 +0000`.
    mutating func appendCommon(_ time: Int64, to buffer: inout LogBuffer) {
        _ = update(time)
        buffer.append(common)
    }

    private mutating func format() {
        rfc3339.removeAll()
        rfc3339.append(Int(parts.tm_year) + 1900, width: 4)
        rfc3339.append("-")
        rfc3339.append(Int(parts.tm_mon) + 1, width: 2)
        rfc3339.append("-")
        rfc3339.append(Int(parts.tm_mday), width: 2)
        rfc3339.append("T")
        appendTimeOfDay(to: &rfc3339)
        common.removeAll()
        common.append(Int(parts.tm_mday), width: 2)
        common.append("/")
        common.append(Self.months[Int(parts.tm_mon)])
        common.append("/")
        common.append(Int(parts.tm_year) + 1900, width: 4)
        common.append(":")
        appendTimeOfDay(to: &common)
        common.append(" +0000")
    }

    private func appendTimeOfDay(to buffer: inout LogBuffer) {
        buffer.append(Int(parts.tm_hour), width: 2)
        buffer.append(":")
        buffer.append(Int(parts.tm_min), width: 2)
        buffer.append(":")
        buffer.append(Int(parts.tm_sec), width: 2)
    }

    /// Sets `parts` and returns the nanoseconds of the second.
    private mutating func update(_ time: Int64) -> Int {
        let (quotient, remainder) = time.quotientAndRemainder(dividingBy: 1_000_000_000)
        let seconds = Int(remainder < 0 ? quotient - 1 : quotient)
        if seconds != second {
            second = seconds
            var value = seconds
            gmtime_r(&value, &parts)
            format()
        }
        return Int(remainder < 0 ? remainder + 1_000_000_000 : remainder)
    }
}
