/// The decoder that a value's `init(from:)` gets: a place on the tape.
struct JSONSlotDecoder: Decoder {
    let session: JSONDecodingSession
    let index: Int

    var tape: UnsafeMutablePointer<JSONTape> { session.tape }
    var codingPath: [any CodingKey] { tape.pointee.path(to: index) }
    var userInfo: [CodingUserInfoKey: Any] { session.userInfo }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard tape.pointee[index].kind == .object else { throw tape.pointee.mismatch([String: Any].self, at: index) }
        return session.container(keyedBy: type, at: index)
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard tape.pointee[index].kind == .array else { throw tape.pointee.mismatch([Any].self, at: index) }
        return JSONUnkeyedDecodingContainer(session: session, index: index)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer {
        self
    }
}

extension JSONSlotDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { tape.pointee.isNull(index) }

    @inline(__always)
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try session.decode(type, at: index) }
}
