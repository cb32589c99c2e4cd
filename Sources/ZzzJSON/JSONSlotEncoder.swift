/// The encoder that a value's `encode(to:)` gets. Three words, so that `any Encoder` holds it without an allocation.
struct JSONSlotEncoder: Encoder {
    let session: JSONEncodingSession
    let slot: Int
    let depth: Int

    var codingPath: [any CodingKey] { session.path(depth: depth) }
    var userInfo: [CodingUserInfoKey: Any] { session.userInfo }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        session.open(slot, depth: depth, isObject: true)
        return KeyedEncodingContainer(JSONKeyedEncodingContainer<Key>(session: session, slot: slot, depth: depth))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        session.open(slot, depth: depth, isObject: false)
        return JSONUnkeyedEncodingContainer(session: session, slot: slot, depth: depth)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        self
    }
}

extension JSONSlotEncoder: SingleValueEncodingContainer {
    func encodeNil() throws {
        try session.beginScalar(slot, depth: depth)
        session.buffer.append("null")
    }

    func encode(_ value: Bool) throws {
        try session.beginScalar(slot, depth: depth)
        session.buffer.append(value)
    }

    func encode(_ value: String) throws {
        try session.beginScalar(slot, depth: depth)
        session.buffer.append(quoting: value)
    }

    func encode(_ value: Double) throws {
        try session.beginScalar(slot, depth: depth)
        try session.append(value, depth: depth)
    }

    func encode(_ value: Float) throws {
        try session.beginScalar(slot, depth: depth)
        try session.append(value, depth: depth)
    }

    func encode(_ value: Int) throws { try encode(signed: Int64(value)) }
    func encode(_ value: Int8) throws { try encode(signed: Int64(value)) }
    func encode(_ value: Int16) throws { try encode(signed: Int64(value)) }
    func encode(_ value: Int32) throws { try encode(signed: Int64(value)) }
    func encode(_ value: Int64) throws { try encode(signed: value) }
    func encode(_ value: UInt) throws { try encode(unsigned: UInt64(value)) }
    func encode(_ value: UInt8) throws { try encode(unsigned: UInt64(value)) }
    func encode(_ value: UInt16) throws { try encode(unsigned: UInt64(value)) }
    func encode(_ value: UInt32) throws { try encode(unsigned: UInt64(value)) }
    func encode(_ value: UInt64) throws { try encode(unsigned: value) }

    func encode<T: Encodable>(_ value: T) throws {
        try session.beginScalar(slot, depth: depth)
        try session.encode(value, depth: depth)
    }

    private func encode(signed value: Int64) throws {
        try session.beginScalar(slot, depth: depth)
        session.buffer.append(value)
    }

    private func encode(unsigned value: UInt64) throws {
        try session.beginScalar(slot, depth: depth)
        session.buffer.append(magnitude: value)
    }
}
