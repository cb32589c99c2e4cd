/// Which object a keyed container writes to.
final class JSONEncodingPlace {
    // Both outlive this place: the session has it on its shelf, or is its `owner`.
    let encoding: UnsafeMutablePointer<JSONEncoding>
    private let session: Unmanaged<JSONEncodingSession>
    @exclusivity(unchecked) private var slot: Int
    @exclusivity(unchecked) private(set) var depth: Int
    @exclusivity(unchecked) private var names = JSONNameCache()
    /// The session, for a container that may outlive the encoding.
    private var owner: JSONEncodingSession?

    init(_ session: JSONEncodingSession, slot: Int, depth: Int) {
        encoding = session.encoding
        self.session = .passUnretained(session)
        self.slot = slot
        self.depth = depth
    }

    func move(to slot: Int, depth: Int) {
        self.slot = slot
        self.depth = depth
    }

    func keepSession() {
        owner = session.takeUnretainedValue()
    }

    /// Writes a member's name; its value is due.
    @inline(__always)
    func beginMember(_ key: some CodingKey) throws {
        try encoding.pointee.resume(slot, depth: depth)
        if encoding.pointee.writer.isCompact, let name = names[key] {
            encoding.pointee.writer.beginMember(name)
        } else {
            beginUnknownMember(key)
        }
    }

    @inline(never)
    private func beginUnknownMember(_ key: some CodingKey) {
        let written = encoding.pointee.writer.beginMember(key.stringValue)
        if encoding.pointee.writer.isCompact { names.keep(written, for: key) }
    }

    @inline(__always)
    func encode<T: Encodable>(_ value: T, _ key: some CodingKey) throws {
        try beginMember(key)
        try session._withUnsafeGuaranteedRef { try $0.encode(value, depth: depth + 1) }
    }

    /// The encoder of one member. Out of order it has a slot that nothing can be written to.
    func encoder(_ key: some CodingKey) -> JSONSlotEncoder {
        let session = session.takeUnretainedValue()
        do {
            try beginMember(key)
        } catch {
            encoding.pointee.fail(error)
            return JSONSlotEncoder(session: session, slot: -1, depth: depth + 1)
        }
        return JSONSlotEncoder(session: session, slot: encoding.pointee.makeSlot(), depth: depth + 1)
    }
}
