/// The grammar of RFC 8259, without recursion: `run` goes through the text once and fills a tape.
struct JSONTapeParser {
    private let text: UnsafeRawBufferPointer
    private let limits: JSONLimits
    private let comparesInnerNames: Bool
    private var position = 0
    /// The entry of the innermost array or object, and whether it is an object; the ones around it, outermost first.
    private var container = -1
    private var isObject = false
    private var outer: ContiguousArray<Int> = []

    init(_ text: UnsafeRawBufferPointer, limits: JSONLimits, comparesInnerNames: Bool) {
        self.text = text
        self.limits = limits
        self.comparesInnerNames = comparesInnerNames
    }

    mutating func run(_ tape: inout JSONTape) throws(JSONError) {
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { throw error(.byteOrderMark) }
        while true {
            if try parseValue(&tape) { continue }
            guard try advanceToNextValue(&tape) else { break }
        }
        skipWhiteSpace()
        guard position == text.count else { throw error(.trailingText) }
    }

    /// Reads a scalar, an empty array or object, or the beginning of one. Returns whether a value follows that is
    /// inside of it.
    @inline(__always)
    private mutating func parseValue(_ tape: inout JSONTape) throws(JSONError) -> Bool {
        skipWhiteSpace()
        switch try peek() {
        case UInt8(ascii: "\""): try parseString(&tape)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try parseNumber(&tape)
        case UInt8(ascii: "{"): return try parseOpening(&tape, isObject: true)
        case UInt8(ascii: "["): return try parseOpening(&tape, isObject: false)
        case UInt8(ascii: "t"): try parseLiteral(&tape, "true", .bool, flags: JSONTape.Entry.Flag.true)
        case UInt8(ascii: "f"): try parseLiteral(&tape, "false", .bool)
        case UInt8(ascii: "n"): try parseLiteral(&tape, "null", .null)
        case let byte: throw error(.unexpectedByte(byte, expected: "a value"))
        }
        return false
    }

    private mutating func parseOpening(_ tape: inout JSONTape, isObject: Bool) throws(JSONError) -> Bool {
        guard outer.count < limits.maximumDepth else { throw error(.tooDeep(limit: limits.maximumDepth)) }
        outer.append(container)
        container = tape.count
        self.isObject = isObject
        tape.append(isObject ? .object : .array, offset: position, length: 0)
        position &+= 1
        skipWhiteSpace()
        if try peek() == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
            try close(&tape)
            return false
        }
        tape[container].length = 1
        if isObject { try parseName(&tape) }
        return true
    }

    /// After a value: closes what ends here. Returns whether another value follows.
    @inline(__always)
    private mutating func advanceToNextValue(_ tape: inout JSONTape) throws(JSONError) -> Bool {
        while container >= 0 {
            skipWhiteSpace()
            let byte = try peek()
            if byte == UInt8(ascii: ",") {
                position &+= 1
                tape[container].length &+= 1
                if isObject { try parseName(&tape) }
                return true
            }
            guard byte == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                throw error(.unexpectedByte(byte, expected: isObject ? "\",\" or \"}\"" : "\",\" or \"]\""))
            }
            try close(&tape)
        }
        return false
    }

    /// Ends the innermost array or object.
    private mutating func close(_ tape: inout JSONTape) throws(JSONError) {
        position &+= 1
        tape[container].end = UInt32(truncatingIfNeeded: tape.count)
        if isObject, tape[container].length > 1, comparesInnerNames || container == 0 {
            try tape.refuseDuplicateNames(of: container)
        }
        container = outer.removeLast()
        isObject = container >= 0 && tape[container].kind == .object
    }

    @inline(__always)
    private mutating func parseName(_ tape: inout JSONTape) throws(JSONError) {
        skipWhiteSpace()
        let byte = try peek()
        guard byte == UInt8(ascii: "\"") else { throw error(.unexpectedByte(byte, expected: "a name in quotes")) }
        try parseString(&tape)
        skipWhiteSpace()
        let separator = try peek()
        guard separator == UInt8(ascii: ":") else { throw error(.unexpectedByte(separator, expected: "\":\"")) }
        position &+= 1
    }

    private mutating func parseLiteral(
        _ tape: inout JSONTape, _ literal: StaticString, _ kind: JSONTape.Kind, flags: UInt64 = 0
    ) throws(JSONError) {
        tape.append(kind, flags: flags, offset: position, length: literal.utf8CodeUnitCount)
        for index in 0..<literal.utf8CodeUnitCount {
            let byte = try peek()
            guard byte == literal.utf8Start[index] else {
                throw error(.unexpectedByte(byte, expected: "\"\(literal)\""))
            }
            position &+= 1
        }
    }

    private mutating func parseString(_ tape: inout JSONTape) throws(JSONError) {
        var scanner = JSONStringScanner(text, from: position &+ 1)
        try scanner.run()
        tape.append(
            .string, flags: scanner.flags, offset: position &+ 1, length: scanner.position &- position &- 1)
        position = scanner.position &+ 1
    }

    @inline(__always)
    private mutating func skipWhiteSpace() {
        while position < text.count, text[position] <= 0x20 {
            switch text[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position &+= 1
            default: return
            }
        }
    }

    @inline(__always)
    // Mutating, like all that is called for each byte: otherwise the whole parser is copied for the call.
    private mutating func peek() throws(JSONError) -> UInt8 {
        guard position < text.count else { throw error(.unexpectedEnd) }
        return text[position]
    }

    @inline(never)
    private mutating func error(_ reason: JSONError.Reason) -> JSONError {
        JSONError(reason, at: position, in: text)
    }
}

// MARK: - Numbers

extension JSONTapeParser {
    private mutating func parseNumber(_ tape: inout JSONTape) throws(JSONError) {
        let start = position
        var kind = JSONTape.Kind.integer
        if byteOrZero == UInt8(ascii: "-") { position &+= 1 }
        let hasLeadingZero = byteOrZero == UInt8(ascii: "0")
        let digits = skipDigits()
        guard digits > 0 else { throw numberError(from: start) }
        guard digits == 1 || !hasLeadingZero else { throw JSONError(.invalidNumber, at: start, in: text) }
        if byteOrZero == UInt8(ascii: ".") {
            position &+= 1
            kind = .number
            guard skipDigits() > 0 else { throw numberError(from: start) }
        }
        if byteOrZero | 0x20 == UInt8(ascii: "e") {
            position &+= 1
            kind = .number
            if byteOrZero == UInt8(ascii: "+") || byteOrZero == UInt8(ascii: "-") { position &+= 1 }
            guard skipDigits() > 0 else { throw numberError(from: start) }
        }
        tape.append(kind, offset: start, length: position &- start)
    }

    /// What a missing digit comes to.
    private mutating func numberError(from start: Int) -> JSONError {
        position == text.count ? error(.unexpectedEnd) : JSONError(.invalidNumber, at: start, in: text)
    }

    @inline(__always)
    private mutating func skipDigits() -> Int {
        let start = position
        while byteOrZero &- UInt8(ascii: "0") < 10 { position &+= 1 }
        return position &- start
    }

    /// No part of a number is NUL, so NUL stands for the end of the text.
    @inline(__always)
    private var byteOrZero: UInt8 {
        mutating get { position < text.count ? text[position] : 0 }
    }
}
