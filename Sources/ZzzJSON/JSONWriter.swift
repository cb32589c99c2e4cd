/// Writes the structure of JSON text: brackets, commas, names and, if asked for, line breaks and sorted members.
struct JSONWriter {
    /// How many arrays and objects may be inside each other, as `JSONLimits` has it for reading.
    static let maximumDepth = 512

    /// An array or object that is not closed yet.
    struct Frame {
        let isObject: Bool
        /// Tells this array or object from an earlier one at the same depth.
        let serial: Int
        var count = 0
        /// Where the latest member's name stands in the buffer.
        var nameOffset = 0
    }

    /// A member of an object whose members are sorted when it is closed.
    private struct Member {
        let name: String
        var range: Range<Int>
    }

    let buffer: JSONBuffer
    let format: JSONOutputFormat
    /// How many arrays and objects are open.
    private(set) var depth = 0
    /// The innermost open array or object; kept apart so that flat values need no list.
    private var top = Frame(isObject: false, serial: 0)
    /// The ones around `top`, outermost first.
    private var outer: ContiguousArray<Frame> = []
    /// The members of every frame, when they are to be sorted.
    private var members: [[Member]] = []

    init(_ buffer: JSONBuffer, format: JSONOutputFormat) {
        self.buffer = buffer
        self.format = format
    }

    var isFull: Bool { depth >= Self.maximumDepth }

    /// The open array or object with `level` others around it.
    func frame(at level: Int) -> Frame {
        level == depth - 1 ? top : outer[level]
    }

    mutating func open(isObject: Bool, serial: Int = 0) {
        if depth > 0 { outer.append(top) }
        top = Frame(isObject: isObject, serial: serial)
        depth += 1
        if format.sortsKeys { members.append([]) }
        buffer.append(isObject ? UInt8(ascii: "{") : UInt8(ascii: "["))
    }

    /// Closes the innermost array or object.
    mutating func close() {
        let frame = top
        depth -= 1
        if depth > 0 { top = outer.removeLast() }
        if format.sortsKeys { sortMembers() }
        if format.isPretty, frame.count > 0 { appendLineBreak() }
        buffer.append(frame.isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
    }

    /// What stands between two elements; an element follows.
    mutating func beginElement() {
        if format.sortsKeys { endMember() }
        if top.count > 0 { buffer.append(UInt8(ascii: ",")) }
        top.count += 1
        if format.isPretty { appendLineBreak() }
    }

    /// The name of a member; its value follows.
    mutating func beginMember(_ name: String) {
        beginElement()
        top.nameOffset = buffer.count
        if format.sortsKeys {
            members[members.count - 1].append(Member(name: name, range: buffer.count..<buffer.count))
        }
        buffer.append(quoting: name)
        buffer.append(UInt8(ascii: ":"))
        if format.isPretty { buffer.append(UInt8(ascii: " ")) }
    }

    /// The members and elements on the way to the value that is being written, within the outermost `depth` levels.
    /// The names are read back from the text: only errors ask for them.
    func path(depth: Int) -> [any CodingKey] {
        (0..<min(depth, self.depth)).map(frame(at:)).filter { $0.count > 0 }.map { frame in
            guard frame.isObject else { return JSONKey(intValue: frame.count - 1) }
            let text = UnsafeRawBufferPointer(rebasing: buffer.bytes[(frame.nameOffset + 1)...])
            var end = 0
            while text[end] != UInt8(ascii: "\"") { end += text[end] == UInt8(ascii: "\\") ? 2 : 1 }
            let name = UnsafeRawBufferPointer(rebasing: text[..<end])
            return JSONKey(stringValue: JSONText.string(name, hasEscapes: true))
        }
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

    private func appendLineBreak() {
        buffer.append(UInt8(ascii: "\n"))
        for _ in 0..<depth { buffer.append("  ") }
    }
}

extension JSONWriter {
    /// Writes a whole value, with null in place of a part that is refused.
    mutating func write(_ value: JSONValue) throws(JSONError) {
        switch value {
        case .null: buffer.append("null")
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
    private func refusal(_ reason: JSONError.Reason) -> JSONError {
        buffer.append("null")
        return JSONError(reason)
    }
}

extension JSONValue {
    /// The value as JSON text in UTF-8. Throws for NaN, infinities and more than 512 levels.
    public func serialized(_ format: JSONOutputFormat = .compact) throws(JSONError) -> [UInt8] {
        let buffer = JSONBuffer()
        try serialize(into: buffer, format)
        return Array(buffer.bytes)
    }

    /// The value as a string of JSON text. Throws for NaN, infinities and more than 512 levels.
    public func serializedString(_ format: JSONOutputFormat = .compact) throws(JSONError) -> String {
        let buffer = JSONBuffer()
        try serialize(into: buffer, format)
        return String(decoding: buffer.bytes, as: UTF8.self)
    }

    /// Appends the value as JSON text; appends nothing when it throws.
    public func serialize(into buffer: JSONBuffer, _ format: JSONOutputFormat = .compact) throws(JSONError) {
        let start = buffer.count
        var writer = JSONWriter(buffer, format: format)
        do throws(JSONError) {
            try writer.write(self)
        } catch {
            buffer.truncate(to: start)
            throw error
        }
    }
}
