import Testing
import ZzzJSON

@testable import ZzzTesting

@Suite struct JSONPathTests {
    private let value: JSONValue = [
        "name": "Ada", "a.b": 1, "it's": 2,
        "orders": [["id": 1, "tags": ["x", "y"]], ["id": 2, "tags": []], ["id": nil]],
    ]

    @Test(arguments: [
        ("$.name", "\"Ada\""), ("$['name']", "\"Ada\""), ("$[\"a.b\"]", "1"), ("$[\"it's\"]", "2"),
        ("$.orders[0].id", "1"), ("$.orders[-2].id", "2"), ("$.orders[2].id", "null"),
        ("$.orders[*].id", "[1,2,null]"), ("$.orders[*].tags[*]", "[\"x\",\"y\"]"),
        ("$.orders[0].*", "[1,[\"x\",\"y\"]]"),
        ("$.orders[*].tags[0]", "[\"x\"]"), ("$.none", nil), ("$.orders[3]", nil), ("$.orders[-4]", nil),
        ("$.name[0]", nil), ("$.name.x", nil), ("$.orders.id", nil), ("$.none[*]", "[]"), ("$.name.*", "[]"),
    ])
    func whereAPathLeads(_ path: String, _ expected: String?) throws {
        #expect(try JSONPath(path).value(in: value)?.text == expected)
    }

    @Test func theWholeValue() throws { #expect(try JSONPath("$").value(in: value) == value) }

    @Test(arguments: [
        "", "name", ".name", "$name", "$.", "$..name", "$.a.", "$[", "$[]", "$[x]", "$['a]", "$['a'", "$[1", "$ .a",
    ])
    func whatIsNoPath(_ path: String) {
        #expect(throws: TestFailure.self) { try JSONPath(path) }
    }

    @Test func whatMeansTheSame() {
        let one: JSONValue = ["a": 1, "b": [1.0, "x"]]
        #expect(one.means(["b": [1, "x"], "a": 1.0]))
        let others: [JSONValue] = [
            ["a": 1], ["a": 1, "b": [1, "y"]], ["a": 1, "b": [1]], ["a": 1, "c": [1, "x"]], nil, 1,
        ]
        for other in others { #expect(!one.means(other)) }
    }
}
