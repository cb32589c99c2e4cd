/// JSON text that was checked and split: one entry per value and per name, in the order of the text.
///
/// `JSONValue` and `JSONBytesDecoder` are both read from a tape, so there is one implementation of the grammar. A tape
/// does not own the text: it is valid as long as the text's memory is.
struct JSONTape {
    enum Kind: UInt8 {
        case null, bool, integer, number, string, array, object
    }

    struct Entry {
        let kind: Kind
        /// For strings: whether there is a "\" in it, and whether all of it is ASCII. For a bool: its value.
        var hasEscapes = false
        var isASCII = true
        var isTrue = false
        /// The first byte of the value; of a string, the one after its quote.
        let offset: UInt32
        /// Bytes of a string without its quotes or of a number; elements of an array, members of an object.
        var length: UInt32
        /// The index of the entry after this one and all that is inside it.
        var end: UInt32
    }

    let text: UnsafeRawBufferPointer
    let entries: ContiguousArray<Entry>

    init(_ text: UnsafeRawBufferPointer, limits: JSONLimits) throws(JSONError) {
        var parser = JSONTapeParser(text, limits: limits)
        try parser.run()
        self.text = text
        entries = parser.entries
    }

    /// No text at all.
    init() {
        text = UnsafeRawBufferPointer(start: nil, count: 0)
        entries = []
    }

    /// The bytes of a string or number entry as they stand in the text.
    func bytes(_ entry: Entry) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: text[Int(entry.offset)..<Int(entry.offset + entry.length)])
    }

    func string(_ entry: Entry) -> String {
        JSONText.string(bytes(entry), hasEscapes: entry.hasEscapes)
    }

    func error(_ reason: JSONError.Reason, at entry: Entry) -> JSONError {
        JSONError(reason, at: Int(entry.offset), in: text)
    }
}
