/// The encoder that a value's `encode(to:)` gets. Three words, so that `any Encoder` holds it without an allocation.
struct JSONSlotEncoder: Encoder {
    let session: JSONEncodingSession
    let slot: Int
    let depth: Int

    var encoding: UnsafeMutablePointer<JSONEncoding> { session.encoding }
    var codingPath: [any CodingKey] { encoding.pointee.writer.path(depth: depth) }
    var userInfo: [CodingUserInfoKey: Any] { session.userInfo }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        encoding.pointee.open(slot, depth: depth, isObject: true)
        return session.container(keyedBy: type, slot: slot, depth: depth)
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        encoding.pointee.open(slot, depth: depth, isObject: false)
        return JSONUnkeyedEncodingContainer(session: session, slot: slot, depth: depth)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        self
    }
}

extension JSONSlotEncoder: SingleValueEncodingContainer {
    func encodeNil() throws {
        try encoding.pointee.beginScalar(slot, depth: depth)
        encoding.pointee.writer.buffer.appendNull()
    }

    @inline(__always)
    func encode<T: Encodable>(_ value: T) throws {
        try encoding.pointee.beginScalar(slot, depth: depth)
        try session.encode(value, depth: depth)
    }
}
