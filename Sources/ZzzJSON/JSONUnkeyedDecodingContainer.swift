/// The elements of an array that is being decoded. Three words, so that `any UnkeyedDecodingContainer` holds it without
/// an allocation.
struct JSONUnkeyedDecodingContainer: UnkeyedDecodingContainer {
    let session: JSONDecodingSession
    private let index: UInt32
    private var read = 0 as UInt32
    private let elementCount: UInt32
    /// The tape's entry of the current element.
    private var place: UInt32

    init(session: JSONDecodingSession, index: Int) {
        self.session = session
        self.index = UInt32(index)
        elementCount = session.tape.pointee[index].length
        place = self.index + 1
    }

    var codingPath: [any CodingKey] { session.tape.pointee.path(to: Int(index)) }
    var count: Int? { Int(elementCount) }
    var currentIndex: Int { Int(read) }
    var isAtEnd: Bool { read >= elementCount }

    mutating func decodeNil() throws -> Bool {
        guard session.tape.pointee.isNull(try current(Any?.self)) else { return false }
        advance()
        return true
    }

    @inline(__always)
    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        try next(type) { try $0.decode(type, at: $1) }
    }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try next([String: Any].self) { try JSONSlotDecoder(session: $0, index: $1).container(keyedBy: type) }
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try next([Any].self) { try JSONSlotDecoder(session: $0, index: $1).unkeyedContainer() }
    }

    mutating func superDecoder() throws -> any Decoder {
        try next((any Decoder).self) { JSONSlotDecoder(session: $0, index: $1) }
    }

    /// Decodes the current element and goes on to the next one; stays where it is when that throws.
    @inline(__always)
    private mutating func next<T>(_ type: Any.Type, _ decode: (JSONDecodingSession, Int) throws -> T) throws -> T {
        let value = try decode(session, current(type))
        advance()
        return value
    }

    @inline(__always)
    private func current(_ type: Any.Type) throws -> Int {
        if isAtEnd { throw noMoreElements(type) }
        return Int(place)
    }

    @inline(never)
    private func noMoreElements(_ type: Any.Type) -> DecodingError {
        let path = codingPath + [JSONKey(intValue: currentIndex)]
        return .valueNotFound(type, DecodingError.Context(codingPath: path, debugDescription: "no more elements"))
    }

    @inline(__always)
    private mutating func advance() {
        read += 1
        place = session.tape.pointee[Int(place)].end
    }
}
