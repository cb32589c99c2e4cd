/// What the encoders and containers of one encoding share. Used again for the next encoding.
final class JSONEncodingSession {
    private static let pool = JSONSessionPool<JSONEncodingSession>()

    // Owned. Behind a pointer, so that reaching it retains nothing; never accessed across a call to an `encode(to:)`.
    let encoding: UnsafeMutablePointer<JSONEncoding>
    private(set) var userInfo: [CodingUserInfoKey: any Sendable] = [:]
    @exclusivity(unchecked) private var shelf = JSONContainerShelf()

    private init() {
        encoding = .allocate(capacity: 1)
        encoding.initialize(to: JSONEncoding())
    }

    deinit {
        encoding.deinitialize(count: 1)
        encoding.deallocate()
    }

    /// Encodes a value and lends the text.
    static func encode<T: Encodable, Result>(
        _ value: T, _ encoder: JSONBytesEncoder, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        var session = pool.take() ?? JSONEncodingSession()
        defer {
            session.finish()
            pool.give(&session)
        }
        session.encoding.pointee.writer.format = encoder.format
        session.userInfo = encoder.userInfo
        try session.encode(value, depth: 0)
        return try body(session.encoding.pointee.writer.buffer.bytes)
    }

    /// Forgets the encoding. What was handed out and is still held can only throw from now on.
    private func finish() {
        encoding.pointee.reset()
        if !userInfo.isEmpty { userInfo = [:] }
        shelf.removeHeld { ($0 as? JSONEncodingPlace)?.keepSession() }
    }

    /// A container for the members of an object that was opened.
    func container<Key: CodingKey>(keyedBy type: Key.Type, slot: Int, depth: Int) -> KeyedEncodingContainer<Key> {
        if let spare = shelf.spare(for: type) {
            return spare._withUnsafeGuaranteedRef { spare in
                unsafeDowncast(spare.place, to: JSONEncodingPlace.self).move(to: slot, depth: depth)
                return unsafeDowncast(spare, to: JSONSpareContainerOf<KeyedEncodingContainer<Key>>.self).container()
            }
        }
        return newContainer(keyedBy: type, slot: slot, depth: depth)
    }

    @inline(never)
    private func newContainer<Key: CodingKey>(
        keyedBy type: Key.Type, slot: Int, depth: Int
    ) -> KeyedEncodingContainer<Key> {
        let place = JSONEncodingPlace(self, slot: slot, depth: depth)
        let container = KeyedEncodingContainer(JSONKeyedEncodingContainer<Key>(place: place))
        guard let spare = JSONSpareContainerOf(container, keyType: type, place: place), shelf.add(spare) else {
            place.keepSession()
            return container
        }
        return container
    }

    /// Writes a whole value that `depth` levels surround. For a type that is known to the caller, the compiler leaves
    /// one line of this.
    @inline(__always)
    func encode<T: Encodable>(_ value: T, depth: Int) throws {
        if T.self == String.self { return append(unsafeBitCast(value, to: String.self)) }
        if T.self == Bool.self { return append(unsafeBitCast(value, to: Bool.self)) }
        if T.self == Int.self { return append(unsafeBitCast(value, to: Int.self)) }
        if T.self == Int8.self { return append(unsafeBitCast(value, to: Int8.self)) }
        if T.self == Int16.self { return append(unsafeBitCast(value, to: Int16.self)) }
        if T.self == Int32.self { return append(unsafeBitCast(value, to: Int32.self)) }
        if T.self == Int64.self { return append(unsafeBitCast(value, to: Int64.self)) }
        if T.self == UInt.self { return append(unsafeBitCast(value, to: UInt.self)) }
        if T.self == UInt8.self { return append(unsafeBitCast(value, to: UInt8.self)) }
        if T.self == UInt16.self { return append(unsafeBitCast(value, to: UInt16.self)) }
        if T.self == UInt32.self { return append(unsafeBitCast(value, to: UInt32.self)) }
        if T.self == UInt64.self { return append(unsafeBitCast(value, to: UInt64.self)) }
        if T.self == Double.self { return try append(unsafeBitCast(value, to: Double.self), depth: depth) }
        if T.self == Float.self { return try append(unsafeBitCast(value, to: Float.self), depth: depth) }
        try encodeWhole(value, depth: depth)
    }

    @inline(__always)
    private func append(_ value: String) { encoding.pointee.writer.buffer.append(quoting: value) }

    @inline(__always)
    private func append(_ value: Bool) { encoding.pointee.writer.buffer.append(value) }

    @inline(__always)
    private func append(_ value: some FixedWidthInteger) { encoding.pointee.writer.buffer.append(value) }

    @inline(__always)
    private func append(_ value: Double, depth: Int) throws { try encoding.pointee.append(value, depth: depth) }

    @inline(__always)
    private func append(_ value: Float, depth: Int) throws { try encoding.pointee.append(value, depth: depth) }

    @inline(never)
    private func encodeWhole<T: Encodable>(_ value: T, depth: Int) throws {
        if T.self == JSONValue.self {
            return try encoding.pointee.append(unsafeBitCast(value, to: JSONValue.self), depth: depth)
        }
        try value.encode(to: JSONSlotEncoder(session: self, slot: encoding.pointee.makeSlot(), depth: depth))
        if encoding.pointee.pendingSlot != 0 || encoding.pointee.writer.depth > depth {
            encoding.pointee.close(to: depth)
        }
        if let failure = encoding.pointee.failure { throw failure }
    }
}
