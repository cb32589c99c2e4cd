import Testing

@testable import ZzzHTTP

/// RFC 9110 section 5.6.7: dates.
struct HTTPDateTests {
    private func text(_ date: HTTPDate) -> String {
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
            let end = date.writeText(to: buffer.baseAddress!)
            #expect(end - buffer.baseAddress! == HTTPDate.textBytes)
            return String(decoding: buffer[..<HTTPDate.textBytes], as: UTF8.self)
        }
    }

    private func parse(_ text: String, now: Int64 = 1_790_000_000) -> Int64? {
        text.latin1.withUnsafeBytes { HTTPDate.parse($0, now: now) }
    }

    static let moments: [(Int64, String)] = [
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT"),
        (1_709_164_800, "Thu, 29 Feb 2024 00:00:00 GMT"),
        (1_735_689_599, "Tue, 31 Dec 2024 23:59:59 GMT"),
        (2_147_483_647, "Tue, 19 Jan 2038 03:14:07 GMT"),
        (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        (-2_203_891_200, "Thu, 01 Mar 1900 00:00:00 GMT"),
        (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
        (-62_167_219_200, "Sat, 01 Jan 0000 00:00:00 GMT"),
    ]

    @Test(arguments: moments) func formats(_ seconds: Int64, _ expected: String) {
        #expect(text(HTTPDate(unixSeconds: seconds)) == expected)
        #expect(parse(expected) == seconds)
    }

    @Test func yearsOutsideFourDigitsAreClamped() {
        #expect(text(HTTPDate(unixSeconds: .max)) == "Fri, 31 Dec 9999 23:59:59 GMT")
        #expect(text(HTTPDate(unixSeconds: .min)) == "Sat, 01 Jan 0000 00:00:00 GMT")
    }

    @Test func updateRendersTheNewSecond() {
        var date = HTTPDate(unixSeconds: 0)
        date.update(unixSeconds: 0)
        #expect(text(date) == "Thu, 01 Jan 1970 00:00:00 GMT")
        date.update(unixSeconds: 784_111_777)
        #expect(text(date) == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(date.unixSeconds == 784_111_777)
        #expect(date == HTTPDate(unixSeconds: 784_111_777))
        #expect(date != HTTPDate(unixSeconds: 784_111_778))
    }

    @Test func fieldLine() {
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
            let end = HTTPDate(unixSeconds: 784_111_777).writeField(to: buffer.baseAddress!)
            #expect(end - buffer.baseAddress! == HTTPDate.fieldBytes)
            let line = String(decoding: buffer[..<HTTPDate.fieldBytes], as: UTF8.self)
            #expect(line == "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n")
        }
    }

    /// Every day of 800 years there and back, with the weekday moving on by one.
    @Test func everyDay() {
        var weekday = CivilTime(unixSeconds: -12_622_780_800).weekday  // 1570-01-01
        for day in 0..<292_194 {
            let seconds = Int64(day) * 86400 - 12_622_780_800 + 45_296
            let date = CivilTime(unixSeconds: seconds)
            if date.unixSeconds != seconds || date.weekday != weekday || date.hour != 12 || date.second != 56 {
                Issue.record("day \(day): \(date)")
                return
            }
            weekday = (weekday + 1) % 7
        }
    }

    @Test func obsoleteForms() {
        #expect(parse("Sunday, 06-Nov-94 08:49:37 GMT") == 784_111_777)
        #expect(parse("Sun Nov  6 08:49:37 1994") == 784_111_777)
        #expect(parse("Wed Nov 16 08:49:37 1994") == 784_975_777)
        #expect(parse("Saturday, 01-Jan-00 00:00:00 GMT") == 946_684_800)
        #expect(parse("Thursday, 31-Dec-26 23:59:59 GMT") == 1_798_761_599)
    }

    /// A two-digit year that seems more than 50 years ahead is in the past: now is 2026.
    @Test func shortYearsPivotFiftyYearsAhead() {
        let now: Int64 = 1_790_000_000
        func year(_ short: String) -> Int? {
            parse("Monday, 01-Jan-\(short) 00:00:00 GMT", now: now).map { CivilTime(unixSeconds: $0).year }
        }
        #expect(year("75") == 2075)
        #expect(year("76") == 2076)
        #expect(year("77") == 1977)
        #expect(year("26") == 2026)
        #expect(year("99") == 1999)
        #expect(year("00") == 2000)
        #expect(parse("Monday, 01-Jan-05 00:00:00 GMT", now: 3_880_000_000) == 4_260_211_200)  // 2092: 05 is 2105
    }

    @Test func leapSecondsAndDays() {
        #expect(parse("Sat, 31 Dec 2016 23:59:60 GMT") == 1_483_228_800)
        #expect(parse("Sun, 31 Dec 2016 23:59:61 GMT") == nil)
        #expect(parse("Thu, 29 Feb 2024 00:00:00 GMT") != nil)
        #expect(parse("Wed, 29 Feb 2023 00:00:00 GMT") == nil)
        #expect(parse("Mon, 29 Feb 2100 00:00:00 GMT") == nil)
        #expect(parse("Tue, 29 Feb 2000 00:00:00 GMT") != nil)
    }

    @Test(arguments: [
        "", "0", "Sun", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 gmt", "sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT", "Son, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nox 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 94 08:49:37 GMT", "Sun 06 Nov 1994 08:49:37 GMT",
        "Sun,06 Nov 1994 08:49:37 GMT ", "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 8:49:37 GMT ",
        "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37 GMT ", " Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06-Nov-1994 08:49:37 GMT", "Sun, 06 Nov 1994 08.49.37 GMT", "Sun, 06 Nov 1994 08:49:3a GMT",
        "Sunday, 06 Nov 94 08:49:37 GMT", "Sunday, 06-Nov-1994 08:49:37 GMT", "Sun, 06-Nov-94 08:49:37 GMT",
        "Someday, 06-Nov-94 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GM", "Sunday 06-Nov-94 08:49:37 GMT,",
        "Sun Nov 6 08:49:37 1994", "Sun Nov 06 08:49:37 94  ", "Sun Nov  6 08:49:37 199x", "Sun Nov  0 08:49:37 1994",
        "Sun Nov 31 08:49:37 1994", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "784111777",
        "------------------------", "Sun, 06 Nov 1994 -8:49:37 GMT", "Thu, 01 Jan +970 00:00:00 GMT",
    ])
    func badDates(_ text: String) {
        #expect(parse(text) == nil)
    }
}
