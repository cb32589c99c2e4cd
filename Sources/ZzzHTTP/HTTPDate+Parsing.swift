/// The three forms of HTTP-date that a recipient must take (RFC 9110 section 5.6.7).
///
///     Sun, 06 Nov 1994 08:49:37 GMT     IMF-fixdate
///     Sunday, 06-Nov-94 08:49:37 GMT    rfc850-date, obsolete
///     Sun Nov  6 08:49:37 1994          asctime-date, obsolete
extension HTTPDate {
    /// Seconds since 1970 of the date that `bytes` are in full, or nil. Names and "GMT" are case-sensitive; the day
    /// of the week must be a name but is not held against the date.
    ///
    /// - Parameter now: seconds since 1970; a two-digit year is the one that is at most 50 years ahead of it.
    public static func parse(_ bytes: UnsafeRawBufferPointer, now: Int64) -> Int64? {
        guard bytes.count >= 24 else { return nil }
        if bytes[3] == 0x2C { return parseFixed(bytes) }
        if bytes[3] == 0x20 { return parseASCTime(bytes) }
        return parseRFC850(bytes, now: now)
    }

    private static func parseFixed(_ bytes: UnsafeRawBufferPointer) -> Int64? {
        guard bytes.count == 29, isWeekday(bytes), bytes[4] == 0x20, bytes[7] == 0x20, bytes[11] == 0x20,
            bytes[16] == 0x20, matches(bytes, 25, " GMT"),
            let day = number(bytes, 5, 2), let month = month(bytes, 8), let year = number(bytes, 12, 4)
        else { return nil }
        return seconds(year: year, month: month, day: day, time: bytes, at: 17)
    }

    private static func parseASCTime(_ bytes: UnsafeRawBufferPointer) -> Int64? {
        guard bytes.count == 24, isWeekday(bytes), bytes[7] == 0x20, bytes[10] == 0x20, bytes[19] == 0x20,
            let month = month(bytes, 4), let year = number(bytes, 20, 4),
            let day = bytes[8] == 0x20 ? number(bytes, 9, 1) : number(bytes, 8, 2)
        else { return nil }
        return seconds(year: year, month: month, day: day, time: bytes, at: 11)
    }

    private static func parseRFC850(_ bytes: UnsafeRawBufferPointer, now: Int64) -> Int64? {
        guard let comma = bytes.firstIndex(of: 0x2C), bytes.count == comma + 24,
            isLongWeekday(UnsafeRawBufferPointer(rebasing: bytes[..<comma])), bytes[comma + 1] == 0x20,
            bytes[comma + 4] == 0x2D, bytes[comma + 8] == 0x2D, bytes[comma + 11] == 0x20,
            matches(bytes, comma + 20, " GMT"),
            let day = number(bytes, comma + 2, 2), let month = month(bytes, comma + 5),
            let shortYear = number(bytes, comma + 9, 2)
        else { return nil }
        let thisYear = CivilTime(unixSeconds: now).year
        var year = thisYear - thisYear % 100 + shortYear
        if year > thisYear + 50 { year -= 100 }
        if year <= thisYear - 50 { year += 100 }
        return seconds(year: year, month: month, day: day, time: bytes, at: comma + 12)
    }

    /// `hh:mm:ss` at `offset`, on a day that exists; second 60 is a leap second.
    private static func seconds(
        year: Int, month: Int, day: Int, time bytes: UnsafeRawBufferPointer, at offset: Int
    ) -> Int64? {
        guard bytes[offset + 2] == 0x3A, bytes[offset + 5] == 0x3A,
            let hour = number(bytes, offset, 2), let minute = number(bytes, offset + 3, 2),
            let second = number(bytes, offset + 6, 2),
            hour < 24, minute < 60, second <= 60, day >= 1, day <= CivilTime.days(inMonth: month, ofYear: year)
        else { return nil }
        var date = CivilTime()
        date.year = year
        date.month = month
        date.day = day
        date.hour = hour
        date.minute = minute
        date.second = second
        return date.unixSeconds
    }

    private static func number(_ bytes: UnsafeRawBufferPointer, _ offset: Int, _ digits: Int) -> Int? {
        var value = 0
        for index in offset..<offset + digits {
            let digit = bytes[index] &- 0x30
            guard digit < 10 else { return nil }
            value = value * 10 + Int(digit)
        }
        return value
    }

    private static func month(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Int? {
        (1...12).first { matches(bytes, offset, monthName($0)) }
    }

    private static func isWeekday(_ bytes: UnsafeRawBufferPointer) -> Bool {
        (0..<7).contains { matches(bytes, 0, weekdayName($0)) }
    }

    private static func isLongWeekday(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.equals("Sunday") || bytes.equals("Monday") || bytes.equals("Tuesday") || bytes.equals("Wednesday")
            || bytes.equals("Thursday") || bytes.equals("Friday") || bytes.equals("Saturday")
    }

    private static func matches(_ bytes: UnsafeRawBufferPointer, _ offset: Int, _ literal: StaticString) -> Bool {
        UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + literal.utf8CodeUnitCount]).equals(literal)
    }
}
