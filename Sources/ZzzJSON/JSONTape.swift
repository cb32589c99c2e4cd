/// JSON text that was checked and split: one entry per value and per name, in the order of the text.
///
/// `JSONValue` and `JSONBytesDecoder` are both read from a tape, so there is one implementation of the grammar. A tape
/// does not own the text: it is valid as long as the text's memory is.
struct JSONTape: ~Copyable {
    enum Kind: UInt8 {
        case null, bool, integer, number, string, array, object
    }

    /// Two words, written whole: reading a word whose bytes were just written one by one takes long.
    struct Entry {
        /// What is true of an entry beside its kind, in the bits above it.
        enum Flag {
            /// A string that stands in the text as it is: ASCII without a "\".
            static let plain: UInt64 = 1 << 8
            /// A string with a "\" in it.
            static let escapes: UInt64 = 1 << 9
            /// The bool that is true.
            static let `true`: UInt64 = 1 << 10
        }

        private let head: UInt64
        /// Bytes of a string without its quotes or of a number; elements of an array, members of an object.
        var length: UInt32
        /// The index of the entry after this one and all that is inside it.
        var end: UInt32

        @inline(__always)
        init(_ kind: Kind, flags: UInt64 = 0, offset: Int, length: Int, end: Int) {
            // `JSONLimits.largestByteCount` keeps all of it within 32 bits.
            head = UInt64(kind.rawValue) | flags | UInt64(truncatingIfNeeded: offset) << 32
            self.length = UInt32(truncatingIfNeeded: length)
            self.end = UInt32(truncatingIfNeeded: end)
        }

        @inline(__always)
        var kind: Kind { Kind(rawValue: UInt8(truncatingIfNeeded: head)) ?? .null }
        /// The first byte of the value; of a string, the one after its quote.
        @inline(__always)
        var offset: Int { Int(head >> 32) }
        @inline(__always)
        var isPlain: Bool { head & Flag.plain != 0 }
        @inline(__always)
        var hasEscapes: Bool { head & Flag.escapes != 0 }
        @inline(__always)
        var isTrue: Bool { head & Flag.true != 0 }
    }

    /// What `removeAll` keeps at most.
    private static let keptCapacity = 1024

    private(set) var text = UnsafeRawBufferPointer(start: nil, count: 0)
    private(set) var count = 0
    // Owned; the first `count` entries are initialized.
    private var entries: UnsafeMutablePointer<Entry>
    private var capacity: Int

    /// A tape with nothing on it.
    init() {
        capacity = 128
        entries = .allocate(capacity: capacity)
    }

    deinit {
        entries.deallocate()
    }

    /// Puts another text on the tape.
    /// - Parameter comparesInnerNames: refuse a name twice not only in the outermost object.
    mutating func read(
        _ text: UnsafeRawBufferPointer, limits: JSONLimits, comparesInnerNames: Bool = true
    ) throws(JSONError) {
        removeAll()
        self.text = text
        let limit = min(limits.maximumByteCount, JSONLimits.largestByteCount)
        guard text.count <= limit else { throw JSONError(.tooLong(limit: limit)) }
        var parser = JSONTapeParser(text, limits: limits, comparesInnerNames: comparesInnerNames)
        try parser.run(&self)
    }

    /// Forgets the text and keeps the memory, if it is not much.
    mutating func removeAll() {
        text = UnsafeRawBufferPointer(start: nil, count: 0)
        count = 0
        if capacity > Self.keptCapacity { self = JSONTape() }
    }

    @inline(__always)
    subscript(index: Int) -> Entry {
        get {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "no such entry on the tape")
            return entries[index]
        }
        _modify {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "no such entry on the tape")
            yield &entries[index]
        }
    }

    /// Adds an entry with nothing inside of it, for now.
    @inline(__always)
    mutating func append(_ kind: Kind, flags: UInt64 = 0, offset: Int, length: Int) {
        if count == capacity { grow() }
        let entry = entries + count
        count &+= 1
        entry.initialize(to: Entry(kind, flags: flags, offset: offset, length: length, end: count))
    }

    @inline(never)
    private mutating func grow() {
        let newEntries = UnsafeMutablePointer<Entry>.allocate(capacity: capacity * 2)
        newEntries.moveInitialize(from: entries, count: count)
        entries.deallocate()
        entries = newEntries
        capacity *= 2
    }
}

extension JSONTape {
    /// The bytes of a string or number entry as they stand in the text.
    @inline(__always)
    func bytes(_ entry: Entry) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: text[entry.offset..<entry.offset + Int(entry.length)])
    }

    func string(_ entry: Entry) -> String {
        JSONText.string(bytes(entry), hasEscapes: entry.hasEscapes)
    }

    func error(_ reason: JSONError.Reason, at entry: Entry) -> JSONError {
        JSONError(reason, at: entry.offset, in: text)
    }
}
