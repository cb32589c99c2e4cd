/// An encoder that writes nothing: what `Codable` itself costs, before any coder has done anything.
struct EncodingFloor: Encoder, SingleValueEncodingContainer {
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(Members<Key>())
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer { Elements() }
    func singleValueContainer() -> any SingleValueEncodingContainer { self }
    func encodeNil() {}
    func encode<T: Encodable>(_ value: T) throws { try value.encode(to: self) }

    struct Members<Key: CodingKey>: KeyedEncodingContainerProtocol {
        var codingPath: [any CodingKey] { [] }

        func encodeNil(forKey key: Key) {}
        func encode(_ value: Bool, forKey key: Key) { blackHole(key.stringValue) }
        func encode(_ value: Int, forKey key: Key) { blackHole(key.stringValue) }
        func encode(_ value: Double, forKey key: Key) { blackHole(key.stringValue) }
        func encode(_ value: String, forKey key: Key) { blackHole(key.stringValue) }

        func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
            blackHole(key.stringValue)
            try value.encode(to: EncodingFloor())
        }

        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type, forKey key: Key
        ) -> KeyedEncodingContainer<Nested> {
            EncodingFloor().container(keyedBy: type)
        }

        func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { Elements() }
        func superEncoder() -> any Encoder { EncodingFloor() }
        func superEncoder(forKey key: Key) -> any Encoder { EncodingFloor() }
    }

    struct Elements: UnkeyedEncodingContainer {
        var codingPath: [any CodingKey] { [] }
        var count: Int { 0 }

        func encodeNil() {}
        func encode<T: Encodable>(_ value: T) throws { try value.encode(to: EncodingFloor()) }

        func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
            EncodingFloor().container(keyedBy: type)
        }

        func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { Elements() }
        func superEncoder() -> any Encoder { EncodingFloor() }
    }
}

/// Keeps the compiler from leaving out what makes the value.
@inline(never)
func blackHole(_ text: String) {}
