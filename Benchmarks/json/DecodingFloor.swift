/// A decoder that reads nothing: every string is empty, every number 0, every array has ten elements. What `Codable`
/// itself costs, before any coder has done anything.
struct DecodingFloor: Decoder, SingleValueDecodingContainer {
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(Members<Key>())
    }

    func unkeyedContainer() -> any UnkeyedDecodingContainer { Elements() }
    func singleValueContainer() -> any SingleValueDecodingContainer { self }
    func decodeNil() -> Bool { false }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try T(from: self) }

    struct Members<Key: CodingKey>: KeyedDecodingContainerProtocol {
        var codingPath: [any CodingKey] { [] }
        var allKeys: [Key] { [] }

        func contains(_ key: Key) -> Bool { true }
        func decodeNil(forKey key: Key) -> Bool { false }

        func decode(_ type: Bool.Type, forKey key: Key) -> Bool { found(key, false) }
        func decode(_ type: Int.Type, forKey key: Key) -> Int { found(key, 0) }
        func decode(_ type: Double.Type, forKey key: Key) -> Double { found(key, 0) }
        func decode(_ type: String.Type, forKey key: Key) -> String { found(key, "") }
        func decodeIfPresent(_ type: Int.Type, forKey key: Key) -> Int? { found(key, 0) }
        func decodeIfPresent(_ type: String.Type, forKey key: Key) -> String? { found(key, nil) }

        func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
            found(key, try T(from: DecodingFloor()))
        }

        private func found<T>(_ key: Key, _ value: T) -> T {
            blackHole(key.stringValue)
            return value
        }

        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type, forKey key: Key
        ) -> KeyedDecodingContainer<Nested> {
            DecodingFloor().container(keyedBy: type)
        }

        func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedDecodingContainer { Elements() }
        func superDecoder() -> any Decoder { DecodingFloor() }
        func superDecoder(forKey key: Key) -> any Decoder { DecodingFloor() }
    }

    struct Elements: UnkeyedDecodingContainer {
        var codingPath: [any CodingKey] { [] }
        var count: Int? { 10 }
        var isAtEnd: Bool { currentIndex >= 10 }
        private(set) var currentIndex = 0

        func decodeNil() -> Bool { false }

        mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
            currentIndex += 1
            return try T(from: DecodingFloor())
        }

        func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedDecodingContainer<Nested> {
            DecodingFloor().container(keyedBy: type)
        }

        func nestedUnkeyedContainer() -> any UnkeyedDecodingContainer { Elements() }
        func superDecoder() -> any Decoder { DecodingFloor() }
    }
}
