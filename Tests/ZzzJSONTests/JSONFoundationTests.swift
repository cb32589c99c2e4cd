import Foundation
import Testing
import ZzzJSON

/// Foundation's coders as a second opinion, and as the only other coders that a `JSONValue` meets.
@Suite struct JSONFoundationTests {
    private static let value: JSONValue = [
        "null": nil, "bool": true, "int": -7, "big": .integer(.max), "double": 0.1,
        "text": "\u{E9}\n\"\\\u{1F600}\u{1}",
        "list": [1, [2, ["x": []]]], "empty": [:],
    ]

    @Test func valuesGoThroughOtherCoders() throws {
        let data = try JSONEncoder().encode(Self.value)
        #expect(try JSONValue(parsing: Array(data)) == Self.value)
        #expect(try JSONDecoder().decode(JSONValue.self, from: data) == Self.value)
        let ours = Data(try Self.value.serialized(.pretty))
        #expect(try JSONDecoder().decode(JSONValue.self, from: ours) == Self.value)
    }

    private struct Record: Codable, Equatable {
        var id: UInt64
        var ratio: Double
        var name: String
        var parent: [Record]?
        var counts: [String: Int]
    }

    @Test func typesGoThroughBothWays() throws {
        let leaf = Record(id: .max, ratio: 1.0 / 3, name: "\u{0}\u{7F}/\u{2028}", parent: nil, counts: ["": 0])
        let record = Record(id: 0, ratio: -.leastNonzeroMagnitude, name: "", parent: [leaf, leaf], counts: [:])
        let theirs = try JSONEncoder().encode(record)
        #expect(try JSONBytesDecoder().decode(Record.self, from: Array(theirs)) == record)
        let ours = Data(try JSONBytesEncoder().encode(record))
        #expect(try JSONDecoder().decode(Record.self, from: ours) == record)
    }
}
