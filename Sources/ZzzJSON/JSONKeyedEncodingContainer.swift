/// The members of an object that is being encoded.
struct JSONKeyedEncodingContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let session: JSONEncodingSession
    let slot: Int
    let depth: Int

    var codingPath: [any CodingKey] { session.path(depth: depth) }

    func encodeNil(forKey key: Key) throws {
        try session.beginMember(slot, depth: depth, key)
        session.buffer.append("null")
    }

    func encode(_ value: Bool, forKey key: Key) throws {
        try session.beginMember(slot, depth: depth, key)
        session.buffer.append(value)
    }

    func encode(_ value: String, forKey key: Key) throws {
        try session.beginMember(slot, depth: depth, key)
        session.buffer.append(quoting: value)
    }

    func encode(_ value: Double, forKey key: Key) throws {
        try session.beginMember(slot, depth: depth, key)
        try session.append(value, depth: depth + 1)
    }

    func encode(_ value: Float, forKey key: Key) throws {
        try session.beginMember(slot, depth: depth, key)
        try session.append(value, depth: depth + 1)
    }

    func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        try session.beginMember(slot, depth: depth, key)
        try session.encode(value, depth: depth + 1)
    }

    func encode(_ value: Int, forKey key: Key) throws { try encode(Int64(value), forKey: key) }
    func encode(_ value: Int8, forKey key: Key) throws { try encode(Int64(value), forKey: key) }
    func encode(_ value: Int16, forKey key: Key) throws { try encode(Int64(value), forKey: key) }
    func encode(_ value: Int32, forKey key: Key) throws { try encode(Int64(value), forKey: key) }
    func encode(_ value: UInt, forKey key: Key) throws { try encode(UInt64(value), forKey: key) }
    func encode(_ value: UInt8, forKey key: Key) throws { try encode(UInt64(value), forKey: key) }
    func encode(_ value: UInt16, forKey key: Key) throws { try encode(UInt64(value), forKey: key) }
    func encode(_ value: UInt32, forKey key: Key) throws { try encode(UInt64(value), forKey: key) }

    func encode(_ value: Int64, forKey key: Key) throws {
        try session.beginMember(slot, depth: depth, key)
        session.buffer.append(value)
    }

    func encode(_ value: UInt64, forKey key: Key) throws {
        try session.beginMember(slot, depth: depth, key)
        session.buffer.append(magnitude: value)
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy keyType: NestedKey.Type, forKey key: Key
    ) -> KeyedEncodingContainer<NestedKey> {
        nested(key).container(keyedBy: keyType)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        nested(key).unkeyedContainer()
    }

    func superEncoder() -> any Encoder {
        nested(JSONKey.super)
    }

    func superEncoder(forKey key: Key) -> any Encoder {
        nested(key)
    }

    /// The encoder of one member. Out of order it has a slot that nothing can be written to.
    private func nested(_ key: some CodingKey) -> JSONSlotEncoder {
        do {
            try session.beginMember(slot, depth: depth, key)
        } catch {
            session.fail(error)
            return JSONSlotEncoder(session: session, slot: -1, depth: depth + 1)
        }
        return JSONSlotEncoder(session: session, slot: session.makeSlot(), depth: depth + 1)
    }
}
