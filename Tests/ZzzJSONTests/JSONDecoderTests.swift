import Testing
import ZzzJSON

@Suite struct JSONDecoderTests {
    private func decode<T: Decodable>(_ type: T.Type, _ text: String) throws -> T {
        try JSONBytesDecoder().decode(type, from: text)
    }

    private struct User: Decodable, Equatable {
        var id: Int
        var name: String
        var email: String?
        var tags: [String]
    }

    @Test func membersInAnyOrder() throws {
        let expected = User(id: 1, name: "x", email: nil, tags: ["a"])
        #expect(try decode(User.self, #"{"id":1,"name":"x","tags":["a"]}"#) == expected)
        #expect(try decode(User.self, #"{"tags":["a"],"name":"x","more":{"id":9},"email":null,"id":1}"#) == expected)
        #expect(try decode(User.self, #"{"ta\u0067s":["a"],"n\u0061me":"\u0078","id":1}"#) == expected)
        #expect(try decode([User].self, "[]").isEmpty)
    }

    @Test func scalars() throws {
        #expect(try decode(Bool.self, "true"))
        #expect(try decode(Int.self, "-5") == -5)
        #expect(try decode(UInt64.self, "18446744073709551615") == .max)
        #expect(try decode(Int64.self, "-9223372036854775808") == .min)
        #expect(try decode(Int.self, "1.0") == 1)
        #expect(try decode(Int.self, "12e2") == 1200)
        #expect(try decode(UInt8.self, "255") == 255)
        #expect(try decode(Int8.self, "-128") == -128)
        #expect(try decode(Double.self, "1") == 1)
        #expect(try decode(Double.self, "0.1") == 0.1)
        #expect(try decode(Float.self, "0.1") == 0.1)
        #expect(try decode(Float.self, "16777217") == 16_777_216)
        #expect(try decode(Double.self, "18446744073709551616") == 0x1p64)
        #expect(try decode(String.self, #""\u00e9""#) == "\u{E9}")
        #expect(try decode(Int?.self, "null") == nil)
        #expect(try decode([Int?].self, "[null,1]") == [nil, 1])
        #expect(try decode([String: Int].self, #"{"a":1,"b":2}"#) == ["a": 1, "b": 2])
        #expect(try decode([Int: String].self, #"{"1":"a"}"#) == [1: "a"])
        #expect(try decode(JSONValue.self, "[1]") == [1])
    }

    private enum Outcome: Equatable {
        case mismatch(String)
        case missingValue(String)
        case missingKey(String, String)
        case corrupted(String)
    }

    private func outcome(_ body: () throws -> Void) -> Outcome? {
        func path(_ context: DecodingError.Context) -> String {
            context.codingPath.map(\.stringValue).joined(separator: ".")
        }
        do {
            try body()
            return nil
        } catch DecodingError.typeMismatch(_, let context) {
            return .mismatch(path(context))
        } catch DecodingError.valueNotFound(_, let context) {
            return .missingValue(path(context))
        } catch DecodingError.keyNotFound(let key, let context) {
            return .missingKey(key.stringValue, path(context))
        } catch DecodingError.dataCorrupted(let context) {
            return .corrupted(path(context))
        } catch {
            return nil
        }
    }

    @Test func errorsNameThePath() {
        typealias Groups = [String: [User]]
        let good = #"{"id":1,"name":"x","tags":[]}"#
        let cases: [(String, Outcome)] = [
            (#"{"g":[\#(good),{"id":"1","name":"x","tags":[]}]}"#, .mismatch("g.1.id")),
            (#"{"g":[{"id":1,"tags":[]}]}"#, .missingKey("name", "g.0")),
            (#"{"g":[{"id":1,"name":null,"tags":[]}]}"#, .missingValue("g.0.name")),
            (#"{"g":[{"id":1,"name":"x","tags":["a",2]}]}"#, .mismatch("g.0.tags.1")),
            (#"{"g":[{"id":1,"name":"x","tags":{}}]}"#, .mismatch("g.0.tags")),
            (#"{"g":[{"id":1.5,"name":"x","tags":[]}]}"#, .corrupted("g.0.id")),
            (#"{"g":[{"id":9223372036854775808,"name":"x","tags":[]}]}"#, .corrupted("g.0.id")),
            (#"{"g":[1]}"#, .mismatch("g.0")),
            (#"{"g":{}}"#, .mismatch("g")),
            (#"{"g":null}"#, .missingValue("g")),
            ("[]", .mismatch("")),
            ("{", .corrupted("")),
        ]
        for (text, expected) in cases {
            #expect(outcome { _ = try decode(Groups.self, text) } == expected, "\(text)")
        }
    }

    @Test(arguments: ["256", "-1", "1e3", "0.5", "1e400", "99999999999999999999999999"])
    func integersThatDoNotFit(_ text: String) {
        #expect(outcome { _ = try decode(UInt8.self, text) } == .corrupted(""))
    }

    @Test func integersAreNeverRounded() {
        // 2^53 + 1, which no double holds.
        #expect(outcome { _ = try decode(Int.self, "9007199254740993.0") } == .corrupted(""))
        #expect(throws: Never.self) { try decode(Int.self, "9007199254740993") }
        #expect(throws: Never.self) { try decode(Int.self, "9007199254740991.0") }
        #expect(outcome { _ = try decode(Double.self, "1e400") } == .corrupted(""))
        #expect(outcome { _ = try decode(Float.self, "1e39") } == .corrupted(""))
    }

    @Test func descriptionsSayWhatWasFound() {
        let mismatch = #expect(throws: DecodingError.self) { try decode(Int.self, #""x""#) }
        guard case .typeMismatch(_, let context) = mismatch else {
            Issue.record("\(String(describing: mismatch))")
            return
        }
        #expect(context.debugDescription == "expected Int, found a string")
        let corrupted = #expect(throws: DecodingError.self) { try decode(Int.self, "[1,]") }
        guard case .dataCorrupted(let context) = corrupted else {
            Issue.record("\(String(describing: corrupted))")
            return
        }
        #expect(context.debugDescription == "line 1, column 4: expected a value, found \"]\"")
        #expect((context.underlyingError as? JSONError)?.offset == 3)
    }

    /// Reads whatever a closure asks for.
    private struct Custom: Decodable {
        init(from decoder: any Decoder) throws {
            let object = try decoder.container(keyedBy: Key.self)
            #expect(Set(object.allKeys) == [.a, .b])
            #expect(object.contains(.a))
            #expect(!object.contains(.c))
            #expect(try !object.decodeNil(forKey: .a))
            let inner = try object.nestedContainer(keyedBy: Key.self, forKey: .a)
            #expect(inner.codingPath.map(\.stringValue) == ["x", "a"])
            #expect(try inner.decodeNil(forKey: .c))
            #expect(try inner.decodeIfPresent(Int.self, forKey: .c) == nil)
            #expect(try inner.superDecoder(forKey: .b).singleValueContainer().decode(Int.self) == 1)
            #expect(throws: DecodingError.self) { try inner.superDecoder() }
            try Self.readList(object.nestedUnkeyedContainer(forKey: .b))
        }

        private static func readList(_ list: any UnkeyedDecodingContainer) throws {
            var list = list
            #expect(list.count == 5)
            #expect(try list.decodeNil())
            #expect(try !list.decodeNil())
            #expect(throws: DecodingError.self) { try list.decode(String.self) }
            #expect(try list.decode(Int.self) == 1)
            #expect(try list.nestedContainer(keyedBy: Key.self).allKeys.isEmpty)
            var inner = try list.nestedUnkeyedContainer()
            #expect(inner.isAtEnd)
            #expect(throws: DecodingError.self) { try inner.decode(Int.self) }
            #expect(throws: DecodingError.self) { try inner.decodeNil() }
            #expect(list.currentIndex == 4)
            #expect(try list.superDecoder().singleValueContainer().decode(String.self) == "x")
            #expect(list.isAtEnd)
        }

        enum Key: String, CodingKey { case a, b, c }
    }

    @Test func containers() throws {
        _ = try decode([String: Custom].self, #"{"x":{"a":{"b":1,"c":null},"b":[null,1,{},[],"x"]}}"#)
    }

    @Test func limitsApply() throws {
        let decoder = JSONBytesDecoder(limits: JSONLimits(maximumDepth: 2, maximumByteCount: 10))
        #expect(try decoder.decode([[Int]].self, from: "[[1,2,3 ]]") == [[1, 2, 3]])
        #expect(outcome { _ = try decoder.decode([[Int]].self, from: "[[1,2,34 ]]") } == .corrupted(""))
        #expect(outcome { _ = try decoder.decode([[[Int]]].self, from: "[[[]]]") } == .corrupted(""))
    }

    @Test func userInfo() throws {
        struct Probe: Decodable {
            let who: String?

            init(from decoder: any Decoder) throws {
                who = CodingUserInfoKey(rawValue: "who").flatMap { decoder.userInfo[$0] as? String }
            }
        }
        var decoder = JSONBytesDecoder()
        decoder.userInfo[try #require(CodingUserInfoKey(rawValue: "who"))] = "me"
        #expect(try decoder.decode(Probe.self, from: "{}").who == "me")
    }

    @Test func bigObjectsAreReadInLinearTime() throws {
        let map = Dictionary(uniqueKeysWithValues: (0..<20_000).map { ("key number \($0)", $0) })
        let text = try JSONBytesEncoder().encode(map)
        #expect(try JSONBytesDecoder().decode([String: Int].self, from: text) == map)
    }
}
