/// The elements of an array, or the members of an object, as they stand in the text: for envelopes whose content is
/// passed on as it is. The grammar of the whole text is checked; the names in an object inside of a part are for
/// whoever reads that, and may occur twice.
///
/// It does not own the text, and is valid as long as the text's memory is.
public struct JSONParts {
    /// One value.
    public struct Part: Sendable {
        /// Where in the text it is.
        public let range: Range<Int>
        public let isNull: Bool
        public let isObject: Bool
        /// The value of a string; nil for anything else.
        public let string: String?
    }

    /// Of an array the elements, of an object the values, in their order.
    public let parts: [Part]
    /// The names of an object's members; nil when the text is an array.
    public let names: [String]?

    /// - Returns: nil when the text is neither an array nor an object.
    public init?(_ text: UnsafeRawBufferPointer, limits: JSONLimits = JSONLimits()) throws(JSONError) {
        var tape = JSONTape()
        try tape.read(text, limits: limits, comparesInnerNames: false)
        let outer = tape[0]
        guard outer.kind == .array || outer.kind == .object else { return nil }
        var parts: [Part] = []
        var names: [String]? = outer.kind == .object ? [] : nil
        var index = 1
        while index < Int(outer.end) {
            if names != nil {
                names?.append(tape.string(tape[index]))
                index += 1
            }
            parts.append(tape.part(at: index))
            index = Int(tape[index].end)
        }
        self.parts = parts
        self.names = names
    }

    /// The value of the member with that name.
    public subscript(name: String) -> Part? {
        names?.firstIndex(of: name).map { parts[$0] }
    }
}

extension JSONTape {
    fileprivate func part(at index: Int) -> JSONParts.Part {
        let entry = self[index]
        let start = entry.offset - (entry.kind == .string ? 1 : 0)
        return JSONParts.Part(
            range: start..<endOfText(at: index), isNull: entry.kind == .null, isObject: entry.kind == .object,
            string: entry.kind == .string ? string(entry) : nil)
    }

    /// Behind the last byte of a value. The tape does not say where an array or object is closed: behind its last
    /// value, and after the brackets of all that end with that.
    private func endOfText(at index: Int) -> Int {
        let entry = self[index]
        guard entry.kind == .array || entry.kind == .object else { return endOfScalar(entry) }
        let last = self[Int(entry.end) - 1]
        var brackets = 0
        for inner in index..<Int(entry.end) {
            let kind = self[inner].kind
            if kind == .array || kind == .object, self[inner].end == entry.end { brackets += 1 }
        }
        var position = last.kind == .array || last.kind == .object ? last.offset + 1 : endOfScalar(last)
        while brackets > 0 {
            if text[position] == UInt8(ascii: "]") || text[position] == UInt8(ascii: "}") { brackets -= 1 }
            position += 1
        }
        return position
    }

    private func endOfScalar(_ entry: Entry) -> Int {
        entry.offset + Int(entry.length) + (entry.kind == .string ? 1 : 0)
    }
}
