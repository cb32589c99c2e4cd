/// Writes the structure of JSON text: brackets, commas, names and, if asked for, line breaks and sorted members.
struct JSONWriter: ~Copyable {
    /// How many arrays and objects may be inside each other, as `JSONLimits` has it for reading.
    static let maximumDepth = 512

    /// An array or object that is not closed yet.
    struct Frame {
        var isObject = false
        /// Tells this array or object from an earlier one at the same depth.
        var serial = 0
        var count = 0
        /// Where the latest member's name stands in the buffer.
        var nameOffset = 0
    }

    /// A member of an object whose members are sorted when it is closed.
    private struct Member {
        let name: String
        var range: Range<Int>
    }

    var buffer = JSONBuffer()
    var format: JSONOutputFormat
    /// How many arrays and objects are open.
    private(set) var depth = 0
    /// The innermost open array or object; kept apart so that flat values need no list.
    private(set) var top = Frame()
    /// The ones around `top`, outermost first.
    private var outer: ContiguousArray<Frame> = []
    /// The members of every frame, when they are to be sorted.
    private var members: [[Member]] = []

    init(format: JSONOutputFormat = .compact) {
        self.format = format
    }

    /// Forgets what was written.
    mutating func reset() {
        buffer.removeAll()
        depth = 0
        top = Frame()
        outer.removeAll(keepingCapacity: true)
        members.removeAll()
    }

    /// Whether members are written one after another and nothing else.
    @inline(__always)
    var isCompact: Bool { !format.sortsKeys && !format.isPretty }
    var isFull: Bool { depth >= Self.maximumDepth }

    /// The open array or object with `level` others around it.
    func frame(at level: Int) -> Frame {
        level == depth - 1 ? top : outer[level + 1]
    }

    mutating func open(isObject: Bool, serial: Int = 0) {
        outer.append(top)
        top = Frame(isObject: isObject, serial: serial)
        depth += 1
        if format.sortsKeys { members.append([]) }
        buffer.append(byte: isObject ? UInt8(ascii: "{") : UInt8(ascii: "["))
    }

    /// Closes the innermost array or object.
    mutating func close() {
        let frame = top
        depth -= 1
        top = outer.removeLast()
        if format.sortsKeys { sortMembers() }
        if format.isPretty, frame.count > 0 { appendLineBreak() }
        buffer.append(byte: frame.isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
    }

    /// What stands between two elements; an element follows.
    @inline(__always)
    mutating func beginElement() {
        if top.count > 0 {
            if format.sortsKeys { endMember() }
            buffer.append(byte: UInt8(ascii: ","))
        }
        top.count &+= 1
        if format.isPretty { appendLineBreak() }
    }

    /// The name of a member; its value follows. Returns what was written for the name, valid until the next change.
    @discardableResult
    mutating func beginMember(_ name: String) -> UnsafeRawBufferPointer {
        beginElement()
        top.nameOffset = buffer.count
        if format.sortsKeys { beginSortedMember(name) }
        buffer.append(quoting: name)
        buffer.append(byte: UInt8(ascii: ":"))
        if format.isPretty { buffer.append(byte: UInt8(ascii: " ")) }
        return UnsafeRawBufferPointer(rebasing: buffer.bytes[top.nameOffset...])
    }

    /// The same for a name as it is written, with its quotes and the colon, in compact format.
    @inline(__always)
    mutating func beginMember(_ name: JSONNameCache.Name) {
        if top.count > 0 { buffer.append(byte: UInt8(ascii: ",")) }
        top.count &+= 1
        top.nameOffset = buffer.count
        buffer.append(name)
    }

    private mutating func beginSortedMember(_ name: String) {
        members[members.count - 1].append(Member(name: name, range: buffer.count..<buffer.count))
    }

    /// The members and elements on the way to the value that is being written, within the outermost `depth` levels.
    /// The names are read back from the text: only errors ask for them.
    func path(depth: Int) -> [any CodingKey] {
        var path: [any CodingKey] = []
        for level in 0..<min(depth, self.depth) {
            let frame = frame(at: level)
            guard frame.count > 0 else { continue }
            path.append(frame.isObject ? name(at: frame.nameOffset) : JSONKey(intValue: frame.count - 1))
        }
        return path
    }

    private func name(at offset: Int) -> JSONKey {
        let text = UnsafeRawBufferPointer(rebasing: buffer.bytes[(offset + 1)...])
        var end = 0
        while text[end] != UInt8(ascii: "\"") { end += text[end] == UInt8(ascii: "\\") ? 2 : 1 }
        return JSONKey(stringValue: JSONText.string(UnsafeRawBufferPointer(rebasing: text[..<end]), hasEscapes: true))
    }

    /// Notes where the latest member ends, which has just been written.
    private mutating func endMember() {
        let object = members.count - 1
        guard let last = members[object].indices.last else { return }
        members[object][last].range = members[object][last].range.lowerBound..<buffer.count
    }

    private mutating func sortMembers() {
        endMember()
        let written = members.removeLast()
        guard let first = written.first else { return }
        let sorted = written.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        var separator = [UInt8(ascii: ",")]
        if format.isPretty {
            separator.append(UInt8(ascii: "\n"))
            separator += [UInt8](repeating: UInt8(ascii: " "), count: 2 * (depth + 1))
        }
        buffer.rearrange(from: first.range.lowerBound, sorted.map(\.range), separatedBy: separator)
    }

    @inline(never)
    private mutating func appendLineBreak() {
        buffer.append(byte: UInt8(ascii: "\n"))
        for _ in 0..<depth { buffer.append(word: 0x2020, count: 2) }
    }
}

extension JSONWriter {
    /// Writes a whole value, with null in place of a part that is refused.
    mutating func write(_ value: JSONValue) throws(JSONError) {
        switch value {
        case .null: buffer.appendNull()
        case .bool(let value): buffer.append(value)
        case .integer(let value): buffer.append(value)
        case .number(let value):
            guard value.isFinite else { throw refusal(.notFinite) }
            buffer.append(finite: value)
        case .string(let value): buffer.append(quoting: value)
        case .array(let elements):
            guard !isFull else { throw refusal(.tooDeep(limit: Self.maximumDepth)) }
            open(isObject: false)
            for element in elements {
                beginElement()
                try write(element)
            }
            close()
        case .object(let object):
            guard !isFull else { throw refusal(.tooDeep(limit: Self.maximumDepth)) }
            open(isObject: true)
            for (name, value) in object {
                beginMember(name)
                try write(value)
            }
            close()
        }
    }
}

extension JSONWriter {
    /// An error for the value that is due now. Its place is taken by null, so that the text stays JSON.
    private mutating func refusal(_ reason: JSONError.Reason) -> JSONError {
        buffer.appendNull()
        return JSONError(reason)
    }
}

extension JSONValue {
    /// The value as JSON text in UTF-8. Throws for NaN, infinities and more than 512 levels.
    public func serialized(_ format: JSONOutputFormat = .compact) throws(JSONError) -> [UInt8] {
        var writer = JSONWriter(format: format)
        try writer.write(self)
        return Array(writer.buffer.bytes)
    }

    /// The value as a string of JSON text. Throws for NaN, infinities and more than 512 levels.
    public func serializedString(_ format: JSONOutputFormat = .compact) throws(JSONError) -> String {
        var writer = JSONWriter(format: format)
        try writer.write(self)
        return String(decoding: writer.buffer.bytes, as: UTF8.self)
    }
}
