import Testing
import ZzzJSON

/// Sessions and keyed containers are used again: what is left of one coding must not be seen in the next.
@Suite struct JSONReuseTests {
    private enum Key: String, CodingKey { case a, b, c }

    private struct Custom: Encodable {
        let body: (any Encoder) throws -> Void

        func encode(to encoder: any Encoder) throws { try body(encoder) }
    }

    /// What a value got and did not give back.
    private final class Kept {
        var encoders: [any Encoder] = []
        var keyed: [KeyedEncodingContainer<Key>] = []
        var lists: [any UnkeyedEncodingContainer] = []

        func expectThatAllThrow() {
            for encoder in encoders {
                #expect(throws: EncodingError.self) { try 1.encode(to: encoder) }
                #expect(throws: EncodingError.self) { try [1].encode(to: encoder) }
            }
            for var container in keyed {
                #expect(throws: EncodingError.self) { try container.encode(1, forKey: .b) }
                #expect(throws: EncodingError.self) { try container.encode([1], forKey: .b) }
                _ = container.nestedContainer(keyedBy: Key.self, forKey: .c)
                #expect(container.codingPath.isEmpty)
            }
            for var list in lists {
                #expect(throws: EncodingError.self) { try list.encode(1) }
                #expect(list.count == 0)
            }
        }
    }

    private struct Point: Codable, Equatable { var a = 1, b = 2.5, c = "x" }

    private static let points = Array(repeating: Point(), count: 3)
    private static let pointsText = #"[{"a":1,"b":2.5,"c":"x"},{"a":1,"b":2.5,"c":"x"},{"a":1,"b":2.5,"c":"x"}]"#

    private func encoded(_ value: some Encodable) throws -> String {
        String(decoding: try JSONBytesEncoder().encode(value), as: UTF8.self)
    }

    @Test(arguments: [1, 3, 40])
    func whatIsKeptBeyondItsEncodingOnlyThrows(_ count: Int) throws {
        let kept = Kept()
        let keeping = Custom { encoder in
            var list = encoder.unkeyedContainer()
            for number in 0..<count {
                let inner = list.superEncoder()
                var container = inner.container(keyedBy: Key.self)
                try container.encode(number, forKey: .a)
                kept.encoders.append(inner)
                kept.keyed.append(container)
            }
            kept.lists.append(list)
        }
        let expected = "[" + (0..<count).map { "{\"a\":\($0)}" }.joined(separator: ",") + "]"
        #expect(try encoded(keeping) == expected)
        kept.expectThatAllThrow()
        #expect(try encoded(Self.points) == Self.pointsText)
        let meddling = Custom { encoder in
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(1, forKey: .a)
            kept.expectThatAllThrow()
            try container.encode(2, forKey: .b)
        }
        #expect(try encoded(meddling) == #"{"a":1,"b":2}"#)
    }

    @Test func anErrorLeavesNothingBehind() throws {
        struct Failure: Error {}
        let failing = Custom { encoder in
            var container = encoder.container(keyedBy: Key.self)
            var list = container.nestedUnkeyedContainer(forKey: .a)
            try list.encode("half")
            _ = container.superEncoder(forKey: .b)
            throw Failure()
        }
        for _ in 0..<3 {
            #expect(throws: Failure.self) { try encoded(failing) }
            #expect(throws: DecodingError.self) { try JSONBytesDecoder().decode([Point].self, from: #"[{"a":1"#) }
            #expect(throws: DecodingError.self) { try JSONBytesDecoder().decode([Point].self, from: #"[{"a":1}]"#) }
            #expect(try encoded(Self.points) == Self.pointsText)
            #expect(try JSONBytesDecoder().decode([Point].self, from: Self.pointsText) == Self.points)
        }
    }

    /// Reads its members only when all of the objects have been handed out.
    private struct Late: Decodable {
        let sums: [Int]

        init(from decoder: any Decoder) throws {
            var list = try decoder.unkeyedContainer()
            var containers: [KeyedDecodingContainer<Key>] = []
            while !list.isAtEnd { containers.append(try list.nestedContainer(keyedBy: Key.self)) }
            sums = try containers.map { try $0.decode(Int.self, forKey: .b) + $0.decode(Int.self, forKey: .a) }
        }
    }

    @Test(arguments: [0, 1, 16, 17, 50])
    func containersOfOneKindAtOnce(_ count: Int) throws {
        let text = "[" + (0..<count).map { "{\"a\":\($0),\"b\":\($0 * 1000)}" }.joined(separator: ",") + "]"
        for _ in 0..<3 {
            #expect(try JSONBytesDecoder().decode(Late.self, from: text).sums == (0..<count).map { $0 * 1001 })
        }
    }

    private final class Tree: Codable, Equatable {
        var a: Int
        var b: [Tree]

        init(_ a: Int, _ b: [Tree]) { (self.a, self.b) = (a, b) }

        static func == (left: Tree, right: Tree) -> Bool { left.a == right.a && left.b == right.b }
    }

    @Test func oneTypeInsideItself() throws {
        let deep = (1...100).reduce(Tree(0, [])) { tree, number in Tree(number, [tree, Tree(-number, [])]) }
        let text = try JSONBytesEncoder().encode(deep)
        #expect(try JSONBytesDecoder().decode(Tree.self, from: text) == deep)
        #expect(try JSONBytesEncoder().encode(JSONValue(parsing: text)) == text)
    }

    @Test func oneCodingInsideAnother() throws {
        struct Inner: Codable, Equatable {
            var point: Point

            init(_ point: Point) { self.point = point }

            init(from decoder: any Decoder) throws {
                let text = try decoder.singleValueContainer().decode(String.self)
                point = try JSONBytesDecoder().decode(Point.self, from: text)
            }

            func encode(to encoder: any Encoder) throws {
                var container = encoder.singleValueContainer()
                try container.encode(String(decoding: try JSONBytesEncoder().encode(point), as: UTF8.self))
            }
        }
        let values = Self.points.map(Inner.init)
        let text = try JSONBytesEncoder().encode(values)
        #expect(try JSONBytesDecoder().decode([Inner].self, from: text) == values)
        #expect(try JSONBytesDecoder().decode([String].self, from: text)[2] == #"{"a":1,"b":2.5,"c":"x"}"#)
    }

    @Test func severalThreads() async {
        await withTaskGroup(of: Bool.self) { group in
            for task in 0..<8 {
                group.addTask {
                    (0..<200).allSatisfy { turn in
                        let points = (0..<turn % 20).map { Point(a: task * 1000 + $0, b: Double(turn), c: "\($0)") }
                        guard let text = try? JSONBytesEncoder().encode(points) else { return false }
                        return (try? JSONBytesDecoder().decode([Point].self, from: text)) == points
                    }
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }

    @Test func muchTextAndThenLittle() throws {
        let many = (0..<5000).map { Point(a: $0) }
        let text = try JSONBytesEncoder().encode(many)
        #expect(try JSONBytesDecoder().decode([Point].self, from: text) == many)
        #expect(try encoded(Self.points) == Self.pointsText)
        #expect(try JSONBytesDecoder().decode([Point].self, from: Self.pointsText) == Self.points)
    }

    @Test func lendingTheText() throws {
        #expect(try JSONBytesEncoder().withEncoded(Point()) { Array($0) } == Array(#"{"a":1,"b":2.5,"c":"x"}"#.utf8))
        struct Failure: Error {}
        #expect(throws: Failure.self) { try JSONBytesEncoder().withEncoded(1) { _ in throw Failure() } }
        let nested = try JSONBytesEncoder().withEncoded([1]) { outer in
            try JSONBytesEncoder().withEncoded([2]) { inner in Array(outer) + Array(inner) }
        }
        #expect(nested == Array("[1][2]".utf8))
    }
}
