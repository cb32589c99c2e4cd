/// What the decoders and containers of one decoding share, which know nothing but their place on the tape. Used again
/// for the next decoding.
final class JSONDecodingSession {
    private static let pool = JSONSessionPool<JSONDecodingSession>()

    // Owned. Behind a pointer, so that reaching it retains nothing; never accessed across a call to an `init(from:)`.
    let tape: UnsafeMutablePointer<JSONTape>
    private(set) var userInfo: [CodingUserInfoKey: any Sendable] = [:]
    @exclusivity(unchecked) private var shelf = JSONContainerShelf()
    @exclusivity(unchecked) private var arrays = JSONArrayTypes()

    private init() {
        tape = .allocate(capacity: 1)
        tape.initialize(to: JSONTape())
    }

    deinit {
        tape.deinitialize(count: 1)
        tape.deallocate()
    }

    /// Decodes one value.
    static func decode<T: Decodable>(
        _ type: T.Type, from text: UnsafeRawBufferPointer, _ decoder: JSONBytesDecoder
    ) throws -> T {
        var session = pool.take() ?? JSONDecodingSession()
        defer {
            session.finish()
            pool.give(&session)
        }
        try session.read(text, decoder)
        return try session.decode(type, at: 0)
    }

    private func read(_ text: UnsafeRawBufferPointer, _ decoder: JSONBytesDecoder) throws {
        userInfo = decoder.userInfo
        do throws(JSONError) {
            try tape.pointee.read(text, limits: decoder.limits)
        } catch {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: [], debugDescription: error.description, underlyingError: error))
        }
    }

    /// Forgets the text, whose memory is about to go: a decoder used later stops at an empty tape.
    private func finish() {
        tape.pointee.removeAll()
        if !userInfo.isEmpty { userInfo = [:] }
        shelf.removeHeld { ($0 as? JSONDecodingPlace)?.keepSession() }
    }

    /// A container for the members of an object.
    func container<Key: CodingKey>(keyedBy type: Key.Type, at index: Int) -> KeyedDecodingContainer<Key> {
        if let spare = shelf.spare(for: type) {
            return spare._withUnsafeGuaranteedRef { spare in
                unsafeDowncast(spare.place, to: JSONDecodingPlace.self).move(to: index)
                return unsafeDowncast(spare, to: JSONSpareContainerOf<KeyedDecodingContainer<Key>>.self).container()
            }
        }
        return newContainer(keyedBy: type, at: index)
    }

    @inline(never)
    private func newContainer<Key: CodingKey>(
        keyedBy type: Key.Type, at index: Int
    ) -> KeyedDecodingContainer<Key> {
        let place = JSONDecodingPlace(self, index: index)
        let container = KeyedDecodingContainer(JSONKeyedDecodingContainer<Key>(place: place))
        guard let spare = JSONSpareContainerOf(container, keyType: type, place: place), shelf.add(spare) else {
            place.keepSession()
            return container
        }
        return container
    }

    /// Decodes the value of one entry. For a type that is known to the caller, the compiler leaves one line of this.
    @inline(__always)
    func decode<T: Decodable>(_ type: T.Type, at index: Int) throws -> T {
        if type == String.self { return unsafeBitCast(try tape.pointee.string(at: index), to: T.self) }
        if type == Bool.self { return unsafeBitCast(try tape.pointee.bool(at: index), to: T.self) }
        if type == Double.self { return unsafeBitCast(try tape.pointee.double(at: index), to: T.self) }
        if type == Float.self { return unsafeBitCast(try tape.pointee.float(at: index), to: T.self) }
        if type == Int.self { return try integer(Int.self, at: index, as: type) }
        if type == Int8.self { return try integer(Int8.self, at: index, as: type) }
        if type == Int16.self { return try integer(Int16.self, at: index, as: type) }
        if type == Int32.self { return try integer(Int32.self, at: index, as: type) }
        if type == Int64.self { return try integer(Int64.self, at: index, as: type) }
        if type == UInt.self { return try integer(UInt.self, at: index, as: type) }
        if type == UInt8.self { return try integer(UInt8.self, at: index, as: type) }
        if type == UInt16.self { return try integer(UInt16.self, at: index, as: type) }
        if type == UInt32.self { return try integer(UInt32.self, at: index, as: type) }
        if type == UInt64.self { return try integer(UInt64.self, at: index, as: type) }
        return try decodeWhole(type, at: index)
    }

    @inline(__always)
    private func integer<T, Integer: FixedWidthInteger>(
        _ type: Integer.Type, at index: Int, as result: T.Type
    ) throws -> T {
        unsafeBitCast(try tape.pointee.integer(type, at: index), to: result)
    }

    @inline(never)
    private func decodeWhole<T: Decodable>(_ type: T.Type, at index: Int) throws -> T {
        if type == JSONValue.self { return unsafeBitCast(try tape.pointee.value(at: index), to: T.self) }
        if tape.pointee[index].kind == .array, let array = arrays.array(type) {
            return try decode(type, array, at: index)
        }
        return try T(from: JSONSlotDecoder(session: self, index: index))
    }

    // Apart, since what it needs to know of `T` would be looked up for every value.
    @inline(never)
    private func decode<T>(_ type: T.Type, _ array: any JSONArray.Type, at index: Int) throws -> T {
        try withUnsafeTemporaryAllocation(of: T.self, capacity: 1) { target in
            try array.decode(self, at: index, into: UnsafeMutableRawPointer(target.baseAddress))
            return target.moveElement(from: 0)
        }
    }
}
