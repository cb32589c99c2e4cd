/// The members of an object that is being encoded.
struct JSONKeyedEncodingContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let place: JSONEncodingPlace

    var codingPath: [any CodingKey] { place.encoding.pointee.writer.path(depth: place.depth) }

    func encodeNil(forKey key: Key) throws {
        try place.beginMember(key)
        place.encoding.pointee.writer.buffer.appendNull()
    }

    @inline(__always)
    func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try place.encode(value, key) }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy keyType: NestedKey.Type, forKey key: Key
    ) -> KeyedEncodingContainer<NestedKey> {
        place.encoder(key).container(keyedBy: keyType)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        place.encoder(key).unkeyedContainer()
    }

    func superEncoder() -> any Encoder {
        place.encoder(JSONKey.super)
    }

    func superEncoder(forKey key: Key) -> any Encoder {
        place.encoder(key)
    }
}
