/// The elements of an array that is being encoded.
struct JSONUnkeyedEncodingContainer: UnkeyedEncodingContainer {
    let session: JSONEncodingSession
    let slot: Int
    let depth: Int

    var codingPath: [any CodingKey] { session.path(depth: depth) }
    var count: Int { session.count(slot, depth: depth) }

    func encodeNil() throws {
        try session.beginElement(slot, depth: depth)
        session.buffer.append("null")
    }

    func encode(_ value: Bool) throws {
        try session.beginElement(slot, depth: depth)
        session.buffer.append(value)
    }

    func encode(_ value: String) throws {
        try session.beginElement(slot, depth: depth)
        session.buffer.append(quoting: value)
    }

    func encode(_ value: Double) throws {
        try session.beginElement(slot, depth: depth)
        try session.append(value, depth: depth + 1)
    }

    func encode(_ value: Float) throws {
        try session.beginElement(slot, depth: depth)
        try session.append(value, depth: depth + 1)
    }

    func encode<T: Encodable>(_ value: T) throws {
        try session.beginElement(slot, depth: depth)
        try session.encode(value, depth: depth + 1)
    }

    func encode(_ value: Int) throws { try encode(Int64(value)) }
    func encode(_ value: Int8) throws { try encode(Int64(value)) }
    func encode(_ value: Int16) throws { try encode(Int64(value)) }
    func encode(_ value: Int32) throws { try encode(Int64(value)) }
    func encode(_ value: UInt) throws { try encode(UInt64(value)) }
    func encode(_ value: UInt8) throws { try encode(UInt64(value)) }
    func encode(_ value: UInt16) throws { try encode(UInt64(value)) }
    func encode(_ value: UInt32) throws { try encode(UInt64(value)) }

    func encode(_ value: Int64) throws {
        try session.beginElement(slot, depth: depth)
        session.buffer.append(value)
    }

    func encode(_ value: UInt64) throws {
        try session.beginElement(slot, depth: depth)
        session.buffer.append(magnitude: value)
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy keyType: NestedKey.Type
    ) -> KeyedEncodingContainer<NestedKey> {
        nested().container(keyedBy: keyType)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        nested().unkeyedContainer()
    }

    func superEncoder() -> any Encoder {
        nested()
    }

    /// The encoder of one element. Out of order it has a slot that nothing can be written to.
    private func nested() -> JSONSlotEncoder {
        do {
            try session.beginElement(slot, depth: depth)
        } catch {
            session.fail(error)
            return JSONSlotEncoder(session: session, slot: -1, depth: depth + 1)
        }
        return JSONSlotEncoder(session: session, slot: session.makeSlot(), depth: depth + 1)
    }
}
