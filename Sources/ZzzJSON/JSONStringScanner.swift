/// Goes through one string of JSON text and checks it (RFC 8259 7 and 8): escapes, surrogates, control characters and
/// UTF-8.
struct JSONStringScanner {
    /// While running, the place reached; afterwards that of the closing quote.
    private(set) var position: Int
    private var hasEscapes = false
    private var isASCII = true

    private let text: UnsafeRawBufferPointer

    /// `start` is the place after the opening quote.
    init(_ text: UnsafeRawBufferPointer, from start: Int) {
        self.text = text
        position = start
    }

    @inline(__always)
    var flags: UInt64 {
        typealias Flag = JSONTape.Entry.Flag
        return (isASCII && !hasEscapes ? Flag.plain : 0) | (hasEscapes ? Flag.escapes : 0)
    }

    @inline(__always)
    mutating func run() throws(JSONError) {
        skipPlainWords()
        if position < text.count, text[position] == UInt8(ascii: "\"") { return }
        try goOn()
    }

    @inline(never)
    private mutating func goOn() throws(JSONError) {
        while true {
            guard position < text.count else { throw error(.unexpectedEnd, at: position) }
            switch text[position] {
            case UInt8(ascii: "\""): return
            case UInt8(ascii: "\\"): try skipEscape()
            case 0..<0x20: throw error(.controlCharacter(text[position]), at: position)
            case 0x80...: try skipMultibyte()
            default:
                position &+= 1
                skipPlainWords()
            }
        }
    }

    /// Skips plain ASCII, eight bytes at a time.
    @inline(__always)
    private mutating func skipPlainWords() {
        while position &+ 8 <= text.count {
            let special = JSONWord.specialBytes(text.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            if special != 0 {
                position &+= JSONWord.count(before: special)
                return
            }
            position &+= 8
        }
    }

    private mutating func skipEscape() throws(JSONError) {
        let start = position
        hasEscapes = true
        guard position + 1 < text.count else { throw error(.unexpectedEnd, at: text.count) }
        switch text[position + 1] {
        case UInt8(ascii: "u"):
            let unit = try hexadecimalUnit(at: position)
            position += 6
            if unit & 0xFC00 == 0xDC00 { throw error(.loneSurrogate, at: start) }
            guard unit & 0xFC00 == 0xD800 else { return }
            guard position + 1 < text.count else {
                throw error(position == text.count ? .unexpectedEnd : .loneSurrogate, at: start)
            }
            guard text[position] == UInt8(ascii: "\\"), text[position + 1] == UInt8(ascii: "u"),
                try hexadecimalUnit(at: position) & 0xFC00 == 0xDC00
            else { throw error(.loneSurrogate, at: start) }
            position += 6
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
        default: throw error(.invalidEscape, at: start)
        }
    }

    /// The four digits of the "\uXXXX" at `start`.
    private mutating func hexadecimalUnit(at start: Int) throws(JSONError) -> UInt16 {
        for index in start + 2..<start + 6 {
            guard index < text.count else { throw error(.unexpectedEnd, at: text.count) }
            guard JSONText.hexadecimalValue(text[index]) != nil else { throw error(.invalidEscape, at: start) }
        }
        return JSONText.hexadecimalUnit(text, at: start + 2)
    }

    /// One character of more than one byte (Unicode 15, table 3-7).
    private mutating func skipMultibyte() throws(JSONError) {
        isASCII = false
        let (count, second): (Int, ClosedRange<UInt8>)
        switch text[position] {
        case 0xC2...0xDF: (count, second) = (2, 0x80...0xBF)
        case 0xE0: (count, second) = (3, 0xA0...0xBF)
        case 0xED: (count, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: (count, second) = (3, 0x80...0xBF)
        case 0xF0: (count, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (count, second) = (4, 0x80...0xBF)
        case 0xF4: (count, second) = (4, 0x80...0x8F)
        default: throw error(.invalidUTF8, at: position)
        }
        guard position + count <= text.count, second.contains(text[position + 1]),
            text[position + 2..<max(position + 2, position + count)].allSatisfy({ $0 & 0xC0 == 0x80 })
        else { throw error(.invalidUTF8, at: position) }
        position += count
    }

    private mutating func error(_ reason: JSONError.Reason, at offset: Int) -> JSONError {
        JSONError(reason, at: offset, in: text)
    }
}
