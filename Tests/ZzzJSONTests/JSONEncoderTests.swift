import Testing
import ZzzJSON

@Suite struct JSONEncoderTests {
    private func encode(_ value: some Encodable, _ format: JSONOutputFormat = .compact) throws -> String {
        String(decoding: try JSONBytesEncoder(format: format).encode(value), as: UTF8.self)
    }

    private struct Everything: Codable, Equatable {
        var bool = true
        var int = -1
        var int8 = Int8.min
        var int16 = Int16.min
        var int32 = Int32.min
        var int64 = Int64.min
        var uint: UInt = 7
        var uint8 = UInt8.max
        var uint16 = UInt16.max
        var uint32 = UInt32.max
        var uint64 = UInt64.max
        var float: Float = 0.1
        var double = 0.1
        var string = "a\"b"
        var absent: Int?
        var present: Int? = 5
        var list = [1, 2]
        var nested: [[String]] = [[], ["x"]]
        var map = ["k": 1.5]
    }

    @Test func everyScalar() throws {
        let text = try encode(Everything())
        #expect(
            text == #"{"bool":true,"int":-1,"int8":-128,"int16":-32768,"int32":-2147483648,"#
                + #""int64":-9223372036854775808,"uint":7,"uint8":255,"uint16":65535,"uint32":4294967295,"#
                + #""uint64":18446744073709551615,"float":0.1,"double":0.1,"string":"a\"b","present":5,"#
                + #""list":[1,2],"nested":[[],["x"]],"map":{"k":1.5}}"#)
        #expect(try JSONBytesDecoder().decode(Everything.self, from: text) == Everything())
    }

    @Test func topLevelScalars() throws {
        #expect(try encode(1) == "1")
        #expect(try encode("x") == #""x""#)
        #expect(try encode(true) == "true")
        #expect(try encode(Int?.none) == "null")
        #expect(try encode([Int?.none, 1]) == "[null,1]")
        #expect(try encode([UInt64.max]) == "[18446744073709551615]")
        #expect(try encode([0, 9, 10, 99, 100, -10, 1_000_000]) == "[0,9,10,99,100,-10,1000000]")
        #expect(try encode([Float(1e30), 0.5]) == "[1e+30,0.5]")
        #expect(try encode([1.0, -0.0, 1e300]) == "[1.0,-0.0,1e+300]")
        #expect(try encode(["a": 1]) == #"{"a":1}"#)
        #expect(try encode([1: "a"]) == #"{"1":"a"}"#)
        #expect(try encode([String]()) == "[]")
        #expect(try encode([String: Int]()) == "{}")
    }

    @Test func everyPowerOfTen() throws {
        var power: UInt64 = 1
        while true {
            for value in [power - 1, power, power + 1] { #expect(try encode(value) == "\(value)") }
            let (next, overflowed) = power.multipliedReportingOverflow(by: 10)
            if overflowed { break }
            power = next
        }
    }

    private struct Empty: Codable {}
    private enum Level: String, Codable { case low, high }
    private enum Shape: Codable, Equatable {
        case circle(radius: Double)
        case square(Int)
        case none
    }

    @Test func emptyRawAndEnum() throws {
        #expect(try encode(Empty()) == "{}")
        #expect(try encode([Empty(), Empty()]) == "[{},{}]")
        #expect(try encode(["l": Level.high]) == #"{"l":"high"}"#)
        let shapes = [Shape.circle(radius: 1.5), .square(2), .none]
        let text = try encode(shapes)
        #expect(text == #"[{"circle":{"radius":1.5}},{"square":{"_0":2}},{"none":{}}]"#)
        #expect(try JSONBytesDecoder().decode([Shape].self, from: text) == shapes)
    }

    private class Animal: Codable {
        var name = "cat"
    }

    private final class Pet: Animal {
        var owner = "ann"

        private enum CodingKeys: CodingKey { case owner }

        override init() { super.init() }

        required init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            try super.init(from: container.superDecoder())
            owner = try container.decode(String.self, forKey: .owner)
        }

        override func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try super.encode(to: container.superEncoder())
            try container.encode(owner, forKey: .owner)
        }
    }

    @Test func superEncoder() throws {
        let pet = Pet()
        pet.name = "dog"
        pet.owner = "bob"
        let text = try encode(pet)
        #expect(text == #"{"super":{"name":"dog"},"owner":"bob"}"#)
        let decoded = try JSONBytesDecoder().decode(Pet.self, from: text)
        #expect(decoded.name == "dog")
        #expect(decoded.owner == "bob")
    }

    /// Encodes whatever a closure writes.
    private struct Custom: Encodable {
        let body: (any Encoder) throws -> Void

        func encode(to encoder: any Encoder) throws {
            try body(encoder)
        }
    }

    private enum Key: String, CodingKey { case a, b, c, d }

    @Test func nestedContainers() throws {
        let value = Custom { encoder in
            var object = encoder.container(keyedBy: Key.self)
            var inner = object.nestedContainer(keyedBy: Key.self, forKey: .a)
            try inner.encode(1, forKey: .b)
            try inner.encodeNil(forKey: .c)
            var list = object.nestedUnkeyedContainer(forKey: .b)
            try list.encode("x")
            #expect(list.count == 1)
            var listed = list.nestedContainer(keyedBy: Key.self)
            try listed.encode(true, forKey: .a)
            var lists = list.nestedUnkeyedContainer()
            try lists.encodeNil()
            try 7.encode(to: list.superEncoder())
            try Level.low.encode(to: object.superEncoder(forKey: .c))
            _ = object.superEncoder(forKey: .d)
        }
        #expect(try encode(value) == #"{"a":{"b":1,"c":null},"b":["x",{"a":true},[null],7],"c":"low","d":{}}"#)
        #expect(
            try encode(value, JSONOutputFormat(sortsKeys: true))
                == #"{"a":{"b":1,"c":null},"b":["x",{"a":true},[null],7],"c":"low","d":{}}"#)
    }

    @Test func theSameContainerTwiceGoesOn() throws {
        let value = Custom { encoder in
            var first = encoder.container(keyedBy: Key.self)
            try first.encode([1], forKey: .a)
            var second = encoder.container(keyedBy: Key.self)
            try second.encode(2, forKey: .b)
            try first.encode(3, forKey: .c)
        }
        #expect(try encode([value]) == #"[{"a":[1],"b":2,"c":3}]"#)
    }

    @Test func sortedKeysAtEveryLevel() throws {
        struct Inner: Encodable { var z = 1, a = [["q": 1]], m = "x" }
        struct Outer: Encodable { var y = Inner(), b = Inner(), empty = Empty() }
        let inner = #"{"a":[{"q":1}],"m":"x","z":1}"#
        #expect(
            try encode(Outer(), JSONOutputFormat(sortsKeys: true)) == "{\"b\":\(inner),\"empty\":{},\"y\":\(inner)}")
        let map = Dictionary(uniqueKeysWithValues: (0..<50).map { ("k\($0)", $0) })
        let sorted = map.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",")
        #expect(try encode(map, JSONOutputFormat(sortsKeys: true)) == "{\(sorted)}")
    }

    @Test func codingPathAndUserInfo() throws {
        let key = try #require(CodingUserInfoKey(rawValue: "who"))
        let value = Custom { encoder in
            #expect(encoder.codingPath.map(\.stringValue) == ["k", "0"])
            #expect(encoder.userInfo[key] as? String == "me")
            var object = encoder.container(keyedBy: Key.self)
            let inner = object.nestedContainer(keyedBy: Key.self, forKey: .b)
            #expect(inner.codingPath.map(\.stringValue) == ["k", "0", "b"])
        }
        var encoder = JSONBytesEncoder()
        encoder.userInfo[key] = "me"
        #expect(try encoder.encode(["k": [value]]) == Array(#"{"k":[{"b":{}}]}"#.utf8))
    }

    private indirect enum Nest: Encodable {
        case end
        case more(Nest)

        func encode(to encoder: any Encoder) throws {
            var list = encoder.unkeyedContainer()
            if case .more(let next) = self { try list.encode(next) }
        }
    }

    @Test func depthLimit() throws {
        func nest(_ depth: Int) -> Nest { (1..<depth).reduce(.end) { value, _ in .more(value) } }
        for depth in [511, 512] {
            #expect(
                try encode(nest(depth)) == String(repeating: "[", count: depth) + String(repeating: "]", count: depth))
        }
        #expect(throws: EncodingError.self) { try encode(nest(513)) }
    }

    @Test func largeOutputGrowsTheBuffer() throws {
        let strings = (0..<5000).map { "element number \($0)\n" }
        let text = try encode(strings)
        #expect(try JSONBytesDecoder().decode([String].self, from: text) == strings)
    }
}
