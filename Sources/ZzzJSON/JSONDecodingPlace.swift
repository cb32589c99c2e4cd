/// Which object a keyed container reads from.
final class JSONDecodingPlace {
    // Both outlive this place: the session has it on its shelf, or is its `owner`.
    let tape: UnsafeMutablePointer<JSONTape>
    private let session: Unmanaged<JSONDecodingSession>
    /// The object's entry on the tape.
    @exclusivity(unchecked) private(set) var index: Int
    /// The name after the latest one that was found.
    @exclusivity(unchecked) private var next: Int
    @exclusivity(unchecked) private var names = JSONNameCache()
    /// The session, for a container that may outlive the decoding.
    private var owner: JSONDecodingSession?

    init(_ session: JSONDecodingSession, index: Int) {
        tape = session.tape
        self.session = .passUnretained(session)
        self.index = index
        next = index + 1
    }

    func move(to index: Int) {
        self.index = index
        next = index + 1
    }

    func keepSession() {
        owner = session.takeUnretainedValue()
    }

    /// The entry of a member's value, nil when there is no such member.
    @inline(__always)
    func find(_ key: some CodingKey) -> Int? {
        if let name = names[key] { return tape.pointee.member(name, of: index, next: &next) }
        return findUnknown(key)
    }

    @inline(never)
    private func findUnknown(_ key: some CodingKey) -> Int? {
        key.stringValue.withUTF8Bytes { name in
            names.keep(name, for: key)
            return tape.pointee.member(name, of: index, next: &next)
        }
    }

    @inline(__always)
    private func value(of key: some CodingKey) throws -> Int {
        guard let value = find(key) else { throw tape.pointee.missing(key, in: index) }
        return value
    }
}

/// Members by their keys.
extension JSONDecodingPlace {
    func isNull(_ key: some CodingKey) throws -> Bool {
        tape.pointee.isNull(try value(of: key))
    }

    @inline(__always)
    func decode<T: Decodable>(_ type: T.Type, _ key: some CodingKey) throws -> T {
        let value = try value(of: key)
        return try session._withUnsafeGuaranteedRef { try $0.decode(type, at: value) }
    }

    /// Nil when there is no such member or its value is null.
    @inline(__always)
    func decodeIfPresent<T: Decodable>(_ type: T.Type, _ key: some CodingKey) throws -> T? {
        guard let value = find(key), !tape.pointee.isNull(value) else { return nil }
        return try session._withUnsafeGuaranteedRef { try $0.decode(type, at: value) }
    }

    func decoder(_ key: some CodingKey) throws -> JSONSlotDecoder {
        JSONSlotDecoder(session: session.takeUnretainedValue(), index: try value(of: key))
    }
}
