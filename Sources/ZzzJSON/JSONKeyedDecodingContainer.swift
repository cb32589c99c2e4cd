/// The members of an object that is being decoded.
struct JSONKeyedDecodingContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let session: JSONDecodingSession
    let index: Int

    var codingPath: [any CodingKey] { session.path(to: index) }
    var allKeys: [Key] { session.names(of: index).compactMap { Key(stringValue: $0) } }

    func contains(_ key: Key) -> Bool {
        session.member(key.stringValue, of: index) != nil
    }

    func decodeNil(forKey key: Key) throws -> Bool { session.isNull(try member(key)) }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try session.bool(at: member(key)) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try session.string(at: member(key)) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try session.double(at: member(key)) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try session.float(at: member(key)) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try session.integer(type, at: member(key)) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try session.integer(type, at: member(key)) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try session.integer(type, at: member(key)) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try session.integer(type, at: member(key)) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try session.integer(type, at: member(key)) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try session.integer(type, at: member(key)) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try session.integer(type, at: member(key)) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try session.integer(type, at: member(key)) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try session.integer(type, at: member(key)) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try session.integer(type, at: member(key)) }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        try session.decode(type, at: member(key))
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try decoder(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try decoder(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder {
        try decoder(JSONKey.super)
    }

    func superDecoder(forKey key: Key) throws -> any Decoder {
        try decoder(key)
    }

    private func decoder(_ key: some CodingKey) throws -> JSONSlotDecoder {
        JSONSlotDecoder(session: session, index: try member(key))
    }

    private func member(_ key: some CodingKey) throws -> Int {
        guard let place = session.member(key.stringValue, of: index) else { throw session.missing(key, in: index) }
        return place
    }
}
