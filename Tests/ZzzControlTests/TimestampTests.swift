import Testing
import ZzzControl
import ZzzJSON

@Suite struct TimestampTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59Z"), (951_782_400, "2000-02-29T00:00:00Z"),
        (1_795_350_240, "2026-11-22T12:24:00Z"), (4_107_542_399, "2100-02-28T23:59:59Z"),
        (4_107_542_400, "2100-03-01T00:00:00Z"), (253_402_300_799, "9999-12-31T23:59:59Z"),
    ])
    func `reads what it writes`(seconds: Int, text: String) {
        #expect(Timestamp(secondsSince1970: seconds).description == text)
        #expect(Timestamp(text)?.secondsSince1970 == seconds)
    }

    @Test(arguments: [
        "", "2026-11-22", "2026-11-22T12:24:00", "2026-11-22T12:24:00+00:00", "2026-11-22 12:24:00Z",
        "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T12:60:00Z",
        "2026-11-22T12:24:00.5Z", "26-11-22T12:24:00Z", "2026-11-22T12:24:00Z ", "aaaa-bb-ccTdd:ee:ffZ",
    ])
    func `refuses everything else`(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func `is a string in JSON`() throws {
        let bytes = try JSONBytesEncoder().encode([Timestamp(secondsSince1970: 0)])
        #expect(String(decoding: bytes, as: UTF8.self) == #"["1970-01-01T00:00:00Z"]"#)
        #expect(try JSONBytesDecoder().decode([Timestamp].self, from: bytes) == [Timestamp(secondsSince1970: 0)])
        #expect(throws: (any Error).self) { try JSONBytesDecoder().decode([Timestamp].self, from: #"["now"]"#) }
    }
}
