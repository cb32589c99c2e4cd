import Testing

@testable import Zzz

/// The Range field (RFC 9110 section 14.1.2).
@Suite struct ByteRangesTests {
    @Test(
        arguments: [
            ("bytes=0-499", [0..<500]), ("bytes=500-999", [500..<1000]), ("bytes=-500", [500..<1000]),
            ("bytes=900-", [900..<1000]), ("bytes=0-", [0..<1000]), ("bytes=0-0", [0..<1]), ("bytes=-1", [999..<1000]),
            ("bytes=999-999", [999..<1000]), ("bytes=0-99999999999999999999", [0..<1000]), ("bytes=-2000", [0..<1000]),
            ("Bytes = 0-1", []), ("BYTES=0-1", [0..<2]), ("bytes= 0-1 ,\t4-5", [0..<2, 4..<6]),
            ("bytes=0-1,,5-6,", [0..<2, 5..<7]),
            ("bytes=5-6,0-1", [5..<7, 0..<2]), ("bytes=0-1,1000-", [0..<2]), ("bytes=0-0,-1", [0..<1, 999..<1000]),
        ] as [(String, [Range<Int64>])])
    func isRead(_ field: String, _ ranges: [Range<Int64>]) throws {
        guard !ranges.isEmpty else {
            #expect(throws: ByteRanges.Failure.ignored) { try ByteRanges(field, size: 1000) }
            return
        }
        #expect(try ByteRanges(field, size: 1000).ranges == ranges)
    }

    @Test(arguments: [
        "", "bytes", "bytes=", "bytes=,", "bytes=-", "bytes=a-b", "bytes=1-a", "bytes=2-1", "bytes=0-1;2-3",
        "bytes=+1-2",
        "bytes=1--2", "bytes=--1", "bytes=0x0-1", "bytes=1 - 2", "items=0-1", "bytes 0-1", "0-1", "bytes=0-1,x",
        "bytes=٠-١",
        "bytes=0-5,5-9", "bytes=0-,0-", "bytes=10-20,0-99",
    ])
    func isIgnored(_ field: String) {
        #expect(throws: ByteRanges.Failure.ignored) { try ByteRanges(field, size: 1000) }
    }

    @Test(arguments: ["bytes=1000-", "bytes=1000-2000", "bytes=-0", "bytes=2000-,3000-", "bytes=18446744073709551616-"])
    func isNotInTheFile(_ field: String) {
        #expect(throws: ByteRanges.Failure.unsatisfiable) { try ByteRanges(field, size: 1000) }
    }

    @Test func nothingIsInAnEmptyFile() {
        for field in ["bytes=0-", "bytes=-1", "bytes=0-0"] {
            #expect(throws: ByteRanges.Failure.unsatisfiable) { try ByteRanges(field, size: 0) }
        }
    }

    @Test(arguments: [31, 32, 33])
    func thereIsALimitOfRanges(_ count: Int) throws {
        let field = "bytes=" + (0..<count).map { "\($0 * 2)-\($0 * 2)" }.joined(separator: ",")
        if count <= ByteRanges.maximumCount {
            #expect(try ByteRanges(field, size: 1000).ranges.count == count)
        } else {
            #expect(throws: ByteRanges.Failure.ignored) { try ByteRanges(field, size: 1000) }
        }
    }
}
