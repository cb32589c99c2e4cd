/// The elements of an array that is being encoded.
struct JSONUnkeyedEncodingContainer: UnkeyedEncodingContainer {
    let session: JSONEncodingSession
    let slot: Int
    let depth: Int

    var encoding: UnsafeMutablePointer<JSONEncoding> { session.encoding }
    var codingPath: [any CodingKey] { encoding.pointee.writer.path(depth: depth) }
    var count: Int { encoding.pointee.count(slot, depth: depth) }

    func encodeNil() throws {
        try encoding.pointee.beginElement(slot, depth: depth)
        encoding.pointee.writer.buffer.appendNull()
    }

    @inline(__always)
    func encode<T: Encodable>(_ value: T) throws {
        try encoding.pointee.beginElement(slot, depth: depth)
        try session.encode(value, depth: depth + 1)
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
            try encoding.pointee.beginElement(slot, depth: depth)
        } catch {
            encoding.pointee.fail(error)
            return JSONSlotEncoder(session: session, slot: -1, depth: depth + 1)
        }
        return JSONSlotEncoder(session: session, slot: encoding.pointee.makeSlot(), depth: depth + 1)
    }
}
