/// The elements of an array that is being decoded.
struct JSONUnkeyedDecodingContainer: UnkeyedDecodingContainer {
    let session: JSONDecodingSession
    let index: Int
    private(set) var currentIndex = 0
    private let elementCount: Int
    /// The tape's entry of the current element.
    private var place: Int

    init(session: JSONDecodingSession, index: Int) {
        self.session = session
        self.index = index
        elementCount = Int(session.entry(index).length)
        place = index + 1
    }

    var codingPath: [any CodingKey] { session.path(to: index) }
    var count: Int? { elementCount }
    var isAtEnd: Bool { currentIndex >= elementCount }

    mutating func decodeNil() throws -> Bool {
        guard session.isNull(try current(Any?.self)) else { return false }
        advance()
        return true
    }

    mutating func decode(_ type: Bool.Type) throws -> Bool { try next(type) { try $0.bool(at: $1) } }
    mutating func decode(_ type: String.Type) throws -> String { try next(type) { try $0.string(at: $1) } }
    mutating func decode(_ type: Double.Type) throws -> Double { try next(type) { try $0.double(at: $1) } }
    mutating func decode(_ type: Float.Type) throws -> Float { try next(type) { try $0.float(at: $1) } }
    mutating func decode(_ type: Int.Type) throws -> Int { try next(type) { try $0.integer(type, at: $1) } }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try next(type) { try $0.integer(type, at: $1) } }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try next(type) { try $0.integer(type, at: $1) } }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try next(type) { try $0.integer(type, at: $1) } }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try next(type) { try $0.integer(type, at: $1) } }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try next(type) { try $0.integer(type, at: $1) } }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try next(type) { try $0.integer(type, at: $1) } }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try next(type) { try $0.integer(type, at: $1) } }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try next(type) { try $0.integer(type, at: $1) } }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try next(type) { try $0.integer(type, at: $1) } }

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
    private mutating func next<T>(_ type: Any.Type, _ decode: (JSONDecodingSession, Int) throws -> T) throws -> T {
        let value = try decode(session, current(type))
        advance()
        return value
    }

    private func current(_ type: Any.Type) throws -> Int {
        guard !isAtEnd else {
            var context = session.context("no more elements", at: index)
            context = DecodingError.Context(
                codingPath: context.codingPath + [JSONKey(intValue: currentIndex)],
                debugDescription: context.debugDescription)
            throw DecodingError.valueNotFound(type, context)
        }
        return place
    }

    private mutating func advance() {
        currentIndex += 1
        place = Int(session.entry(place).end)
    }
}
