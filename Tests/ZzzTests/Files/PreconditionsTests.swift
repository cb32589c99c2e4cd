import Testing
import ZzzAppABI

@testable import Zzz

/// Conditional requests in the order of RFC 9110 section 13.2.2, of a file with the tag "a" from noon.
@Suite struct PreconditionsTests {
    private static let noon = "Sat, 01 Jun 2024 12:00:00 GMT"
    private static let before = "Sat, 01 Jun 2024 11:59:59 GMT"
    private static let after = "Sat, 01 Jun 2024 12:00:01 GMT"

    private func verdict(
        _ fields: [(String, String)], isHead: Bool = false, tag: EntityTag = EntityTag(opaque: "\"a\"")
    ) -> Preconditions.Verdict {
        var list = FieldList()
        for (name, value) in fields { list.append(name, value) }
        return list.withHeaders {
            Preconditions($0).evaluate(
                Preconditions.Validators(tag: tag, modifiedSeconds: Int64(TestDirectory.noon)), isHead: isHead)
        }
    }

    @Test(
        arguments: [
            ([], .whole),
            ([("If-None-Match", "\"a\"")], .notModified), ([("if-none-match", "W/\"a\"")], .notModified),
            ([("If-None-Match", "\"b\", \"a\"")], .notModified), ([("If-None-Match", "*")], .notModified),
            ([("If-None-Match", "\"b\""), ("If-None-Match", "\"a\"")], .notModified),
            ([("If-None-Match", "\"b\"")], .whole), ([("If-None-Match", "a")], .whole),
            ([("If-None-Match", "")], .whole),
            ([("If-None-Match", "\"a,b\"")], .whole), ([("If-None-Match", "\"b\" \"a\"")], .notModified),
            ([("If-Modified-Since", noon)], .notModified), ([("If-Modified-Since", after)], .notModified),
            ([("If-Modified-Since", before)], .whole), ([("If-Modified-Since", "yesterday")], .whole),
            ([("If-Modified-Since", "Saturday, 01-Jun-24 12:00:00 GMT")], .notModified),
            // The tags count more than the dates (steps 3 and 4).
            ([("If-None-Match", "\"b\""), ("If-Modified-Since", after)], .whole),
            ([("If-None-Match", "\"a\""), ("If-Modified-Since", before)], .notModified),
            ([("If-Match", "\"a\"")], .whole), ([("If-Match", "*")], .whole), ([("If-Match", "\"b\"")], .failed),
            ([("If-Match", "W/\"a\"")], .failed), ([("If-Match", "\"b\", \"a\"")], .whole),
            ([("If-Match", "")], .failed),
            ([("If-Unmodified-Since", noon)], .whole), ([("If-Unmodified-Since", before)], .failed),
            ([("If-Unmodified-Since", "never")], .whole),
            ([("If-Match", "\"a\""), ("If-Unmodified-Since", before)], .whole),
            ([("If-Match", "\"a\""), ("If-None-Match", "\"a\"")], .notModified),
            ([("If-Match", "\"b\""), ("If-None-Match", "\"a\"")], .failed),
        ] as [([(String, String)], Preconditions.Verdict)])
    func decide(_ fields: [(String, String)], _ expected: Preconditions.Verdict) {
        #expect(verdict(fields) == expected)
        #expect(verdict(fields, isHead: true) == expected)
    }

    @Test(
        arguments: [
            ([("If-Range", "\"a\"")], true), ([("If-Range", noon)], true), ([], true),
            ([("If-Range", "W/\"a\"")], false), ([("If-Range", "\"b\"")], false), ([("If-Range", before)], false),
            ([("If-Range", after)], false), ([("If-Range", "nonsense")], false),
            ([("If-Range", "\"a\", \"b\"")], false),
            ([("If-Range", "\"a\""), ("If-Range", "\"a\"")], false), ([("If-Modified-Since", before)], true),
            ([("If-None-Match", "\"b\"")], true),
        ] as [([(String, String)], Bool)])
    func aPartIsOfTheSameFile(_ fields: [(String, String)], _ isPart: Bool) {
        let ranged = fields + [("Range", "bytes=0-1")]
        #expect(verdict(ranged) == (isPart ? .part("bytes=0-1") : .whole))
        #expect(verdict(ranged, isHead: true) == .whole)
    }

    @Test func aWeakTagIsNoGroundForAPart() {
        let weak = EntityTag(opaque: "\"a\"", isWeak: true)
        for validator in ["W/\"a\"", "\"a\"", Self.noon] {
            #expect(verdict([("If-Range", validator), ("Range", "bytes=0-1")], tag: weak) == .whole)
        }
        #expect(verdict([("If-None-Match", "\"a\"")], tag: weak) == .notModified)
        #expect(verdict([("If-Match", "\"a\"")], tag: weak) == .failed)
    }

    @Test func otherFieldsSayNothing() {
        let fields = [
            ("Accept", "*/*"), ("Referer", "x"), ("If", "x"), ("Ranges", "bytes=0-1"), ("If-Matched", "\"b\""),
        ]
        #expect(verdict(fields) == .whole)
        #expect(verdict([("Range", "bytes=0-1"), ("Range", "bytes=2-3")]) == .part(""))
    }
}
