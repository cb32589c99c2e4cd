import Testing
import ZzzJSON

@Suite struct JSONValueTests {
    private let value: JSONValue = [
        "name": "zzz", "port": 8080, "load": 0.5, "on": true, "off": nil, "apps": ["hello", ["bench"]],
        "deep": ["x": ["y": 1]],
    ]

    @Test func accessors() {
        #expect(value["name"]?.stringValue == "zzz")
        #expect(value["port"]?.intValue == 8080)
        #expect(value["port"]?.doubleValue == 8080)
        #expect(value["load"]?.doubleValue == 0.5)
        #expect(value["load"]?.intValue == nil)
        #expect(value["on"]?.boolValue == true)
        #expect(value["off"]?.isNull == true)
        #expect(value["apps"]?[1]?[0] == "bench")
        #expect(value["apps"]?[2] == nil)
        #expect(value["apps"]?[-1] == nil)
        #expect(value["deep"]?["x"]?["y"] == 1)
        #expect(value["none"] == nil)
        #expect(value["name"]?["x"] == nil)
        #expect(value["apps"]?.arrayValue?.count == 2)
        #expect(value.objectValue?.keys == ["name", "port", "load", "on", "off", "apps", "deep"])
        #expect(value.stringValue == nil)
        #expect(value["name"]?.boolValue == nil)
        #expect(JSONValue.number(3).intValue == 3)
        #expect(JSONValue.number(-0x1p53 + 1).intValue == 1 - 1 << 53)
        #expect(JSONValue.number(0x1p53).intValue == nil)
        #expect(JSONValue.number(.nan).intValue == nil)
    }

    @Test func setting() throws {
        var value: JSONValue = nil
        value["a"] = 1
        value["b"] = ["c": 2]
        value["b"]?["d"] = 3
        value["a"] = nil
        #expect(try value.serializedString() == #"{"b":{"c":2,"d":3}}"#)
        var text: JSONValue = "x"
        text["a"] = 1
        #expect(text == "x")
    }

    @Test func equalityIgnoresTheOrderOfMembers() {
        #expect(["a": 1, "b": 2] as JSONValue == ["b": 2, "a": 1])
        #expect(["a": 1] as JSONValue != ["a": 1, "b": 2])
        #expect([1, 2] as JSONValue != [2, 1])
        #expect(JSONValue.integer(1) != .number(1))
    }

    @Test func objectsKeepTheirOrderAndFindTheirMembers() {
        var object = JSONObject()
        for count in 1...40 {
            object["k\(count)"] = .integer(Int64(count))
            #expect(object.count == count)
            for member in 1...count { #expect(object["k\(member)"] == .integer(Int64(member))) }
            #expect(object["k\(count + 1)"] == nil)
        }
        object["k7"] = nil
        object["k40"] = "last"
        #expect(object.keys == (1...40).filter { $0 != 7 }.map { "k\($0)" })
        #expect(object["k7"] == nil)
        #expect(object["k8"] == 8)
        #expect(object.values.last == "last")
        for count in 1...40 { object["k\(count)"] = nil }
        #expect(object.isEmpty)
        object["k1"] = 1
        #expect(object["k1"] == 1)
    }

    @Test func prettyAndSorted() throws {
        let value: JSONValue = ["b": [1, [], [2]], "a": ["d": nil, "c": [:], "\u{E9}": 1, "e": "x"], "B": 0]
        #expect(
            try value.serializedString(JSONOutputFormat(sortsKeys: true, isPretty: true)) == """
                {
                  "B": 0,
                  "a": {
                    "c": {},
                    "d": null,
                    "e": "x",
                    "\u{E9}": 1
                  },
                  "b": [
                    1,
                    [],
                    [
                      2
                    ]
                  ]
                }
                """)
        #expect(
            try value.serializedString(JSONOutputFormat(sortsKeys: true))
                == "{\"B\":0,\"a\":{\"c\":{},\"d\":null,\"e\":\"x\",\"\u{E9}\":1},\"b\":[1,[],[2]]}")
        #expect(try (["b": 1, "a": []] as JSONValue).serializedString(.pretty) == "{\n  \"b\": 1,\n  \"a\": []\n}")
    }

    @Test func whatJSONCannotExpressIsRefused() throws {
        for number in [Double.nan, .infinity, -.infinity, .signalingNaN] {
            let error = #expect(throws: JSONError.self) { try JSONValue.array([1, .number(number)]).serialized() }
            #expect(error?.reason == .notFinite)
            #expect(error?.description == "NaN and infinities cannot be written as JSON")
        }
    }

    @Test func writingHasADepthLimit() throws {
        func nested(_ depth: Int) -> JSONValue {
            (0..<depth).reduce(1) { value, level in level % 2 == 0 ? [value] : ["a": value] }
        }
        #expect(throws: Never.self) { try nested(511).serialized() }
        #expect(throws: Never.self) { try nested(512).serialized() }
        let error = #expect(throws: JSONError.self) { try nested(513).serialized() }
        #expect(error?.reason == .tooDeep(limit: 512))
    }

    /// Every byte that needs an escape, at every place of a word and beside characters that are not ASCII.
    @Test func escapesAtEveryPlace() throws {
        for length in 0...20 {
            for place in 0...length {
                for special in (0..<0x20).map({ Character(UnicodeScalar(UInt8($0))) }) + [
                    "\"", "\\", "\u{E9}", "\u{7F}",
                ] {
                    var characters = [Character](repeating: "a", count: length)
                    characters.insert(special, at: place)
                    let value = JSONValue.string(String(characters))
                    let text = try value.serializedString()
                    #expect(!text.unicodeScalars.contains { $0.value < 0x20 })
                    #expect(try JSONValue(parsing: text) == value)
                }
            }
        }
    }
}
