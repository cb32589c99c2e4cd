/// What the keys of one type are called, by the byte that tells one from another.
///
/// The keys of synthesized code are enums without payload, so of one byte, or of none when there is one key. The name
/// of such a key is asked for, and brought into the form that is needed, once.
struct JSONNameCache: ~Copyable {
    /// A name in the form that is needed, padded with spaces.
    struct Name {
        fileprivate static let capacity = 24

        private(set) var words = (JSONWord.spaces, JSONWord.spaces, JSONWord.spaces)
        private(set) var count = 0

        fileprivate init() {}

        /// Nil when the name is too long to be kept.
        fileprivate init?(_ bytes: UnsafeRawBufferPointer) {
            guard bytes.count <= Self.capacity else { return nil }
            count = bytes.count
            withUnsafeMutableBytes(of: &words) { $0.copyMemory(from: bytes) }
        }

        var string: String {
            withUnsafeBytes(of: words) { String(decoding: $0[..<count], as: UTF8.self) }
        }

        @inline(__always)
        func isEqual(to bytes: UnsafeRawBufferPointer) -> Bool {
            guard count == bytes.count, let start = bytes.baseAddress else { return false }
            if count <= 8 { return JSONWord.load(start, count: count) == words.0 }
            guard start.loadUnaligned(as: UInt64.self) == words.0 else { return false }
            if count <= 16 { return JSONWord.load(start + 8, count: count &- 8) == words.1 }
            return (start + 8).loadUnaligned(as: UInt64.self) == words.1
                && JSONWord.load(start + 16, count: count &- 16) == words.2
        }
    }

    // Owned. Empty names stand for those that are not known.
    private var names: UnsafeMutablePointer<Name>?
    private var capacity = 0

    deinit {
        names?.deallocate()
    }

    /// The name of a key that was kept, nil when there is none.
    @inline(__always)
    subscript(key: some CodingKey) -> Name? {
        guard let place = Self.place(of: key), place < capacity, let name = names?[place], name.count > 0 else {
            return nil
        }
        return name
    }

    /// Keeps the name of a key, if it is of the kind that can be told by a byte.
    mutating func keep(_ bytes: UnsafeRawBufferPointer, for key: some CodingKey) {
        guard let place = Self.place(of: key), let name = Name(bytes) else { return }
        if place >= capacity { grow(to: max(place + 1, capacity * 2)) }
        names?[place] = name
    }

    @inline(__always)
    private static func place<Key: CodingKey>(of key: Key) -> Int? {
        switch MemoryLayout<Key>.size {
        case 1: Int(unsafeBitCast(key, to: UInt8.self))
        case 0: 0
        default: nil
        }
    }

    private mutating func grow(to newCapacity: Int) {
        let newNames = UnsafeMutablePointer<Name>.allocate(capacity: newCapacity)
        newNames.initialize(repeating: Name(), count: newCapacity)
        if let names {
            newNames.update(from: names, count: capacity)
            names.deallocate()
        }
        names = newNames
        capacity = newCapacity
    }
}
