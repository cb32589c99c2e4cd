/// Finds where each key and value of a TOML file stands.
///
/// TOMLKit tells positions only for syntax errors, so this goes over the text a second time, once toml++ has accepted
/// it. It relies on that: it never judges the syntax, and what it does not recognise it steps over.
public struct KeyLocator {
    /// One step from the file's root table to a value.
    public enum Step: Hashable, Sendable {
        case key(String)
        /// An element of an array, from 0.
        case index(Int)
    }

    /// A line and a column, both from 1; the column counts Unicode scalars, as toml++ does.
    public struct Position: Hashable, Sendable {
        public var line: Int
        public var column: Int
    }

    /// The places of one key and its value.
    public struct Places: Hashable, Sendable {
        public var key: Position
        public var value: Position
    }

    /// The places by path. Every table that exists only as a part of a dotted name is in it as well.
    public private(set) var places: [[Step]: Places] = [:]
    /// Where a quoted text has `\u0000`, which no C string, hence no setting, can carry.
    public private(set) var nulEscapes: [Position] = []

    private var text: TOMLText
    /// How many elements each array of tables has so far.
    private var tableCounts: [[Step]: Int] = [:]

    /// Goes over the text of one file.
    public init(_ bytes: [UInt8]) {
        text = TOMLText(bytes)
        var table: [Step] = []
        while text.skipBlank(lines: true) {
            if text.byte == UInt8(ascii: "[") {
                table = header()
            } else {
                keyValue(in: table)
            }
            text.skipLine()
        }
        nulEscapes = text.nulEscapes
    }

    /// `[a.b]` or `[[a.b]]`: the path of the table that the following lines belong to.
    private mutating func header() -> [Step] {
        text.advance()
        let isArray = text.byte == UInt8(ascii: "[")
        if isArray { text.advance() }
        let parts = text.dottedKey()
        var path: [Step] = []
        for (index, part) in parts.enumerated() {
            path.append(.key(part.name))
            note(path, key: part.position, value: part.position)
            if isArray, index == parts.count - 1 { tableCounts[path, default: 0] += 1 }
            if let count = tableCounts[path] {
                path.append(.index(count - 1))
                note(path, key: part.position, value: part.position)
            }
        }
        return path
    }

    /// `a.b = value`
    private mutating func keyValue(in table: [Step]) {
        var path = table
        let parts = text.dottedKey()
        guard let last = parts.last else {
            text.advance()
            return
        }
        for part in parts.dropLast() {
            path.append(.key(part.name))
            note(path, key: part.position, value: part.position)
        }
        path.append(.key(last.name))
        _ = text.skipBlank(lines: false)
        if text.byte == UInt8(ascii: "=") { text.advance() }
        _ = text.skipBlank(lines: false)
        note(path, key: last.position, value: text.position)
        value(at: path)
    }

    private mutating func value(at path: [Step]) {
        switch text.byte {
        case UInt8(ascii: "["): array(at: path)
        case UInt8(ascii: "{"): inlineTable(at: path)
        case UInt8(ascii: "\""), UInt8(ascii: "'"): text.skipQuoted()
        default: text.skipBare()
        }
    }

    private mutating func array(at path: [Step]) {
        text.advance()
        var index = 0
        while text.skipBlank(lines: true), text.byte != UInt8(ascii: "]") {
            if text.byte == UInt8(ascii: ",") {
                text.advance()
                continue
            }
            let element = path + [.index(index)]
            index += 1
            note(element, key: text.position, value: text.position)
            let before = text.offset
            value(at: element)
            if text.offset == before { text.advance() }
        }
        text.advance()
    }

    private mutating func inlineTable(at path: [Step]) {
        text.advance()
        while text.skipBlank(lines: true), text.byte != UInt8(ascii: "}") {
            if text.byte == UInt8(ascii: ",") { text.advance() } else { keyValue(in: path) }
        }
        text.advance()
    }

    /// Keeps the first place: that is where a reader finds the table.
    private mutating func note(_ path: [Step], key: Position, value: Position) {
        if places[path] == nil { places[path] = Places(key: key, value: value) }
    }
}
