/// The grammar of RFC 8259, without recursion: `run` goes through the text once and fills `entries`.
struct JSONTapeParser {
    private(set) var entries: ContiguousArray<JSONTape.Entry> = []

    private let text: UnsafeRawBufferPointer
    private let limits: JSONLimits
    private var position = 0
    /// The entries of the arrays and objects around the current place, outermost first.
    private var open: ContiguousArray<Int> = []

    init(_ text: UnsafeRawBufferPointer, limits: JSONLimits) {
        self.text = text
        self.limits = limits
    }

    mutating func run() throws(JSONError) {
        guard text.count <= limits.maximumByteCount else {
            throw JSONError(.tooLong(limit: limits.maximumByteCount))
        }
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { throw error(.byteOrderMark) }
        entries.reserveCapacity(min(text.count / 8 + 2, 4096))
        while true {
            if try parseValue() { continue }
            guard try advanceToNextValue() else { break }
        }
        skipWhiteSpace()
        guard position == text.count else { throw error(.trailingText) }
    }

    /// Reads a scalar, an empty array or object, or the beginning of one. Returns whether a value follows that is
    /// inside of it.
    private mutating func parseValue() throws(JSONError) -> Bool {
        skipWhiteSpace()
        switch try peek() {
        case UInt8(ascii: "\""): try parseString()
        case UInt8(ascii: "{"): return try parseOpening(.object, closing: UInt8(ascii: "}"))
        case UInt8(ascii: "["): return try parseOpening(.array, closing: UInt8(ascii: "]"))
        case UInt8(ascii: "t"): try parseLiteral("true", .bool, isTrue: true)
        case UInt8(ascii: "f"): try parseLiteral("false", .bool)
        case UInt8(ascii: "n"): try parseLiteral("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try parseNumber()
        case let byte: throw error(.unexpectedByte(byte, expected: "a value"))
        }
        return false
    }

    private mutating func parseOpening(_ kind: JSONTape.Kind, closing: UInt8) throws(JSONError) -> Bool {
        guard open.count < limits.maximumDepth else { throw error(.tooDeep(limit: limits.maximumDepth)) }
        open.append(entries.count)
        append(kind, at: position, length: 0)
        position += 1
        skipWhiteSpace()
        if try peek() == closing {
            position += 1
            try close()
            return false
        }
        entries[entries.count - 1].length = 1
        if kind == .object { try parseName() }
        return true
    }

    /// After a value: closes what ends here. Returns whether another value follows.
    private mutating func advanceToNextValue() throws(JSONError) -> Bool {
        while let container = open.last {
            skipWhiteSpace()
            let isObject = entries[container].kind == .object
            switch try peek() {
            case UInt8(ascii: ","):
                position += 1
                entries[container].length += 1
                if isObject { try parseName() }
                return true
            case UInt8(ascii: "}") where isObject, UInt8(ascii: "]") where !isObject:
                position += 1
                try close()
            case let byte:
                throw error(.unexpectedByte(byte, expected: isObject ? "\",\" or \"}\"" : "\",\" or \"]\""))
            }
        }
        return false
    }

    private mutating func close() throws(JSONError) {
        let container = open.removeLast()
        entries[container].end = UInt32(entries.count)
        if entries[container].kind == .object, entries[container].length > 1 {
            try refuseDuplicates(in: container)
        }
    }

    private mutating func parseName() throws(JSONError) {
        skipWhiteSpace()
        let byte = try peek()
        guard byte == UInt8(ascii: "\"") else { throw error(.unexpectedByte(byte, expected: "a name in quotes")) }
        try parseString()
        skipWhiteSpace()
        let separator = try peek()
        guard separator == UInt8(ascii: ":") else { throw error(.unexpectedByte(separator, expected: "\":\"")) }
        position += 1
    }

    private mutating func parseLiteral(
        _ literal: StaticString, _ kind: JSONTape.Kind, isTrue: Bool = false
    ) throws(JSONError) {
        append(kind, at: position, length: literal.utf8CodeUnitCount)
        entries[entries.count - 1].isTrue = isTrue
        for index in 0..<literal.utf8CodeUnitCount {
            let byte = try peek()
            guard byte == literal.utf8Start[index] else {
                throw error(.unexpectedByte(byte, expected: "\"\(literal)\""))
            }
            position += 1
        }
    }

    private mutating func parseNumber() throws(JSONError) {
        let start = position
        var kind = JSONTape.Kind.integer
        if byteOrZero == UInt8(ascii: "-") { position += 1 }
        let hasLeadingZero = byteOrZero == UInt8(ascii: "0")
        let digits = skipDigits()
        guard digits > 0 else { throw numberError(from: start) }
        guard digits == 1 || !hasLeadingZero else { throw JSONError(.invalidNumber, at: start, in: text) }
        if byteOrZero == UInt8(ascii: ".") {
            position += 1
            kind = .number
            guard skipDigits() > 0 else { throw numberError(from: start) }
        }
        if byteOrZero | 0x20 == UInt8(ascii: "e") {
            position += 1
            kind = .number
            if byteOrZero == UInt8(ascii: "+") || byteOrZero == UInt8(ascii: "-") { position += 1 }
            guard skipDigits() > 0 else { throw numberError(from: start) }
        }
        append(kind, at: start, length: position - start)
    }

    /// What a missing digit comes to.
    private func numberError(from start: Int) -> JSONError {
        position == text.count ? error(.unexpectedEnd) : JSONError(.invalidNumber, at: start, in: text)
    }

    private mutating func skipDigits() -> Int {
        let start = position
        while byteOrZero &- UInt8(ascii: "0") < 10 { position += 1 }
        return position - start
    }

    private mutating func parseString() throws(JSONError) {
        var scanner = JSONStringScanner(text, from: position + 1)
        try scanner.run()
        append(.string, at: position + 1, length: scanner.position - position - 1)
        entries[entries.count - 1].hasEscapes = scanner.hasEscapes
        entries[entries.count - 1].isASCII = scanner.isASCII
        position = scanner.position + 1
    }

    private mutating func skipWhiteSpace() {
        while position < text.count {
            switch text[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private func peek() throws(JSONError) -> UInt8 {
        guard position < text.count else { throw error(.unexpectedEnd) }
        return text[position]
    }

    /// No part of a number is NUL, so NUL stands for the end of the text.
    private var byteOrZero: UInt8 {
        position < text.count ? text[position] : 0
    }

    private mutating func append(_ kind: JSONTape.Kind, at offset: Int, length: Int) {
        let end = UInt32(entries.count + 1)
        entries.append(JSONTape.Entry(kind: kind, offset: UInt32(offset), length: UInt32(length), end: end))
    }

    private func error(_ reason: JSONError.Reason) -> JSONError {
        JSONError(reason, at: position, in: text)
    }
}

extension JSONTapeParser {
    /// Up to this many members names are compared with each other; beyond, they are hashed.
    private static let comparedMemberCount = 8

    private func refuseDuplicates(in object: Int) throws(JSONError) {
        if entries[object].length > Self.comparedMemberCount { return try refuseDuplicatesHashing(object) }
        var name = object + 1
        while name < entries[object].end {
            var earlier = object + 1
            while earlier < name {
                if isSameName(entries[earlier], entries[name]) { throw duplicate(entries[name]) }
                earlier = Int(entries[earlier + 1].end)
            }
            name = Int(entries[name + 1].end)
        }
    }

    private func refuseDuplicatesHashing(_ object: Int) throws(JSONError) {
        var names = Set<String>(minimumCapacity: Int(entries[object].length))
        var name = object + 1
        while name < entries[object].end {
            guard names.insert(string(entries[name])).inserted else { throw duplicate(entries[name]) }
            name = Int(entries[name + 1].end)
        }
    }

    private func isSameName(_ left: JSONTape.Entry, _ right: JSONTape.Entry) -> Bool {
        if left.hasEscapes || right.hasEscapes || !left.isASCII || !right.isASCII {
            return string(left) == string(right)
        }
        return left.length == right.length && bytes(left).elementsEqual(bytes(right))
    }

    private func duplicate(_ name: JSONTape.Entry) -> JSONError {
        JSONError(.duplicateKey(string(name)), at: Int(name.offset) - 1, in: text)
    }

    private func string(_ entry: JSONTape.Entry) -> String {
        JSONText.string(bytes(entry), hasEscapes: entry.hasEscapes)
    }

    private func bytes(_ entry: JSONTape.Entry) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: text[Int(entry.offset)..<Int(entry.offset + entry.length)])
    }
}
