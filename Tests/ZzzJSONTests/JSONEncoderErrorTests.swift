import Testing
import ZzzJSON

@Suite struct JSONEncoderErrorTests {
    private func encode(_ value: some Encodable, _ format: JSONOutputFormat = .compact) throws -> String {
        String(decoding: try JSONBytesEncoder(format: format).encode(value), as: UTF8.self)
    }

    /// Encodes whatever a closure writes.
    private struct Custom: Encodable {
        let body: (any Encoder) throws -> Void

        func encode(to encoder: any Encoder) throws {
            try body(encoder)
        }
    }

    private enum Key: String, CodingKey { case a, b, c, d }

    @Test func whatIsOutOfOrderThrows() throws {
        let cases: [(String, Custom)] = [
            (
                "a nested container after its parent went on",
                Custom { encoder in
                    var object = encoder.container(keyedBy: Key.self)
                    var inner = object.nestedContainer(keyedBy: Key.self, forKey: .a)
                    try object.encode(1, forKey: .b)
                    try inner.encode(2, forKey: .a)
                }
            ),
            (
                "two values at one place",
                Custom { encoder in
                    var single = encoder.singleValueContainer()
                    try single.encode(1)
                    try single.encode(2)
                }
            ),
            (
                "a scalar and an array",
                Custom { encoder in
                    var single = encoder.singleValueContainer()
                    try single.encode(1)
                    _ = encoder.unkeyedContainer()
                }
            ),
            (
                "an object and an array",
                Custom { encoder in
                    _ = encoder.container(keyedBy: Key.self)
                    _ = encoder.unkeyedContainer()
                }
            ),
            (
                "a container inside a closed one",
                Custom { encoder in
                    var list = encoder.unkeyedContainer()
                    var inner = list.nestedUnkeyedContainer()
                    try list.encode(1)
                    _ = inner.nestedUnkeyedContainer()
                }
            ),
            (
                "an encoder kept beyond its value",
                Custom { encoder in
                    var object = encoder.container(keyedBy: Key.self)
                    let kept = object.superEncoder(forKey: .a)
                    try object.encode(1, forKey: .b)
                    try 2.encode(to: kept)
                }
            ),
        ]
        for (name, value) in cases {
            #expect(throws: EncodingError.self, "\(name)") { try encode(value) }
            #expect(throws: EncodingError.self, "\(name)") { try encode(["k": [value]]) }
        }
    }

    @Test func errorsHaveAPath() throws {
        struct Point: Encodable { var x: Double }
        for number in [Double.nan, .infinity, -.infinity] {
            let error = #expect(throws: EncodingError.self) {
                try JSONBytesEncoder().encode(["po\"ints": [Point(x: 1), Point(x: number)]])
            }
            guard case .invalidValue(_, let context) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(context.codingPath.map(\.stringValue) == ["po\"ints", "1", "x"])
            #expect(context.codingPath[1].intValue == 1)
            #expect(context.debugDescription == "NaN and infinities cannot be written as JSON")
        }
        #expect(throws: EncodingError.self) { try encode(Float.nan) }
        #expect(throws: EncodingError.self) { try encode(["v": JSONValue.number(.nan)]) }
    }

    @Test func anErrorThatTheValueCatchesLeavesValidText() throws {
        struct Failing: Encodable {
            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: Key.self)
                try container.encode(Double.nan, forKey: .a)
            }
        }
        let value = Custom { encoder in
            var list = encoder.unkeyedContainer()
            #expect(throws: EncodingError.self) { try list.encode(Failing()) }
            #expect(throws: EncodingError.self) { try list.encode(["k": ["l": .number(.nan), "m": 2]] as JSONValue) }
            try list.encode(1)
        }
        #expect(try encode(value) == #"[{"a":null},{"k":{"l":null}},1]"#)
        #expect(try encode(value, JSONOutputFormat(sortsKeys: true)) == #"[{"a":null},{"k":{"l":null}},1]"#)
    }
}
