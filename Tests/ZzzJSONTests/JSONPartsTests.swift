import Testing
import ZzzJSON

@Suite struct JSONPartsTests {
    private func parts(_ text: String) throws -> [String]? {
        let bytes = Array(text.utf8)
        return try bytes.withUnsafeBytes { text in
            try JSONParts(text)?.parts.map { String(decoding: text[$0.range], as: UTF8.self) }
        }
    }

    @Test(arguments: [
        ("[]", []), ("{}", []), ("[ ]", []), ("[1]", ["1"]), ("[ -1.5e3 , true,null ]", ["-1.5e3", "true", "null"]),
        (#"["a\"]", []]"#, [#""a\"]""#, "[]"]), ("[[[]],[[ ] ] , {} ]", ["[[]]", "[[ ] ]", "{}"]),
        ("[[1,[2,{}]],3]", ["[1,[2,{}]]", "3"]), ("[[[1 ] ] ]", ["[[1 ] ]"]),
        (#"[{"a":[{"b":"}"}]}]"#, [#"{"a":[{"b":"}"}]}"#]),
        (#"{"a":1,"b":[],"c":{"d":{}},"e":"}"}"#, ["1", "[]", #"{"d":{}}"#, #""}""#]),
        (#" {"a" : [ { } ] } "#, ["[ { } ]"]),
    ])
    func everyPartIsItsText(_ text: String, _ expected: [String]) throws { #expect(try parts(text) == expected) }

    @Test func membersHaveNames() throws {
        let bytes = Array(#"{"\u0061":"x\ny","b":null,"c":{}}"#.utf8)
        try bytes.withUnsafeBytes { text in
            let parts = try #require(try JSONParts(text))
            #expect(parts.names == ["a", "b", "c"])
            #expect(parts["a"]?.string == "x\ny")
            #expect(parts["b"]?.isNull == true)
            #expect(parts["b"]?.string == nil)
            #expect(parts["c"]?.isObject == true)
            #expect(parts["d"] == nil)
        }
    }

    @Test(arguments: ["1", "\"[]\"", "null"])
    func aScalarHasNoParts(_ text: String) throws { #expect(try parts(text) == nil) }

    @Test func namesInsideOfPartsAreForWhoeverReadsThem() throws {
        #expect(try parts(#"[{"a":1,"a":2}]"#) == [#"{"a":1,"a":2}"#])
        #expect(try parts(#"{"a":{"b":1,"b":2}}"#) == [#"{"b":1,"b":2}"#])
        #expect(throws: JSONError.self) { try parts(#"{"a":1,"b":[],"a":2}"#) }
    }

    @Test(arguments: ["", "[", "[1,]", "[1] x", "{\"a\"}", "[\"\\x\"]"])
    func whatIsNoJSONIsRefused(_ text: String) { #expect(throws: JSONError.self) { try parts(text) } }
}
